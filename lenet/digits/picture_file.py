"""Decoding of picture files within a limit of memory, at no larger size than is needed."""

from __future__ import annotations

import io
import threading
import warnings
from typing import Final

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from lenet.errors import InputError

MAX_BYTES: Final = 50_000_000
MAX_PIXELS: Final = 64_000_000
MAX_SIDE: Final = 20_000
"""Pixels along one side: a panorama has fewer, and each row costs memory of its own, however short."""

MAX_MEMORY: Final = 400_000_000
"""Bytes that decoding may take, estimated from the file's header before any pixel is decoded.

Some 40 MB come on top while the pixels are made smaller and ink is looked for.
"""

FORMATS: Final = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
"""Formats that Pillow reads; HEIC is read by pillow-heif."""

WORKING_SIDE: Final = 1600
"""Longer side of the decoded picture, at most."""

PATIENCE_S: Final = 30
"""Seconds that a picture waits for the decoder."""

BYTES_PER_PIXEL: Final = {"WEBP": 14.0, "AVIF": 8.0, "HEIC": 7.5}
"""Peak memory of decoders that decode a picture whole, measured; `_memory` estimates the others."""

_DECODING: Final = threading.Lock()
"""Held while a picture is decoded, so that only one takes memory."""

_STRIP: Final = 250_000
"""Pixels that are converted at once."""

_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION: Final = 0x0112

# The size is checked here, before the pixels are decoded.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)

Pixels = NDArray[np.uint8]


def decode(data: bytes) -> Pixels:
    """Read the pixels of a picture file, upright as its EXIF data says; of an animation the first picture.

    Args:
        data: a PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF or HEIC file.

    Returns:
        (h, w, 3) uint8 sRGB, longer side at most `WORKING_SIDE`. What is see-through lies on white under dark ink and
        on black under light ink.

    Raises:
        InputError: the file is too large, or would be when decoded, or is no whole picture; or other pictures keep the
            decoder busy.
    """
    if len(data) > MAX_BYTES:
        raise InputError("picture-bytes", limit=MAX_BYTES // 10**6)
    if not _DECODING.acquire(timeout=PATIENCE_S):
        raise InputError("picture-busy")
    try:
        heic = pillow_heif.get_file_mimetype(data) in ("image/heic", "image/heif")
        small, turn = (_decode_heic(data), None) if heic else _decode(data)
        small = _fit(small)  # the whole picture has been freed
        small = small if turn is None else small.transpose(turn)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError("picture-pixels", limit=MAX_PIXELS // 10**6, side=MAX_SIDE) from None
    except InputError:
        raise
    except Exception:
        # The decoders raise whatever a broken file makes them raise: OSError, SyntaxError, struct.error, ...
        raise InputError("picture-unreadable") from None
    finally:
        _DECODING.release()
    return np.asarray(_on_paper(small) if small.mode == "RGBA" else small)


def _check(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise InputError("picture-pixels", limit=MAX_PIXELS // 10**6, side=MAX_SIDE)


def _check_memory(kind: str, needed: float, pixels: int) -> None:
    if needed > MAX_MEMORY:
        fits = int(pixels * MAX_MEMORY / needed / 10**6)
        raise InputError("picture-memory", kind=kind, limit=fits)


def _memory(opened: Image.Image) -> float:
    """Estimate the peak memory of decoding in bytes."""
    pixels = opened.width * opened.height
    if opened.format in ("JPEG", "MPO"):
        # A JPEG in several passes is kept as coefficients of 16 bits, and only then decoded at its smaller size.
        layers = getattr(opened, "layer", ())
        most = max((h * v for _, h, v, *_ in layers), default=1)
        reduced = 4 if max(opened.size) < 2 * WORKING_SIDE else 1
        return pixels * (2 * sum(h * v for _, h, v, *_ in layers) / most + reduced)
    if opened.format in BYTES_PER_PIXEL:
        return pixels * BYTES_PER_PIXEL[opened.format]
    stored = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}.get(opened.mode, 4)
    # A TIFF's strip or tile may be all of it; a GIF's picture is drawn onto another.
    return pixels * (stored * 2 if opened.format in ("TIFF", "GIF") else stored)


def _decode(data: bytes) -> tuple[Image.Image, Image.Transpose | None]:
    """Read a file of any format but HEIC.

    Returns:
        The result of `_shrink`, and the turn that makes it upright, None where it is.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        _check(opened.width, opened.height)
        _check_memory(str(opened.format), _memory(opened), opened.width * opened.height)
        # A JPEG can be decoded at an eighth of its size, which saves most of the time and memory of a photo.
        scale = min(1.0, WORKING_SIDE / max(opened.size))
        opened.draft(None, (round(opened.width * scale), round(opened.height * scale)))
        opened.load()
        return _shrink(opened), _UPRIGHT.get(opened.getexif().get(_ORIENTATION, 1))


def _decode_heic(data: bytes) -> Image.Image:
    """Read a HEIC file as `_shrink` does; libheif turns the picture upright itself."""
    pillow_heif.options.THUMBNAILS = False
    pillow_heif.options.DEPTH_IMAGES = False
    pillow_heif.options.AUX_IMAGES = False
    opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
    width, height = opened.size
    _check(width, height)
    _check_memory("HEIC", width * height * BYTES_PER_PIXEL["HEIC"], width * height)
    pixels = np.asarray(opened)
    factor = max(1, max(width, height) // WORKING_SIDE)
    rows = max(1, _STRIP // (width * factor)) * factor
    mode = "RGBA" if opened.has_alpha else "RGB"
    strips = [
        np.asarray(Image.fromarray(pixels[top : top + rows]).convert(mode).reduce(factor))
        for top in range(0, height, rows)
    ]
    return Image.fromarray(np.concatenate(strips))


def _shrink(opened: Image.Image) -> Image.Image:
    """Convert a picture to RGB or RGBA and divide its sides by a whole number, which leaves `WORKING_SIDE` or more.

    It goes strip by strip, so that no second whole picture is needed. `_fit` does the rest.
    """
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    factor = max(1, max(opened.size) // WORKING_SIDE)
    rows = max(1, _STRIP // (opened.width * factor)) * factor
    small = Image.new(mode, (-(-opened.width // factor), -(-opened.height // factor)))
    for top in range(0, opened.height, rows):
        strip = opened.crop((0, top, opened.width, min(top + rows, opened.height)))
        small.paste(_eight_bits(strip).convert(mode).reduce(factor), (0, top // factor))
    return small


def _fit(picture: Image.Image) -> Image.Image:
    """Resize a picture so that its longer side is at most `WORKING_SIDE`."""
    longer = max(picture.size)
    if longer <= WORKING_SIDE:
        return picture
    size = (max(1, picture.width * WORKING_SIDE // longer), max(1, picture.height * WORKING_SIDE // longer))
    return picture.resize(size, Image.Resampling.BOX)


def _eight_bits(strip: Image.Image) -> Image.Image:
    """Scale 16 bits a pixel, which `convert` would clip to 255, and floats in 0..1."""
    if strip.mode.startswith("I"):
        return Image.fromarray((np.asarray(strip, np.float32) / 257).clip(0, 255).astype(np.uint8))
    if strip.mode == "F":
        return Image.fromarray((np.nan_to_num(np.asarray(strip)) * 255).clip(0, 255).astype(np.uint8))
    return strip


def _on_paper(picture: Image.Image) -> Image.Image:
    """Put a see-through RGBA picture on paper that shows it: white under dark ink, black under light ink."""
    grey = np.asarray(picture.convert("L"), np.float32)
    alpha = np.asarray(picture.getchannel("A"), np.float32)
    mean = float((grey * alpha).sum()) / max(1.0, float(alpha.sum()))
    paper = Image.new("RGBA", picture.size, "white" if mean < 128 else "black")
    return Image.alpha_composite(paper, picture).convert("RGB")

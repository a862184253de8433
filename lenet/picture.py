"""A picture file -> ink: a photo or a scan of a digit, or a picture drawn elsewhere, brought onto the pad."""

from __future__ import annotations

import io
import threading
import warnings
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from lenet.drawing import PEN_WIDTH
from lenet.errors import InputError

SIDE: Final = 112
"""Side of the ink in pixels: four for each of MNIST's 28."""

LONGER_SIDE: Final = SIDE * 20 // 28
MAX_BYTES: Final = 10_000_000
MAX_PIXELS: Final = 40_000_000
FORMATS: Final = ("PNG", "JPEG")

WORKING_SIDE: Final = 1024
SMALL_SIDE: Final = 128
MIN_CONTRAST: Final = 0.08
"""Ink takes away at least this share of the light that the paper gives back."""

DARKEST: Final = 1 / 16
"""No ground is taken to be darker than this, so that the noise of black isn't blown up."""

_DECODING: Final = threading.Lock()
"""One picture at a time: a decoded one may take 160 MB."""

# The size is checked here, before the pixels are decoded.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]


def read_picture(data: bytes) -> NDArray[np.uint8]:
    """Find the ink in a picture, dark on light or light on dark, on even or uneven ground.

    Args:
        data: a PNG or JPEG file of at most `MAX_BYTES` and `MAX_PIXELS`.

    Returns:
        (SIDE, SIDE) uint8, 0 paper to 255 ink; the ink's longer side fills 20/28 of it, as in MNIST.

    Raises:
        InputError: the file is too large, is no such picture, or has no ink.
    """
    if len(data) > MAX_BYTES:
        raise InputError("picture-bytes", limit=MAX_BYTES // 10**6)
    with _DECODING:
        grey = _decode(data)
    ink = _ink(grey)
    return _place(ink)


def _decode(data: bytes) -> Grey:
    """(h, w) brightness in 0..1, longer side at most WORKING_SIDE."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise InputError("picture-pixels", limit=MAX_PIXELS // 10**6)
            # A JPEG can be decoded at an eighth of its size, which saves most of the time and memory of a photo.
            opened.draft(None, (WORKING_SIDE, WORKING_SIDE))
            opened.load()
            ImageOps.exif_transpose(opened, in_place=True)  # else it copies every picture, turned or not
            picture: Image.Image = opened
            if picture.mode.startswith("I"):
                # 16 bits a pixel, which `convert` would clip to 255 instead of scaling.
                picture = Image.fromarray(np.asarray(picture, np.float32) / 65535)
            elif picture.has_transparency_data:
                picture = _on_paper(_shrink(picture.convert("RGBA")))
            else:
                picture = picture.convert("L")
            return _array(_shrink(picture)) / np.float32(1 if picture.mode == "F" else 255)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError("picture-pixels", limit=MAX_PIXELS // 10**6) from None
    except InputError:
        raise
    except Exception:
        # Pillow's decoders raise whatever a broken file makes them raise: OSError, SyntaxError, struct.error, ...
        raise InputError("picture-unreadable") from None


def _shrink(picture: Image.Image) -> Image.Image:
    longer = max(picture.size)
    if longer <= WORKING_SIDE:
        return picture
    size = (max(1, picture.width * WORKING_SIDE // longer), max(1, picture.height * WORKING_SIDE // longer))
    return picture.resize(size, Image.Resampling.BOX)


def _on_paper(picture: Image.Image) -> Image.Image:
    """A see-through RGBA picture on the paper that shows it: white under dark ink, black under light ink."""
    grey = np.asarray(picture.convert("L"), np.float32)
    alpha = np.asarray(picture.getchannel("A"), np.float32)
    mean = float((grey * alpha).sum()) / max(1.0, float(alpha.sum()))
    paper = Image.new("RGBA", picture.size, "white" if mean < 128 else "black")
    return Image.alpha_composite(paper, picture).convert("L")


def _ink(grey: Grey) -> Grey:
    """(h, w) ink in 0..1 with grey edges, and without specks and shadows.

    Raises:
        InputError: there is none.
    """
    if min(grey.shape) >= 200:
        # Grains of a photo go; in a small picture a stroke may be as fine as a grain.
        grey = _array(_image(grey).filter(ImageFilter.MedianFilter(3)))
    small = _resize(grey, _fit(grey.shape, SMALL_SIDE))
    light = _light(small)
    if float(((small - light) ** 3).sum()) > 0:
        # What differs most from its ground is lighter than it.
        grey, small, light = 1 - grey, 1 - small, 1 - light
    light = np.maximum(light, DARKEST)
    # The light that falls on the paper goes first, then shadows with an edge; neither alone finds both.
    paper = np.maximum(light * _close(small / light), DARKEST)
    strength = np.clip(1 - grey / _resize(paper, grey.shape), 0, 1)
    middle = float(np.median(strength))
    noise = 1.4826 * float(np.median(np.abs(strength - middle)))
    # Every thousandth pixel at least is ink; Otsu's threshold would drown a stroke as fine as that in the noise.
    peak = float(np.quantile(strength, 0.999))
    if peak - middle < max(MIN_CONTRAST, 8 * noise):
        raise InputError("picture-blank")
    low, high = middle + 0.25 * (peak - middle), middle + 0.7 * (peak - middle)
    ink: Grey = np.clip((strength - low) / (high - low), 0, 1).astype(np.float32)
    return ink * _without_specks(ink > 0.5)


def _light(small: Grey) -> Grey:
    """Brightness of the ground alone: a smooth surface through the picture's margin, which is ground but for a few."""
    height, width = small.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    # Light that falls from one side, and the darker corners of a lens.
    terms = np.stack((np.ones_like(x), x, y, x * x + y * y), -1)
    margin = np.maximum(np.abs(x), np.abs(y)) >= 0.84
    values, rows = small[margin], terms[margin]
    use = np.ones(len(values), bool)
    for _ in range(4):
        surface = np.linalg.lstsq(rows[use], values[use], rcond=None)[0]
        error = np.abs(values - rows @ surface)
        use = error <= 2 * np.median(error) + 1 / 255
    return np.clip(terms @ surface, 0, 1).astype(np.float32)


def _close(small: Grey) -> Grey:
    """Morphological closing: dark shapes narrower than a third of the picture become the paper around them."""
    reach = max(1, max(small.shape) // 6)
    return -_spread(-_spread(small, reach), reach)


def _spread(small: Grey, reach: int) -> Grey:
    """Maximum over a square of ±reach pixels, mirrored at the edges."""
    for axis in (0, 1):
        padding = [(0, 0), (0, 0)]
        padding[axis] = (reach, reach)
        padded = np.pad(small, padding, "symmetric")
        small = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis).max(-1)
    return small


def _without_specks(mask: Mask) -> Mask:
    """Where the ink is: not specks, nor what lies along the picture's edge such as a frame or the end of the paper."""
    cell = max(1, max(mask.shape) // 256)
    height, width = -(-mask.shape[0] // cell), -(-mask.shape[1] // cell)
    padded = np.zeros((height * cell, width * cell), bool)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    cells: Mask = np.any(padded.reshape(height, cell, width, cell), axis=(1, 3))
    labels = _label(cells)
    area = np.bincount(labels.ravel())
    edge = np.concatenate((labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]))
    along_edge = np.bincount(edge, minlength=len(area)) > len(edge) / 4
    area[0] = 0
    if (area[~along_edge] > 0).any():
        area[along_edge] = 0
    keep = (area > 0) & (area >= 0.03 * area.max())
    # One cell more, for the grey edge of the ink.
    near = _spread(keep[labels].astype(np.float32), 1) > 0
    return np.repeat(np.repeat(near, cell, 0), cell, 1)[: mask.shape[0], : mask.shape[1]]


def _label(cells: Mask) -> NDArray[np.intp]:
    """Numbers the connected shapes (8 neighbours) from 1; 0 is ground."""
    labels = np.zeros(cells.shape, np.intp)
    parents = [0]

    def root(label: int) -> int:
        while parents[label] != label:
            parents[label] = label = parents[parents[label]]
        return label

    above: list[tuple[int, int, int]] = []
    for y, row in enumerate(cells):
        edges = np.flatnonzero(np.diff(np.pad(row, 1))).tolist()
        runs = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            label = len(parents)
            parents.append(label)
            for left, right, other in above:
                if left <= end and start <= right:
                    parents[root(other)] = root(label)
            labels[y, start:end] = label
            runs.append((start, end, label))
        above = runs
    roots = np.array([root(label) for label in range(len(parents))])
    return np.unique(roots, return_inverse=True)[1][labels]


def _place(ink: Grey) -> NDArray[np.uint8]:
    """The ink in the middle of the pad, lines finer than the pad's pen made as wide as that."""
    rows, columns = np.flatnonzero((ink > 0.5).any(1)), np.flatnonzero((ink > 0.5).any(0))
    if len(rows) == 0:
        raise InputError("picture-blank")
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    fitted = _resize(ink, _fit(ink.shape, LONGER_SIDE, enlarge=True))
    more = round((PEN_WIDTH * SIDE - _stroke_width(fitted)) / 2)
    if more > 0:
        fitted = _resize(ink, _fit(ink.shape, LONGER_SIDE - 2 * more, enlarge=True))
    field = np.zeros((SIDE, SIDE), np.float32)
    height, width = fitted.shape
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    field[top : top + height, left : left + width] = fitted
    if more > 0:
        field = _thicken(field, more)
    return (np.clip(field, 0, 1) * 255).round().astype(np.uint8)


def _stroke_width(ink: Grey) -> float:
    """Mean width of the strokes in pixels: twice the area over the length of the outline."""
    padded = np.pad(ink, 1)
    slope_y, slope_x = padded[1:, :-1] - padded[:-1, :-1], padded[:-1, 1:] - padded[:-1, :-1]
    outline = float(np.hypot(slope_y, slope_x).sum())
    return 2 * float(ink.sum()) / max(outline, 1e-6)


def _thicken(field: Grey, radius: int) -> Grey:
    """Maximum over a disc."""
    padded = np.pad(field, radius)
    result = field
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            if dx * dx + dy * dy <= (radius + 0.3) ** 2:
                top, left = radius + dy, radius + dx
                result = np.maximum(result, padded[top : top + field.shape[0], left : left + field.shape[1]])
    return result


def _fit(shape: tuple[int, ...], longer: int, enlarge: bool = False) -> tuple[int, int]:
    """Height and width with this longer side; a smaller picture stays as it is unless told otherwise."""
    scale = longer / max(shape)
    if scale > 1 and not enlarge:
        scale = 1
    return max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))


def _resize(grey: Grey, shape: tuple[int, ...]) -> Grey:
    return _array(_image(grey).resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def _image(grey: Grey) -> Image.Image:
    return Image.fromarray(grey.astype(np.float32))


def _array(image: Image.Image) -> Grey:
    return np.asarray(image, np.float32)

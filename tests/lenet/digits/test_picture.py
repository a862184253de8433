"""Pictures of digits, made here, and files that are none."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import sys
import zlib
from functools import cache
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from lenet.digits import picture_file
from lenet.digits.picture import LONGER_SIDE, MAX_BYTES, SIDE, read_digits
from lenet.digits.picture_file import MAX_MEMORY
from lenet.errors import InputError

Grey = NDArray[np.float64]


def read_picture(data: bytes) -> NDArray[np.uint8]:
    """The one digit of a picture."""
    (digit,) = read_digits(data)
    return digit


# A five: a hook open to the left below, a bar at the top right.
FIVE = ((0.72, 0.15), (0.38, 0.15), (0.33, 0.45), (0.55, 0.4), (0.7, 0.55), (0.66, 0.78), (0.5, 0.86), (0.3, 0.8))


def strokes(size: tuple[int, int] = (600, 600), width: float = 0.07) -> Grey:
    """Ink in 0..1, (height, width), with smooth edges."""
    image = Image.new("L", (2 * size[0], 2 * size[1]))
    side = 2 * min(size)
    points = [(x * side, y * side) for x, y in FIVE]
    pen = ImageDraw.Draw(image)
    pen.line(points, 255, round(width * side), "curve")
    for x, y in points:
        radius = width * side / 2
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return np.asarray(image.reduce(2), np.float64) / 255


def on_ground(ink: Grey, ground: Grey | float, colour: float) -> Grey:
    """Brightness in 0..255 of ink of this brightness on this ground."""
    return ground * (1 - ink) + colour * ink


def file(grey: Grey | Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    image = grey if isinstance(grey, Image.Image) else Image.fromarray(grey.clip(0, 255).round().astype(np.uint8))
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


@cache
def expected(width: float = 0.1) -> NDArray[np.uint8]:
    return read_picture(file(on_ground(strokes(width=width), 255, 0)))


def agreement(found: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> float:
    """Share of the ink that both have: intersection over union."""
    a, b = found > 127, wanted > 127
    return float((a & b).sum() / (a | b).sum())


def test_ink_fills_its_box_and_keeps_grey_edges() -> None:
    ink = expected()
    assert ink.shape == (SIDE, SIDE)
    assert ink.dtype == np.uint8
    left, top, right, bottom = Image.fromarray(np.where(ink > 127, 255, 0).astype(np.uint8)).getbbox() or (0, 0, 0, 0)
    assert max(right - left, bottom - top) == pytest.approx(LONGER_SIDE, abs=3)
    assert (left + right) / 2 == pytest.approx(SIDE / 2, abs=2)
    assert (top + bottom) / 2 == pytest.approx(SIDE / 2, abs=2)
    assert ink.max() == 255
    assert ((ink > 20) & (ink < 235)).mean() > 0.01


def test_the_shape_is_the_one_drawn() -> None:
    drawn = Image.fromarray((strokes(width=0.1) * 255).astype(np.uint8))
    box = drawn.point(lambda value: 255 * (value > 127)).getbbox()
    assert box
    scale = LONGER_SIDE / max(box[2] - box[0], box[3] - box[1])
    small = drawn.crop(box).resize((round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale)))
    wanted = Image.new("L", (SIDE, SIDE))
    wanted.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    assert agreement(expected(), np.asarray(wanted)) > 0.9


@pytest.mark.parametrize(
    ("ground", "colour"),
    [(255, 0), (0, 255), (235, 30), (20, 240), (200, 140), (60, 130), (128, 0), (128, 255), (255, 215), (90, 20)],
)
def test_either_polarity_at_any_contrast(ground: float, colour: float) -> None:
    assert agreement(read_picture(file(on_ground(strokes(width=0.1), ground, colour))), expected()) > 0.93


def slope(low: float, high: float, size: int = 600) -> Grey:
    """Light that falls from the left and a little from below."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    return low + (high - low) * (0.8 * (1 - x) + 0.2 * y)


def vignette(size: int = 600) -> Grey:
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return 230 - 60 * (x * x + y * y)


def shadow(size: int = 600) -> Grey:
    """The shadow of a hand: a soft edge across the paper."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    return 225 - 90 / (1 + np.exp(-(x + 0.4 * y - 0.75) * 40))


@pytest.mark.parametrize("ground", [slope(90, 240), vignette(), shadow(), slope(180, 250) - 20], ids=range(4))
@pytest.mark.parametrize("depth", [0.2, 0.55])
def test_dark_ink_on_uneven_paper(ground: Grey, depth: float) -> None:
    ink = strokes(width=0.1)
    # What pigment does: it takes a share of the light that is there.
    photo = ground * (1 - ink * (1 - depth))
    assert agreement(read_picture(file(photo)), expected()) > 0.88


def test_chalk_on_an_unevenly_lit_board() -> None:
    board = slope(20, 90)
    photo = on_ground(strokes(width=0.1), board, 230)
    assert agreement(read_picture(file(photo)), expected()) > 0.88


@pytest.mark.parametrize(("noise", "depth"), [(6, 0.3), (15, 0.2), (25, 0.1)])
def test_noise_and_jpeg(noise: float, depth: float) -> None:
    random = np.random.default_rng(7)
    ink = strokes(width=0.1)
    photo = slope(150, 240) * (1 - ink * (1 - depth)) + random.normal(0, noise, ink.shape)
    found = read_picture(file(photo, "JPEG", quality=60))
    assert agreement(found, expected()) > 0.85


def test_specks_a_frame_and_the_table_are_not_the_digit() -> None:
    random = np.random.default_rng(3)
    photo = on_ground(strokes((900, 900), 0.1), 230, 40)
    for y, x in random.integers(20, 880, (60, 2)):
        photo[y - 2 : y + 3, x - 2 : x + 3] = 60
    photo[:, :9] = photo[:, -9:] = 30
    photo[-60:, :] = 25
    assert agreement(read_picture(file(photo)), expected()) > 0.88


@pytest.mark.parametrize("width", [0.008, 0.02, 0.05])
def test_fine_lines_become_as_wide_as_the_pads_pen(width: float) -> None:
    found = read_picture(file(on_ground(strokes((1600, 1200), width), 245, 60)))
    assert agreement(found, expected(0.09)) > 0.7
    left, top, right, bottom = Image.fromarray(np.where(found > 127, 255, 0).astype(np.uint8)).getbbox() or (0, 0, 0, 0)
    assert max(right - left, bottom - top) == pytest.approx(LONGER_SIDE, abs=5)


@pytest.mark.parametrize(("paper", "pen"), [(255, 0), (0, 255)])
def test_a_small_digit_on_a_large_page(paper: float, pen: float) -> None:
    page = np.zeros((2400, 1800))
    page[1500:1800, 300:600] = strokes((300, 300), 0.1)
    assert agreement(read_picture(file(on_ground(page, paper, pen))), expected()) > 0.88


def test_real_digits_come_back() -> None:
    """MNIST's own size: 28×28, light on dark."""
    small = np.asarray(
        Image.fromarray((strokes(width=0.12) * 255).astype(np.uint8)).resize((28, 28), Image.Resampling.BOX)
    )
    assert agreement(read_picture(file(small.astype(float))), expected(0.12)) > 0.75


def test_a_tight_crop_of_a_bold_one() -> None:
    picture_ = np.full((200, 80), 255.0)
    picture_[5:195, 22:58] = 0
    ink = read_picture(file(picture_)) > 127
    assert ink.any(1).sum() == pytest.approx(LONGER_SIDE, abs=2)
    assert ink.any(0).sum() == pytest.approx(LONGER_SIDE * 36 / 190, abs=3)


def transparent(colour: int, ground: int, alpha: int) -> Image.Image:
    """Ink of this colour over a ground of this colour and opacity."""
    ink = strokes(width=0.1)
    grey = on_ground(ink, ground, colour).round().astype(np.uint8)
    opacity = (ink * 255 + (1 - ink) * alpha).round().astype(np.uint8)
    return Image.merge("RGBA", (*[Image.fromarray(grey)] * 3, Image.fromarray(opacity)))


def palette() -> Image.Image:
    image = Image.fromarray(on_ground(strokes(width=0.1), 240, 20).astype(np.uint8)).convert("RGB")
    return image.quantize(8)


def sixteen_bits() -> Image.Image:
    return Image.fromarray((on_ground(strokes(width=0.1), 240, 20) * 257).astype(np.uint16))


def grey() -> Image.Image:
    return Image.fromarray(on_ground(strokes(width=0.1), 240, 20).astype(np.uint8))


@pytest.mark.parametrize(
    "image",
    [
        transparent(0, 0, 0),
        transparent(255, 255, 0),
        transparent(255, 0, 0),
        transparent(10, 240, 255),
        transparent(0, 0, 0).convert("LA"),
        palette(),
        sixteen_bits(),
        grey().convert("1", dither=Image.Dither.NONE),
        grey().convert("RGB"),
    ],
    ids=["black", "white", "white-on-clear-black", "opaque", "LA", "palette", "16-bit", "1-bit", "RGB"],
)
def test_every_kind_of_png(image: Image.Image) -> None:
    assert agreement(read_picture(file(image)), expected()) > 0.9


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_every_kind_of_jpeg(mode: str) -> None:
    assert agreement(read_picture(file(grey().convert(mode), "JPEG", quality=90)), expected()) > 0.9


def heic(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, **options)
    return out.getvalue()


FORMATS = {
    **{kind: file(grey().convert("RGB"), kind) for kind in ("WEBP", "AVIF", "GIF", "BMP", "TIFF")},
    "TIFF, LZW": file(grey().convert("RGB"), "TIFF", compression="tiff_lzw"),
    "HEIC": heic(grey().convert("RGB")),
    "HEIC, grey": heic(grey()),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format(kind: str) -> None:
    assert agreement(read_picture(FORMATS[kind]), expected()) > 0.9


@pytest.mark.parametrize("kind", ["WEBP", "GIF", "PNG", "TIFF", "AVIF"])
def test_a_transparent_ground_in_every_format(kind: str) -> None:
    assert agreement(read_picture(file(transparent(0, 0, 0), kind)), expected()) > 0.9


def test_heic_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = grey().convert("RGB").rotate(90, expand=True)
    assert agreement(read_picture(heic(turned, exif=exif.tobytes())), expected()) > 0.9


def test_coloured_ink_on_coloured_paper() -> None:
    ink = strokes(width=0.1)
    paper, blue = np.array([250.0, 240.0, 200.0]), np.array([30.0, 40.0, 160.0])
    photo = Image.fromarray((paper * (1 - ink[..., None]) + blue * ink[..., None]).astype(np.uint8))
    assert agreement(read_picture(file(photo, "JPEG")), expected()) > 0.9


def test_exif_says_which_way_is_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to see it upright
    turned = grey().rotate(90, expand=True)
    assert agreement(read_picture(file(turned, "JPEG", exif=exif)), expected()) > 0.9


def test_an_animation_is_its_first_picture() -> None:
    data = file(grey(), "PNG", save_all=True, append_images=[Image.new("L", (600, 600), 255)])
    assert agreement(read_picture(data), expected()) > 0.9


def test_a_large_photo() -> None:
    photo = grey().resize((6000, 6000)).filter(ImageFilter.GaussianBlur(3))
    assert agreement(read_picture(file(photo, "JPEG")), expected()) > 0.9


def test_several_digits_come_from_left_to_right() -> None:
    five, one = strokes((400, 400), 0.1), np.zeros((400, 200))
    one[60:340, 80:120] = 1
    found = read_digits(file(on_ground(np.hstack((five, one, five)), 240, 30)))
    assert len(found) == 3
    assert agreement(found[0], expected()) > 0.9
    assert agreement(found[2], expected()) > 0.9
    assert (found[1] > 127).any(0).sum() < SIDE / 5


# Files that are no picture of a digit


def refused(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        read_picture(data)
    return caught.value.key


@pytest.mark.parametrize(
    "image",
    [
        np.full((300, 300), 255.0),
        np.zeros((300, 300)),
        slope(60, 240),
        vignette(),
        255 - vignette(),
        np.random.default_rng(1).normal(200, 8, (500, 500)),
        np.random.default_rng(2).normal(40, 25, (500, 500)),
        slope(120, 240) + np.random.default_rng(3).normal(0, 6, (600, 600)),
        np.full((1, 1), 7.0),
        np.full((2, 900), 200.0),
    ],
    ids=range(10),
)
def test_a_blank_picture_has_no_ink(image: Grey) -> None:
    assert refused(file(image)) == "picture-blank"
    assert refused(file(image, "JPEG")) == "picture-blank"


def test_a_fully_transparent_picture_has_no_ink() -> None:
    assert refused(file(Image.new("RGBA", (50, 50), (0, 0, 0, 0)))) == "picture-blank"


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize(
    "size",
    [
        (10_000, 10_000),
        (40_001, 1_000),
        (2**31 - 1, 2**31 - 1),
        (200_000, 2_000),
        (1, 39_000_000),
        (39_000_000, 1),
    ],
)
def test_the_size_is_read_before_the_pixels(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def no_load(self: object) -> None:
        pytest.fail("decoded")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", no_load)
    assert refused(png_header(*size)) == "picture-pixels"


def test_the_memory_is_estimated_before_the_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder that needs much for a pixel takes fewer pixels."""
    data = file(Image.new("RGB", (6500, 6500), "white"), "WEBP", quality=1, method=0)
    monkeypatch.setattr("PIL.WebPImagePlugin.WebPImageFile.load", lambda self: pytest.fail("decoded"))
    with pytest.raises(InputError, match="A WEBP picture may have 28 million pixels"):
        read_picture(data)


PEAK = """
import io, sys
from PIL import Image
from lenet.digits import picture
from lenet.errors import InputError

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) * 1024

small = io.BytesIO()
black_on_white = Image.new("RGBA", (200, 200), "white")
black_on_white.paste("black", (80, 50, 120, 150))
black_on_white.save(small, "PNG")
picture.read_digits(small.getvalue())  # so that imports don't count
data = sys.stdin.buffer.read()
before = peak()
try:
    digits = len(picture.read_digits(data))
except InputError as problem:
    digits = problem.key
print(digits, peak() - before)
"""


def peak(data: bytes) -> tuple[str, int]:
    """Result of reading a picture in a process of its own, and the bytes by which its memory grew at most."""
    done = subprocess.run([sys.executable, "-c", PEAK], input=data, capture_output=True, check=True)
    answer, growth = done.stdout.split()
    return answer.decode(), int(growth)


def large(mode: str, size: tuple[int, int] = (8064, 6048)) -> Image.Image:
    """48 megapixels."""
    image = Image.new("L", size, 240)
    ImageDraw.Draw(image).line((2500, 1500, 5500, 1500, 3500, 4700), 30, 450)
    return image.convert(mode)


def test_what_large_photographs_take() -> None:
    """Peak memory of every decoder is within the limit; the browser sends photographs of 1600 pixels."""
    photo = large("RGB")
    files = {
        "JPEG": file(photo, "JPEG", quality=50),
        "progressive JPEG": file(photo, "JPEG", quality=50, progressive=True, subsampling=0),
        "HEIC": heic(photo, quality=20, enc_params={"preset": "ultrafast"}),
        "AVIF": file(photo, "AVIF", quality=20, speed=10),
        "PNG with alpha": file(large("LA").convert("RGBA"), compress_level=1),
    }
    found = {kind: peak(data) for kind, data in files.items()}
    assert {answer for answer, _ in found.values()} == {"1"}
    assert all(growth < MAX_MEMORY + 100_000_000 for _, growth in found.values()), found
    assert found["JPEG"][1] < 50_000_000, found
    # 4 bytes a pixel, and next to nothing for the smaller picture that is made of them.
    assert found["PNG with alpha"][1] < 4 * photo.width * photo.height + 15_000_000, found


def test_a_long_thin_picture_is_refused_for_next_to_no_memory() -> None:
    answer, growth = peak(png_header(1, 39_000_000))
    assert answer == "picture-pixels"
    assert growth < 20_000_000


def test_pictures_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_file, "PATIENCE_S", 0.01)
    with picture_file._DECODING:
        assert refused(file(grey())) == "picture-busy"
    assert agreement(read_picture(file(grey())), expected()) > 0.9


def test_a_picture_of_too_many_bytes() -> None:
    assert refused(bytes(MAX_BYTES + 1)) == "picture-bytes"


def other_formats() -> dict[str, bytes]:
    return {kind: file(grey().convert("RGB"), kind) for kind in ("PPM", "ICO", "TGA", "PCX")}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"Ein Text, kein Bild. " * 1000,
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0" + bytes(500),
        png_header(600, 600),
        png_header(0, 5),
        file(grey())[:3000],
        file(grey(), "JPEG")[:3000],
        file(grey()).replace(b"IDAT", b"IXAT"),
        *(data[: len(data) // 2] for data in FORMATS.values()),
        *other_formats().values(),
    ],
    ids=lambda data: f"{len(data)}-{data[:4].hex()}",
)
def test_what_is_no_whole_picture_of_a_known_format(data: bytes) -> None:
    assert refused(data) == "picture-unreadable"


def test_broken_bytes_never_raise_anything_else() -> None:
    random = np.random.default_rng(5)
    small = grey().resize((60, 60)).convert("RGB")
    kinds = ("PNG", "JPEG", "WEBP", "AVIF", "GIF", "BMP", "TIFF")
    for good in (*(file(small, kind) for kind in kinds), heic(small)):
        for _ in range(12):
            broken = bytearray(good)
            for place in random.integers(0, len(broken), 4):
                broken[place] = random.integers(256)
            with contextlib.suppress(InputError):
                assert all(digit.shape == (SIDE, SIDE) for digit in read_digits(bytes(broken)))

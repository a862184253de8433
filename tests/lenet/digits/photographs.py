"""Photographs of handwritten digits as people take them, made of MNIST test digits and of pen strokes.

    python -m tests.lenet.digits.photographs [--seeds FIRST COUNT] [--save FOLDER] [KIND ...]

prints for each kind how many photographs of 20 the shipped LeNet5 reads right. A photograph is a function of its kind
and seed alone: the seed chooses digit, hand, pen, paper, light, noise and the quality of the JPEG.
"""

from __future__ import annotations

import argparse
import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from lenet.digits import ink, mnist
from lenet.digits.drawing import Drawing, rasterize
from lenet.digits.picture import read_digits
from lenet.errors import InputError
from lenet.networks import checkpoint
from lenet.train import evaluate

Grey = NDArray[np.float64]
Random = np.random.Generator

# Each digit as pen strokes in a box of 1 × 1, y down.
HAND: Final = {
    0: [[(0.5, 0), (0.2, 0.15), (0.1, 0.5), (0.2, 0.85), (0.5, 1), (0.8, 0.85), (0.9, 0.5), (0.8, 0.15), (0.5, 0)]],
    1: [[(0.3, 0.25), (0.55, 0.0), (0.53, 1.0)]],
    2: [[(0.15, 0.25), (0.3, 0.03), (0.65, 0.02), (0.82, 0.25), (0.65, 0.5), (0.12, 0.97), (0.9, 0.95)]],
    3: [[(0.15, 0.12), (0.5, 0.0), (0.8, 0.2), (0.45, 0.45), (0.85, 0.7), (0.5, 1.0), (0.12, 0.85)]],
    4: [[(0.4, 0.0), (0.1, 0.6), (0.9, 0.57)], [(0.7, 0.1), (0.66, 1.0)]],
    5: [[(0.85, 0.02), (0.25, 0.03), (0.2, 0.45), (0.55, 0.38), (0.85, 0.65), (0.6, 0.97), (0.12, 0.88)]],
    6: [[(0.75, 0.0), (0.3, 0.35), (0.15, 0.75), (0.45, 1.0), (0.8, 0.78), (0.5, 0.52), (0.2, 0.7)]],
    7: [[(0.1, 0.05), (0.9, 0.02), (0.35, 1.0)]],
    8: [
        [(0.5, 0.45), (0.22, 0.22), (0.5, 0), (0.78, 0.22), (0.5, 0.45)],
        [(0.5, 0.45), (0.15, 0.75), (0.5, 1), (0.85, 0.75), (0.5, 0.45)],
    ],
    9: [[(0.8, 0.25), (0.5, 0.5), (0.2, 0.25), (0.5, 0.0), (0.8, 0.22), (0.72, 0.6), (0.6, 1.0)]],
}  # fmt: skip


@functools.cache
def _network() -> Any:
    return checkpoint.load("LeNet5")


def _curve(points: list[tuple[float, float]], soft: bool) -> list[tuple[float, float]]:
    """Points along a Catmull-Rom spline, or the points themselves."""
    if not soft:
        return points
    p = np.array([points[0], *points, points[-1]])
    t = np.linspace(0, 1, 12)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return [(float(x), float(y)) for x, y in np.concatenate(pieces)]


def drawn(random: Random, height: int) -> tuple[Grey, int]:
    """A digit made with a pen."""
    label = int(random.integers(10))
    scale, width = 3, random.uniform(0.05, 0.13) * height
    aspect, lean = random.uniform(0.55, 0.8), random.uniform(-0.1, 0.25)
    side = round(scale * height * 1.8)
    image = Image.new("L", (side, side))
    pen = ImageDraw.Draw(image)
    radius = scale * width / 2
    soft = label in (0, 2, 3, 5, 6, 8, 9)
    for stroke in HAND[label]:
        jitter = random.normal(0, 0.02, (len(stroke), 2))
        points = [(x + dx, y + dy) for (x, y), (dx, dy) in zip(stroke, jitter, strict=True)]
        path = [
            (scale * height * (0.4 + aspect * x + lean * (1 - y) * 0.5), scale * height * (0.3 + y))
            for x, y in _curve(points, soft)
        ]
        pen.line(path, 255, round(2 * radius))
        for x, y in path:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return np.asarray(image.crop(image.getbbox()).reduce(scale), np.float64) / 255, label


def written(random: Random, height: int) -> tuple[Grey, int]:
    """A digit of the MNIST test set, its edges as sharp as a pen's."""
    digits = mnist.load("test")
    index = int(random.integers(len(digits.images)))
    image = Image.fromarray(digits.images[index])
    image = image.crop(image.getbbox())
    scale = height / max(image.size)
    size = (max(3, round(image.width * scale)), max(3, round(image.height * scale)))
    large = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float64) / 255
    steep = 1 + height / 28
    return np.clip((large - 0.5) * steep + 0.5, 0, 1), int(digits.labels[index])


def digit(random: Random, height: int) -> tuple[Grey, int]:
    """Ink in 0..1 and its label."""
    return (written if random.random() < 0.6 else drawn)(random, height)


def put(sheet: Grey, ink: Grey, x: float, y: float) -> None:
    """Put ink on a sheet with its centre at shares x and y, as far as it fits."""
    h, w = ink.shape
    top = int(np.clip(round(y * sheet.shape[0] - h / 2), 0, sheet.shape[0] - h))
    left = int(np.clip(round(x * sheet.shape[1] - w / 2), 0, sheet.shape[1] - w))
    region = sheet[top : top + h, left : left + w]
    np.maximum(region, ink, out=region)


def page(random: Random, share: tuple[float, float] = (0.3, 0.6)) -> tuple[Grey, int]:
    """A sheet's ink with one digit of this share of its height."""
    height, width = (int(random.integers(380, 560)) for _ in range(2))
    sheet = np.zeros((height, width))
    one, label = digit(random, round(random.uniform(*share) * min(height, width)))
    put(sheet, one, random.uniform(0.42, 0.58), random.uniform(0.42, 0.58))
    return sheet, label


def texture(random: Random, shape: tuple[int, ...], strength: float = 4) -> Grey:
    """Fibres and waves of paper."""
    rough = sum(ndimage.gaussian_filter(random.normal(0, 1, shape), s) * s for s in (1.0, 4.0, 9.0))
    return np.asarray(strength * rough / rough.std())


def light(random: Random, shape: tuple[int, ...], depth: float = 0.2) -> Grey:
    """Shares of the light: from one side, with darker corners."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    angle, depth = random.uniform(0, 2 * np.pi), random.uniform(0, depth)
    side = 1 - depth * (0.5 + 0.5 * (np.cos(angle) * x + np.sin(angle) * y))
    return np.asarray(side * (1 - random.uniform(0, 0.12) * (x * x + y * y)))


WOODS: Final = ((150, 105, 65), (95, 60, 40), (190, 150, 105))
PENS: Final = ((40, 42, 52), (25, 25, 28), (35, 45, 130), (30, 60, 150), (150, 35, 45), (70, 70, 75), (35, 100, 60))


def photo(
    random: Random,
    sheet: Grey,
    *,
    shade: Grey | float = 1.0,
    paper: tuple[float, float, float] | None = None,
    pen: tuple[float, float, float] | None = None,
    noise: tuple[float, float] = (1, 5),
    turn: bool = True,
) -> Grey:
    """Brightness (h, w, 3) in 0..255 of ink on paper under the light and in the camera."""
    if paper is None:
        grey = random.uniform(190, 250)
        paper = (grey, grey * random.uniform(0.95, 1.0), grey * random.uniform(0.85, 1.0))
    if pen is None:
        pen = PENS[int(random.integers(len(PENS)))]
    ground = np.array(paper) + texture(random, sheet.shape, random.uniform(1, 5))[..., None]
    scene = ground * (1 - sheet[..., None]) + np.array(pen) * sheet[..., None]
    scene = scene * (light(random, sheet.shape) * shade)[..., None]
    if turn:
        scene = perspective(random, scene)
    scene = ndimage.gaussian_filter(scene, (*[random.uniform(0.3, 1.0)] * 2, 0))
    return np.asarray(scene + random.normal(0, random.uniform(*noise), scene.shape))


def perspective(random: Random, scene: Grey, most: float = 0.03) -> Grey:
    """The sheet seen a little from the side; what lies beyond it is its own edge, drawn out."""
    h, w = scene.shape[:2]
    border = round(0.08 * max(h, w))
    padded = np.pad(scene, ((border, border), (border, border), (0, 0)), "edge").clip(0, 255).astype(np.uint8)
    corners = np.array([(0, 0), (0, h), (w, h), (w, 0)]) + border + random.uniform(-most, most, (4, 2)) * (w, h)
    image = Image.fromarray(padded).transform(
        (w, h), Image.Transform.QUAD, corners.ravel().tolist(), Image.Resampling.BICUBIC
    )
    return np.asarray(image, np.float64)


def picture(grey: Grey) -> Image.Image:
    """The photograph as an image."""
    return Image.fromarray(grey.clip(0, 255).round().astype(np.uint8))


def jpeg(random: Random, grey: Grey, **options: Any) -> bytes:
    """The photograph as a JPEG file of some quality."""
    out = io.BytesIO()
    picture(grey).save(out, "JPEG", quality=int(random.integers(50, 96)), **options)
    return out.getvalue()


def grid(shape: tuple[int, ...]) -> tuple[Grey, Grey]:
    """Shares of the height and of the width at each pixel."""
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    return y, x


Made = tuple[bytes, int]


def plain(random: Random) -> Made:
    sheet, label = page(random)
    return jpeg(random, photo(random, sheet)), label


def tight(random: Random) -> Made:
    one, label = digit(random, int(random.integers(120, 260)))
    rows, columns = np.flatnonzero(one.max(1) > 0.5), np.flatnonzero(one.max(0) > 0.5)
    one = one[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if random.random() < 0.4:
        out = io.BytesIO()
        picture(255 * (1 - one)).save(out, "PNG")
        return out.getvalue(), label
    return jpeg(random, photo(random, one, turn=False)), label


def _sigmoid(x: Grey) -> Grey:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -60, 60))))


def soft_shadow(random: Random) -> Made:
    sheet, label = page(random)
    y, x = grid(sheet.shape)
    angle = random.uniform(0, 2 * np.pi)
    across = (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)) - random.uniform(-0.12, 0.12)
    shade = 1 - random.uniform(0.4, 0.65) * _sigmoid(across / random.uniform(0.008, 0.06))
    return jpeg(random, photo(random, sheet, shade=shade)), label


def flash(random: Random) -> Made:
    sheet, label = page(random)
    y, x = grid(sheet.shape)
    d = (x - random.uniform(0.3, 0.7)) ** 2 + (y - random.uniform(0.3, 0.7)) ** 2
    spot = np.exp(-d / (2 * random.uniform(0.08, 0.2) ** 2))
    shade = random.uniform(0.42, 0.6) + 0.6 * spot
    return jpeg(random, photo(random, sheet, shade=np.minimum(shade, 1.1))), label


def shadow_bar(random: Random) -> Made:
    sheet, label = page(random)
    y, x = grid(sheet.shape)
    angle = random.uniform(0, 2 * np.pi)
    across = np.abs(np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5) - random.uniform(-0.3, 0.3))
    bar = _sigmoid((random.uniform(0.05, 0.14) - across) / random.uniform(0.006, 0.02))
    return jpeg(random, photo(random, sheet, shade=1 - random.uniform(0.3, 0.5) * bar)), label


def on_table(random: Random) -> Made:
    """A sheet that ends within the picture, on a table, dark or wooden."""
    sheet, label = page(random, (0.3, 0.5))
    paper = photo(random, sheet, turn=False)
    border = [round(random.uniform(0.05, 0.3) * min(sheet.shape)) for _ in range(4)]
    if random.random() < 0.4:
        border[int(random.integers(4))] = 0
    top, bottom, left, right = border
    h, w = sheet.shape[0] + top + bottom, sheet.shape[1] + left + right
    wood = random.random() < 0.6
    colour = WOODS[int(random.integers(3))] if wood else (45, 42, 40)
    grain = ndimage.gaussian_filter(random.normal(0, 1, (h, w)), (1.5, 25))
    grain = grain / grain.std() * (12 if wood else 3)
    scene = np.array(np.array(colour) + grain[..., None] + random.normal(0, 3, (h, w, 1)))
    scene[top : h - bottom, left : w - right] = paper
    return jpeg(random, perspective(random, scene)), label


def _line(sheet: Grey, a: tuple[float, float], b: tuple[float, float], width: float, strength: float = 1) -> None:
    """Draw a line between points given in pixels."""
    image = Image.new("L", (2 * sheet.shape[1], 2 * sheet.shape[0]))
    ImageDraw.Draw(image).line([(2 * a[0], 2 * a[1]), (2 * b[0], 2 * b[1])], 255, max(1, round(2 * width)))
    np.maximum(sheet, strength * np.asarray(image.reduce(2), np.float64) / 255, out=sheet)


def box(random: Random) -> Made:
    """A printed square around the digit."""
    side = int(random.integers(280, 520))
    sheet = np.zeros((side, side))
    margin, width = random.uniform(0.04, 0.13) * side, random.uniform(1.2, 5)
    inner = side - 2 * margin
    one, label = digit(random, round(random.uniform(0.45, 0.85) * inner))
    put(sheet, one, 0.5 + random.uniform(-0.04, 0.04), 0.5 + random.uniform(-0.04, 0.04))
    m, n = margin, side - margin
    for a, b in (((m, m), (n, m)), ((n, m), (n, n)), ((n, n), (m, n)), ((m, n), (m, m))):
        _line(sheet, a, b, width, random.uniform(0.7, 1))
    return jpeg(random, photo(random, sheet)), label


def cut_at_line(random: Random) -> Made:
    """Cut at the line of the square: pieces of it are along the picture's edges."""
    side = int(random.integers(120, 320))
    sheet = np.zeros((side, side))
    width = random.uniform(0.008, 0.02) * side
    one, label = digit(random, round(random.uniform(0.5, 0.85) * side))
    put(sheet, one, 0.5 + random.uniform(-0.06, 0.06), 0.5 + random.uniform(-0.06, 0.06))
    for edge in range(4):
        if random.random() < 0.75:
            a, b = random.uniform(-0.3, 3, 2) * width
            left, top = ((a, 0), (b, side)), ((0, a), (side, b))
            right, bottom = ((side - a, 0), (side - b, side)), ((0, side - a), (side, side - b))
            _line(sheet, *(left, right, top, bottom)[edge], width, random.uniform(0.6, 1))
    return jpeg(random, photo(random, sheet, turn=False)), label


def circle(random: Random) -> Made:
    side = int(random.integers(300, 520))
    image = Image.new("L", (2 * side, 2 * side))
    m, n = random.uniform(0.05, 0.12) * side, random.uniform(0.05, 0.12) * side
    width = random.uniform(1.5, 5)
    ImageDraw.Draw(image).ellipse([2 * m, 2 * n, 2 * (side - m), 2 * (side - n)], outline=255, width=round(2 * width))
    sheet = np.asarray(image.reduce(2), np.float64) / 255
    one, label = digit(random, round(random.uniform(0.4, 0.58) * side))
    sheet = sheet.copy()
    put(sheet, one, 0.5 + random.uniform(-0.03, 0.03), 0.5 + random.uniform(-0.03, 0.03))
    return jpeg(random, photo(random, sheet)), label


def underline(random: Random) -> Made:
    h, w = (int(random.integers(300, 520)) for _ in range(2))
    sheet = np.zeros((h, w))
    one, label = digit(random, round(random.uniform(0.4, 0.6) * min(h, w)))
    put(sheet, one, 0.5, 0.45)
    below = 0.45 * h + one.shape[0] / 2 + random.uniform(0.03, 0.12) * h
    half = max(one.shape[1] * random.uniform(0.6, 1.2), 0.15 * w)
    _line(
        sheet,
        (w / 2 - half, below + random.uniform(-5, 5)),
        (w / 2 + half, below + random.uniform(-5, 5)),
        random.uniform(2, 9),
    )
    return jpeg(random, photo(random, sheet)), label


def _ruled(random: Random, squares: bool) -> Made:
    sheet, label = page(random, (0.35, 0.6))
    h, w = sheet.shape
    lines = np.zeros_like(sheet)
    pitch, width = random.uniform(0.07, 0.16) * h, random.uniform(1, 2.2)
    if squares:
        pitch = random.uniform(0.06, 0.12) * h
    for at in np.arange(random.uniform(0, pitch), h, pitch):
        _line(lines, (0, at), (w, at), width)
    if squares:
        for at in np.arange(random.uniform(0, pitch), w, pitch):
            _line(lines, (at, 0), (at, h), width)
    grey = random.uniform(185, 250)
    paper = np.array((grey, grey, grey * random.uniform(0.9, 1)))
    ruling = np.array([(70, 110, 190), (90, 90, 100), (60, 150, 160), (60, 60, 65)][int(random.integers(4))])
    ground = paper + texture(random, sheet.shape, 3)[..., None]
    ground = ground * (1 - lines[..., None]) + ruling * lines[..., None]
    pen = np.array(PENS[int(random.integers(len(PENS)))])
    scene = ground * (1 - sheet[..., None]) + pen * sheet[..., None]
    scene = perspective(random, scene * light(random, sheet.shape)[..., None])
    scene = ndimage.gaussian_filter(scene, (*[random.uniform(0.3, 0.9)] * 2, 0))
    return jpeg(random, scene + random.normal(0, random.uniform(1, 4), scene.shape)), label


def squared(random: Random) -> Made:
    return _ruled(random, True)


def ruled(random: Random) -> Made:
    return _ruled(random, False)


def margin_line(random: Random) -> Made:
    sheet, label = page(random)
    h, w = sheet.shape
    at = random.choice([random.uniform(0.04, 0.2), random.uniform(0.8, 0.96)]) * w
    if random.random() < 0.7:
        _line(sheet, (at, 0), (at + random.uniform(-6, 6), h), random.uniform(1.5, 4))
    else:
        _line(sheet, (0, at * h / w), (w, at * h / w + random.uniform(-6, 6)), random.uniform(1.5, 4))
    return jpeg(random, photo(random, sheet)), label


def small(random: Random) -> Made:
    """A digit of 3 to 6 % of the height."""
    h, w = int(random.integers(900, 1300)), int(random.integers(900, 1500))
    sheet = np.zeros((h, w))
    one, label = digit(random, max(30, round(random.uniform(0.03, 0.06) * h)))
    put(sheet, one, random.uniform(0.15, 0.85), random.uniform(0.15, 0.85))
    return jpeg(random, photo(random, sheet, noise=(1, 4))), label


def noisy(random: Random) -> Made:
    sheet, label = page(random)
    pen = PENS[int(random.integers(2))]
    return jpeg(random, photo(random, sheet, pen=pen, noise=(18, 32))), label


def halftone(random: Random) -> Made:
    """Ink that is printed as dots."""
    sheet, label = page(random, (0.45, 0.75))
    pitch, angle = random.uniform(3, 6), random.uniform(0, np.pi / 2)
    y, x = np.mgrid[: sheet.shape[0], : sheet.shape[1]]
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    screen = 0.5 + 0.25 * (np.cos(2 * np.pi * u / pitch) + np.cos(2 * np.pi * v / pitch))
    return jpeg(random, photo(random, sheet * (screen > random.uniform(0.35, 0.6)))), label


def screen(random: Random) -> Made:
    """A photograph of a screen: stripes of two periods that beat."""
    sheet, label = page(random)
    y, x = np.mgrid[: sheet.shape[0], : sheet.shape[1]]
    shade = np.ones(sheet.shape)
    for period in (random.uniform(2.2, 4), random.uniform(6, 25)):
        angle = random.uniform(0, np.pi)
        wave = np.sin(2 * np.pi * (np.cos(angle) * x + np.sin(angle) * y) / period)
        shade = shade * (1 + random.uniform(0.06, 0.16) * wave)
    return jpeg(random, photo(random, sheet, shade=0.85 * shade)), label


def highlighter(random: Random) -> Made:
    """A coloured pen about as bright as the paper."""
    sheet, label = page(random)
    pen = [(250, 240, 60), (255, 225, 90), (130, 245, 120), (255, 190, 215), (120, 225, 250)][int(random.integers(5))]
    grey = random.uniform(225, 250)
    return jpeg(random, photo(random, sheet, pen=pen, paper=(grey, grey, grey * 0.98), noise=(1, 3))), label


def chalk(random: Random) -> Made:
    sheet, label = page(random)
    crumbs = ndimage.gaussian_filter(random.normal(0, 1, sheet.shape), 0.8)
    sheet = sheet * np.clip(0.85 + 0.25 * crumbs / crumbs.std(), 0, 1)
    board = [(35, 40, 38), (30, 60, 45), (55, 55, 60)][int(random.integers(3))]
    return jpeg(random, photo(random, sheet, paper=board, pen=(225, 225, 220))), label


def inverted(random: Random) -> Made:
    sheet, label = page(random)
    return jpeg(random, 255 - photo(random, sheet)), label


def low_quality(random: Random) -> Made:
    sheet, label = page(random)
    out = io.BytesIO()
    picture(photo(random, sheet)).save(out, "JPEG", quality=int(random.integers(8, 25)))
    return out.getvalue(), label


def turned(random: Random) -> Made:
    """Turned by the camera, which says so in EXIF."""
    sheet, label = page(random)
    exif = Image.Exif()
    orientation = [3, 6, 8][int(random.integers(3))]
    exif[0x0112] = orientation
    grey = np.rot90(photo(random, sheet), {3: 2, 6: 1, 8: 3}[orientation])
    return jpeg(random, grey, exif=exif), label


KINDS: Final[dict[str, Callable[[Random], Made]]] = {
    kind.__name__.replace("_", "-"): kind
    for kind in (
        plain, tight, soft_shadow, flash, shadow_bar, on_table, box, cut_at_line, circle, underline, squared, ruled,
        margin_line, small, noisy, halftone, screen, highlighter, chalk, inverted, low_quality, turned,
    )
}  # fmt: skip


def make(kind: str, seed: int) -> Made:
    """The photograph of this kind and seed, as a file, and its label."""
    return KINDS[kind](np.random.default_rng([list(KINDS).index(kind), seed]))


def several(random: Random) -> tuple[bytes, list[int]]:
    """Two to five digits in a row."""
    height, count = int(random.integers(300, 420)), int(random.integers(2, 6))
    size = random.uniform(0.28, 0.4) * height
    pitch = size * random.uniform(1.15, 1.5)
    sheet = np.zeros((height, round((count + 0.8) * pitch)))
    labels = []
    for n in range(count):
        one, label = digit(random, round(size * random.uniform(0.9, 1.1)))
        labels.append(label)
        put(sheet, one, (n + 0.9) * pitch / sheet.shape[1], random.uniform(0.46, 0.54))
    return jpeg(random, photo(random, sheet)), labels


def make_several(seed: int) -> tuple[bytes, list[int]]:
    """The photograph of several digits of this seed, as a file, and their labels from left to right."""
    return several(np.random.default_rng([len(KINDS), seed]))


def read(data: bytes) -> tuple[list[int], list[NDArray[np.uint8]]]:
    """Predictions of the shipped LeNet5 for a file, digit by digit, and the ink found; none for a refused file."""
    try:
        found = read_digits(data)
    except InputError:
        return [], []
    prepared = [ink.normalize(rasterize(Drawing(base=one)), 28).centered for one in found]
    return evaluate.predict(_network(), np.stack(prepared)).argmax(1).tolist(), found


def main() -> None:
    """Print how many are read right, and save those that are not."""
    parser = argparse.ArgumentParser(prog="python -m tests.lenet.digits.photographs", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=[*KINDS, "several"], metavar="KIND")
    parser.add_argument("--seeds", nargs=2, type=int, default=(0, 20), metavar=("FIRST", "COUNT"))
    parser.add_argument("--save", type=Path, help="where to save what is read wrong, and the ink found")
    options = parser.parse_args()
    first, count = options.seeds
    for kind in options.kinds:
        wrong = []
        for seed in range(first, first + count):
            data, labels = make_several(seed) if kind == "several" else _listed(make(kind, seed))
            answers, found = read(data)
            if answers != labels:
                name = "".join(map(str, labels))
                wrong.append(f"{seed}:{name}>{''.join(map(str, answers)) or '-'}")
                if options.save:
                    options.save.mkdir(parents=True, exist_ok=True)
                    (options.save / f"{kind}-{seed}-{name}.jpg").write_bytes(data)
                    if found:
                        Image.fromarray(np.hstack(found)).save(options.save / f"{kind}-{seed}-{name}-ink.png")
        print(f"{kind:12} {count - len(wrong):3} of {count}   {' '.join(wrong)}", flush=True)


def _listed(made: Made) -> tuple[bytes, list[int]]:
    return made[0], [made[1]]


if __name__ == "__main__":
    main()

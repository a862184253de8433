"""Preprocessing of a drawing into the form of an MNIST digit, with each stage kept.

MNIST's own recipe: the digit's longer side is scaled to 20 pixels with antialiasing, then its centre of mass is put on
the centre of a 28×28 field. Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BOX: Final = 20
FIELD: Final = 28
CENTER: Final = 14
"""Pixel index of the centre of mass, measured on MNIST's test digits (±0.29, so an integer shift)."""


@dataclass(frozen=True)
class Steps:
    """Switches for the stages of the preprocessing."""

    box: bool = True
    """Crop to the ink and scale its longer side to 20 pixels. Off: the whole pad, scaled to 28×28."""
    antialias: bool = True
    """Average the ink under each pixel. Off: take the one point in its middle."""
    center: bool = True
    """Put the centre of mass on pixel 14. Off: put the middle of the ink's box there."""
    pad: bool = True
    """Add a border of zeros up to the network's size. Off: stretch."""


@dataclass(frozen=True)
class Ink:
    """A drawing on its way to the network. Pictures are uint8, 0 paper to 255 ink.

    Attributes:
        drawn: (side, side), the pad.
        boxed: (h, w), after the box, without antialiasing.
        smoothed: (h, w), the same with antialiasing where it is on.
        centered: (28, 28).
        padded: (size, size), what the network gets.
        empty: the network would get no ink, and nothing to classify.
        box: left, top, right, bottom of the ink on `drawn` in pixels.
        center: x and y of the centre of mass on `centered`, in pixel indices.
    """

    drawn: NDArray[np.uint8]
    boxed: NDArray[np.uint8]
    smoothed: NDArray[np.uint8]
    centered: NDArray[np.uint8]
    padded: NDArray[np.uint8]
    empty: bool
    box: tuple[int, int, int, int]
    center: tuple[float, float]

    @property
    def input(self) -> NDArray[np.float32]:
        """(1, size, size) float32 in 0..1."""
        return self.padded[None].astype(np.float32) / np.float32(255)


def normalize(drawn: NDArray[np.uint8], size: int, steps: Steps = Steps()) -> Ink:
    """Bring ink into MNIST's form.

    Args:
        drawn: (side, side) uint8 ink, as `drawing.rasterize` makes it.
        size: side of the network's input in pixels, at least 28.
        steps: the stages that are on.
    """
    picture = Image.fromarray(drawn)
    box = picture.getbbox()
    if box is None:
        blank = np.zeros((FIELD, FIELD), np.uint8)
        return Ink(drawn, blank, blank, blank, np.zeros((size, size), np.uint8), True, (0, 0, 0, 0), (CENTER, CENTER))
    if steps.box:
        crop, scale = box, BOX / max(box[2] - box[0], box[3] - box[1])
    else:
        crop, scale = (0, 0, *picture.size), FIELD / picture.width
    shape = (max(1, round((crop[2] - crop[0]) * scale)), max(1, round((crop[3] - crop[1]) * scale)))
    boxed = picture.resize(shape, Image.Resampling.NEAREST, box=crop)
    smoothed = picture.resize(shape, Image.Resampling.BOX, box=crop) if steps.antialias else boxed
    small = np.asarray(smoothed)
    height, width = small.shape
    x, y = _center_of_mass(small) if steps.center else ((width - 1) / 2, (height - 1) / 2)
    if steps.box or steps.center:
        left, top = round(CENTER - x), round(CENTER - y)
    else:
        left, top = 0, 0
    if steps.box:
        left, top = min(max(left, 0), FIELD - width), min(max(top, 0), FIELD - height)
    centered = _place(small, left, top, FIELD)
    if steps.pad:
        border = (size - FIELD) // 2
        padded = _place(centered, border, border, size)
    else:
        padded = np.asarray(Image.fromarray(centered).resize((size, size), Image.Resampling.BILINEAR))
    # Specks can fall between the points that are sampled: what matters is what the network gets.
    return Ink(drawn, np.asarray(boxed), small, centered, padded, not padded.any(), box, _center_of_mass(centered))


def _center_of_mass(picture: NDArray[np.uint8]) -> tuple[float, float]:
    columns, rows = picture.sum(0, dtype=np.int64), picture.sum(1, dtype=np.int64)
    total = max(1, int(columns.sum()))
    return float(columns @ np.arange(len(columns)) / total), float(rows @ np.arange(len(rows)) / total)


def _place(picture: NDArray[np.uint8], left: int, top: int, side: int) -> NDArray[np.uint8]:
    """`picture` on a square of zeros with its corner at (left, top); what falls outside is cut off."""
    field = np.zeros((side, side), np.uint8)
    height, width = picture.shape
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + width, side), min(top + height, side)
    if x0 < x1 and y0 < y1:
        field[y0:y1, x0:x1] = picture[y0 - top : y1 - top, x0 - left : x1 - left]
    return field

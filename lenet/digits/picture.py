"""Conversion of a picture file to ink: a photo or scan of digits, or a picture drawn elsewhere."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from lenet.digits.drawing import PEN_WIDTH
from lenet.digits.picture_file import MAX_BYTES, decode
from lenet.digits.picture_ink import find_ink
from lenet.errors import InputError

__all__ = ["LONGER_SIDE", "MAX_BYTES", "MAX_DIGITS", "SIDE", "read_digits"]

SIDE: Final = 112
"""Side of the ink in pixels: four for each of MNIST's 28."""

LONGER_SIDE: Final = SIDE * 20 // 28
MAX_DIGITS: Final = 12
"""Digits of one picture that are offered."""

Grey = NDArray[np.float32]


def read_digits(data: bytes) -> list[NDArray[np.uint8]]:
    """Find the digits in a picture, dark on light or light on dark, on even or uneven ground.

    Args:
        data: a picture file, see `lenet.digits.picture_file.decode`.

    Returns:
        At least one and at most `MAX_DIGITS`, left to right: (SIDE, SIDE) uint8, 0 paper to 255 ink; the ink's longer
        side fills 20/28 of it, as in MNIST.

    Raises:
        InputError: the file is too large, is no such picture, or has no ink.
    """
    return [_place(ink) for ink in find_ink(decode(data))[:MAX_DIGITS]]


def _place(ink: Grey) -> NDArray[np.uint8]:
    """The ink in the middle of the pad, lines finer than the pad's pen made as wide as that."""
    rows, columns = np.flatnonzero((ink > 0.5).any(1)), np.flatnonzero((ink > 0.5).any(0))
    if len(rows) == 0:
        raise InputError("picture-blank")
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    fitted = _resize(ink, LONGER_SIDE)
    more = round((PEN_WIDTH * SIDE - _stroke_width(fitted)) / 2)
    if more > 0:
        fitted = _resize(ink, LONGER_SIDE - 2 * more)
    field = np.zeros((SIDE, SIDE), np.float32)
    height, width = fitted.shape
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    field[top : top + height, left : left + width] = fitted
    if more > 0:
        y, x = np.mgrid[-more : more + 1, -more : more + 1]
        field = ndimage.grey_dilation(field, footprint=x * x + y * y <= (more + 0.3) ** 2, mode="constant")
    return (np.clip(field, 0, 1) * 255).round().astype(np.uint8)


def _stroke_width(ink: Grey) -> float:
    """Mean width of the strokes in pixels: twice the area over the length of the outline."""
    padded = np.pad(ink, 1)
    slope_y, slope_x = padded[1:, :-1] - padded[:-1, :-1], padded[:-1, 1:] - padded[:-1, :-1]
    outline = float(np.hypot(slope_y, slope_x).sum())
    return 2 * float(ink.sum()) / max(outline, 1e-6)


def _resize(ink: Grey, longer: int) -> Grey:
    """The ink with this longer side, in its own proportions."""
    scale = longer / max(ink.shape)
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BILINEAR), np.float32)

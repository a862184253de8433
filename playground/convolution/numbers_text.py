"""Numbers of kernels and of a grid as text: for the address, and as the visitor types them."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST: Final = 1e6
"""Largest magnitude of a number."""
EMPTY: Final = "empty"
NAN: Final = "nan"
LARGE: Final = "large"
ODD: Final = "odd"

Array = NDArray[np.float32]


class CellError(ValueError):
    """A cell that is no number.

    Args:
        reason: `EMPTY`, `NAN`, `LARGE` or `ODD`.
        place: the cell's number in reading order, from 0.
        typed: its text.
    """

    def __init__(self, reason: str, place: int, typed: str) -> None:
        super().__init__(reason)
        self.reason, self.place, self.typed = reason, place, typed


def write(values: Array) -> str:
    """Text of an array (C, H, W), such as `1x2x2:1,0,0.5,-1`."""
    return f"{'x'.join(map(str, values.shape))}:{','.join(f'{value:.9g}' for value in values.ravel().tolist())}"


def read(written: str, largest: tuple[int, int, int]) -> Array:
    """Array (C, H, W) of a text.

    Args:
        written: as `write` makes it.
        largest: largest number of channels, rows and columns.

    Raises:
        CellError: a cell is no number.
        ValueError: the text has another form, or is larger.
    """
    sizes, _, cells = written.partition(":")
    shape = tuple(int(size) for size in sizes.split("x") if len(size) < 4)
    if len(shape) != 3 or not all(1 <= size <= most for size, most in zip(shape, largest, strict=True)):
        raise ValueError("shape")
    typed = cells.split(",")
    if len(typed) != math.prod(shape):
        raise ValueError("count")
    return np.array([cell(one, place) for place, one in enumerate(typed)], np.float32).reshape(shape)


def cell(typed: str, place: int = 0) -> float:
    """Number that a visitor has typed into a cell.

    Raises:
        CellError: it is none.
    """
    plain = typed.strip().replace("\u2212", "-")
    if not plain:
        raise CellError(EMPTY, place, typed)
    try:
        value = float(plain) if len(plain) <= 32 and "_" not in plain else None
    except ValueError:
        value = None
    if value is None:
        raise CellError(ODD, place, typed[:12])
    if math.isnan(value):
        raise CellError(NAN, place, typed)
    if abs(value) > MOST:
        raise CellError(LARGE, place, typed[:12])
    return value

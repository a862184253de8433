"""Kernels by name: the ones that image processing knows, for any height and width."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Kernel = NDArray[np.float32]
LINE: Final = "line"


def make(name: str, height: int, width: int, angle: int = 45) -> Kernel:
    """Kernel with this name.

    Args:
        name: one of `NAMES`.
        height: in cells; likewise `width`.
        angle: direction of the line in degrees, counterclockwise from the horizontal; only `LINE` uses it.

    Returns:
        (height, width) float32.
    """
    made = line(height, width, angle) if name == LINE else MAKERS[name](height, width)
    return np.asarray(made, np.float32)


def fit(kernel: Kernel, height: int, width: int) -> Kernel:
    """Kernel (h, w) in another size: around its middle, cut off or with zeros added."""
    fitted = np.zeros((height, width), np.float32)
    rows, columns = (_overlap(old, new) for old, new in zip(kernel.shape, (height, width), strict=True))
    fitted[rows[1], columns[1]] = kernel[rows[0], columns[0]]
    return fitted


def crop(values: Kernel, height: int, width: int) -> Kernel:
    """Array (h, w) in another size: cut off or with zeros added at the bottom and on the right."""
    cropped = np.zeros((height, width), np.float32)
    rows, columns = min(height, values.shape[0]), min(width, values.shape[1])
    cropped[:rows, :columns] = values[:rows, :columns]
    return cropped


def identity(height: int, width: int) -> NDArray[np.float64]:
    """1 in the middle, 0 elsewhere."""
    kernel = np.zeros((height, width))
    kernel[(height - 1) // 2, (width - 1) // 2] = 1
    return kernel


def box(height: int, width: int) -> NDArray[np.float64]:
    """Average of all cells."""
    return np.full((height, width), 1 / (height * width))


def gaussian(height: int, width: int) -> NDArray[np.float64]:
    """Binomial weights, which approach a Gaussian and sum up to 1: 1 2 1 for three cells, 1 4 6 4 1 for five."""
    kernel = np.outer(_smooth(height), _smooth(width))
    return kernel / kernel.sum()


def sobel_x(height: int, width: int) -> NDArray[np.float64]:
    """Difference from left to right, smoothed from top to bottom: large at vertical edges."""
    return np.outer(_smooth(height), _difference(width))


def sobel_y(height: int, width: int) -> NDArray[np.float64]:
    """Difference from top to bottom, smoothed from left to right: large at horizontal edges."""
    return np.outer(_difference(height), _smooth(width))


def laplacian(height: int, width: int) -> NDArray[np.float64]:
    """The four neighbours less the middle as often as there are: large at edges of any direction."""
    kernel = np.zeros((height, width))
    row, column = (height - 1) // 2, (width - 1) // 2
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        if 0 <= row + down < height and 0 <= column + right < width:
            kernel[row + down, column + right] = 1
    kernel[row, column] = -kernel.sum()
    return kernel


def sharpen(height: int, width: int) -> NDArray[np.float64]:
    """The picture less its Laplacian."""
    return identity(height, width) - laplacian(height, width)


def line(height: int, width: int, angle: int) -> NDArray[np.float64]:
    """Weights that are positive along a line through the middle and negative beside it, and sum up to 0."""
    rows, columns = np.mgrid[:height, :width]
    x, y = columns - (width - 1) / 2, (height - 1) / 2 - rows
    away = np.abs(-np.sin(np.radians(angle)) * x + np.cos(np.radians(angle)) * y)
    kernel = np.maximum(0, 1 - away)
    return np.round(kernel - kernel.mean(), 3)


MAKERS: Final[dict[str, Callable[[int, int], NDArray[np.float64]]]] = {
    "identity": identity,
    "box": box,
    "gaussian": gaussian,
    "sobel-x": sobel_x,
    "sobel-y": sobel_y,
    "laplacian": laplacian,
    "sharpen": sharpen,
}
NAMES: Final = (*MAKERS, LINE)


def _smooth(count: int) -> NDArray[np.float64]:
    weights = np.ones(1)
    for _ in range(count - 1):
        weights = np.convolve(weights, (1, 1))
    return weights


def _difference(count: int) -> NDArray[np.float64]:
    """Smoothed difference of neighbours: −1 0 1 for three cells, −1 −2 0 2 1 for five; 0 for a single one."""
    if count == 1:
        return np.zeros(1)
    return np.convolve(_smooth(count - 1), (-1, 1))


def _overlap(old: int, new: int) -> tuple[slice, slice]:
    """Places in a row of `old` cells and in one of `new` that lie on each other when their middles do."""
    shift = (new - 1) // 2 - (old - 1) // 2
    return slice(max(0, -shift), min(old, new - shift)), slice(max(0, shift), min(new, old + shift))

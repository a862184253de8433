"""Each unit's weights and bias before and after a step, and their gradients, as rows of cells for a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet.networks.forward import Layer
from lenet.record.arrays import Values
from lenet.record.iteration import Iteration

Cells = NDArray[np.int8]

MOST: Final = 160
"""Largest number of cells of a unit with kernels; where it has more weights, several share a cell."""
LINEAR: Final = 80
"""Largest number of cells of a unit whose weights are single numbers."""
LEVELS: Final = 127
"""A cell's number of the largest magnitude of its layer."""
WILD: Final = -128
"""A cell's number for NaN and infinity."""
PULSE: Final = 0.5
"""Change to which the largest one is magnified, as a share of the largest weight of its layer."""


@dataclass(frozen=True, eq=False)
class WeightPicture:
    """Weights of one layer's units.

    Attributes:
        layer: name of the layer.
        names: names of its weight and its bias, if it has one.
        shape: a unit's kernels as (kernels, height, width).
        biased: True if the last cell of each unit is its bias.
        before: (units, cells), ±127 for the layer's largest magnitude before the step.
        after: likewise on the same scale, with the change magnified; of several weights in a cell both are those of the
            one that changes most. None if there was no step.
        gradient: likewise, ±127 for the largest magnitude of the gradient; None if there is none.
        largest: the largest magnitude before the step.
        largest_gradient: the largest magnitude of the gradient, 0 if there is none.
    """

    layer: str
    names: tuple[str, ...]
    shape: tuple[int, int, int]
    biased: bool
    before: Cells
    after: Cells | None
    gradient: Cells | None
    largest: float
    largest_gradient: float


@dataclass(frozen=True, eq=False)
class WeightPictures:
    """Weights of a recorded iteration.

    Attributes:
        layers: of each layer whose weights are one row for each of its units, and were kept.
        factor: number by which the change of every weight is magnified, at least 1.
    """

    layers: tuple[WeightPicture, ...]
    factor: float


def pictures(iteration: Iteration) -> WeightPictures:
    """Pictures of the weights of a recorded iteration."""
    rows = [found for layer in iteration.layers if (found := _read(layer, iteration)) is not None]
    factor = _factor(rows)
    return WeightPictures(tuple(_picture(row, factor) for row in rows), factor)


@dataclass(frozen=True)
class _Rows:
    """Numbers of one layer, float64 (units, weights and perhaps bias); None as in `WeightPicture`."""

    layer: str
    names: tuple[str, ...]
    shape: tuple[int, int, int]
    biased: bool
    before: NDArray[np.float64]
    after: NDArray[np.float64] | None
    gradient: NDArray[np.float64] | None


def _read(layer: Layer, iteration: Iteration) -> _Rows | None:
    if layer.weight is None:
        return None
    names = [layer.weight, layer.bias] if layer.bias else [layer.weight]
    before = _joined(iteration.before.parameters, names, layer.shape[0])
    if before is None:
        return None
    after = iteration.after
    size = iteration.before.parameters[layer.weight].shape
    kernel = size[2:] if len(size) == 4 else (1, 1)
    return _Rows(
        layer.name,
        tuple(names),
        (size[1] if len(size) > 1 else 1, kernel[0], kernel[1]),
        layer.bias is not None,
        before,
        None if after is None else _joined(after.parameters, names, layer.shape[0]),
        _joined(iteration.gradients, names, layer.shape[0]),
    )


def _joined(values: Mapping[str, Values | None], names: list[str], units: int) -> NDArray[np.float64] | None:
    """Parameters side by side, (units, ...); None if one was not kept, or has no row for each unit."""
    parts: list[NDArray[Any]] = []
    for name in names:
        own = values.get(name)
        if own is None or own.array is None or own.cut or np.iscomplexobj(own.array):
            return None
        if len(own.shape) not in (1, 2, 4) or own.shape[0] != units:
            return None
        parts.append(own.array.reshape(units, -1))
    return np.concatenate(parts, axis=1, dtype=np.float64)


def _factor(rows: list[_Rows]) -> float:
    """Largest of 1, 2, 5, 10, ... with which no change is magnified to more than `PULSE`."""
    most = math.inf
    with np.errstate(all="ignore"):
        for row in rows:
            if row.after is not None:
                change = _largest(row.after - row.before)
                if change > 0:
                    most = min(most, PULSE * _largest(row.before) / change)
    if not 1 < most < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return max(digit * power for digit in (1, 2, 5) if digit * power <= most)


def _picture(row: _Rows, factor: float) -> WeightPicture:
    before, after, gradient = row.before, row.after, row.gradient
    weights = before.shape[1] - row.biased
    shape, each = _grid(row.shape)
    largest, of_gradient = _largest(before), 0.0 if gradient is None else _largest(gradient)
    with np.errstate(all="ignore"):
        change = None if after is None else after - before
        moved = None if change is None else before + factor * change
    places = _leading(before if change is None else change, weights, each)

    def cells(values: NDArray[np.float64] | None, places: NDArray[np.intp], end: float) -> Cells | None:
        return None if values is None else _levels(np.take_along_axis(values, places, 1), end)

    own = places if gradient is None else _leading(gradient, weights, each)
    shown = _levels(np.take_along_axis(before, places, 1), largest)
    return WeightPicture(
        row.layer,
        row.names,
        shape,
        row.biased,
        shown,
        cells(moved, places, largest),
        cells(gradient, own, of_gradient),
        largest,
        of_gradient,
    )


def _grid(kernels: tuple[int, int, int]) -> tuple[tuple[int, int, int], int]:
    """Cells of a unit with kernels of this shape, and the number of weights that share one."""
    count, height, width = kernels
    most = LINEAR if height * width == 1 else MOST
    if math.prod(kernels) <= most:
        return kernels, 1
    together = math.ceil(count / LINEAR)
    return (math.ceil(count / together), 1, 1), together * height * width


def _leading(values: NDArray[np.float64], weights: int, each: int) -> NDArray[np.intp]:
    """Column of the largest magnitude, NaN before all, of those that share each cell; at the end that of the bias."""
    size = np.abs(values[:, :weights])
    size[np.isnan(size)] = np.inf
    cells = math.ceil(weights / each)
    padded = np.pad(size, ((0, 0), (0, each * cells - weights)), constant_values=-1)
    found: NDArray[np.intp] = padded.reshape(len(values), cells, each).argmax(2) + each * np.arange(cells)
    if values.shape[1] > weights:
        found = np.concatenate([found, np.full((len(values), 1), weights)], axis=1)
    return found


def _largest(values: NDArray[np.float64]) -> float:
    """Largest finite magnitude, 0 if there is none."""
    size = np.abs(values[np.isfinite(values)])
    return float(size.max()) if size.size else 0.0


def _levels(values: NDArray[np.float64], largest: float) -> Cells:
    with np.errstate(all="ignore"):
        share = np.clip(values / largest if largest else values, -1, 1)
    levels = np.rint(np.where(np.isfinite(values), share, 0) * LEVELS)
    return np.where(np.isfinite(values), levels, WILD).astype(np.int8)

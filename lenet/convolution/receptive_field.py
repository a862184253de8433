"""Cells of a layer that a cell of a later layer depends on, and the cells of later layers that it can reach.

They are computed from the sizes of the layers alone: kernel, stride, padding and dilation. Cells are counted in rows
and columns: a cell stands for all channels there. A layer without rows and columns, such as a linear one, is a row of
its units.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.networks import kinds
from lenet.networks.forward import Layer
from lenet.networks.windows import Pair

Mask = NDArray[np.bool_]
"""Cells of a layer, (H, W); True for those that are meant."""


def sides(layer: Layer) -> Pair:
    """Rows and columns of a layer; one row of its units for a layer without them."""
    return (layer.shape[-2], layer.shape[-1]) if is_map(layer) else (1, layer.shape[-1])


def is_map(layer: Layer) -> bool:
    """True for a layer with rows and columns."""
    return len(layer.shape) == 3


def cell(layer: Layer, row: int, column: int) -> Mask:
    """Mask of a single cell of a layer."""
    found = np.zeros(sides(layer), bool)
    found[row, column] = True
    return found


def backwards(layers: Sequence[Layer], name: str, cells: Mask) -> dict[str, Mask]:
    """Cells that some cells of a layer depend on, in this layer and in all that lead to it.

    Args:
        layers: of a pass, from the input on.
        name: of the layer.
        cells: (H, W) bool of the layer.

    Returns:
        Cells by the layers' names; a layer that doesn't lead to this one is missing.

    Raises:
        InputError: a layer's sizes don't say which cells it reads.
    """
    by_name = {layer.name: layer for layer in layers}
    found = {name: cells}
    for layer in reversed(layers):
        if layer.name not in found:
            continue
        for source in layer.sources:
            rows, columns = _reads(layer, by_name[source])
            read = rows.T.astype(int) @ found[layer.name] @ columns > 0
            found[source] = read | found.get(source, False)
    return found


def forwards(layers: Sequence[Layer], name: str, cells: Mask) -> dict[str, Mask]:
    """Cells of later layers that depend on some cells of a layer.

    Args:
        layers: of a pass, from the input on.
        name: of the layer.
        cells: (H, W) bool of the layer.

    Returns:
        Cells by the layers' names, for this layer and all after it that depend on it.

    Raises:
        InputError: a layer's sizes don't say which cells it reads.
    """
    by_name: Mapping[str, Layer] = {layer.name: layer for layer in layers}
    found = {name: cells}
    for layer in layers:
        for source in layer.sources:
            if source in found:
                rows, columns = _reads(layer, by_name[source])
                reached = rows.astype(int) @ found[source] @ columns.T > 0
                found[layer.name] = reached | found.get(layer.name, False)
    return found


def _reads(layer: Layer, source: Layer) -> tuple[Mask, Mask]:
    """Rows of the source that each row of a layer reads, (rows, the source's rows) bool, and likewise for columns."""
    kind = kinds.of(layer)
    own, theirs = sides(layer), sides(source)
    if layer.kernel and layer.stride and layer.padding and layer.dilation:
        sizes = zip(own, theirs, layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True)
        rows, columns = (_window(*one) for one in sizes)
        return rows, columns
    spans = dict(layer.settings)
    if "rows" in spans and "columns" in spans:
        return _span(spans["rows"], theirs[0]), _span(spans["columns"], theirs[1])
    mixes = kind is not None and kind.mixes
    if mixes and not is_map(layer):
        return np.ones((own[0], theirs[0]), bool), np.ones((own[1], theirs[1]), bool)
    if own == theirs and not mixes:
        return np.eye(own[0], dtype=bool), np.eye(own[1], dtype=bool)
    raise InputError("receptive-field-unknown", layer=layer.name, kind=layer.kind)


def _window(count: int, length: int, kernel: int, stride: int, padding: int, dilation: int) -> Mask:
    """Places among `length` that each of `count` windows covers, (count, length) bool."""
    offset = np.arange(length) + padding - stride * np.arange(count)[:, None]
    return (offset >= 0) & (offset < kernel * dilation) & (offset % dilation == 0)


def _span(spans: Sequence[Pair], length: int) -> Mask:
    places = np.arange(length)
    return np.array([(places >= start) & (places < end) for start, end in spans])

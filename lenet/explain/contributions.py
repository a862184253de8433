"""Contributions: the parts of which each unit is the sum, activation × weight.

A convolution's output is, at each cell, the bias plus one sum for each channel that it reads: that channel's patch
times its kernel. The contribution of source channel s to output channel o is the mean of this sum over those cells of o
whose output goes on above 0, after the activation that follows; with the bias, the contributions add up to the mean of
the convolution's output at these cells. An output channel without such a cell has no contributions. Batch norm after
the convolution comes after the contributions: it decides which cells are above 0, but doesn't scale the contributions.

A linear layer is the same with one cell, at which its kernel covers the whole source: the contribution of a channel is
the sum of w · x over its cells, that of a unit is w · a. All of the network's outputs count, also those below 0. A unit
that is switched off has no contributions.

Backward, the gradient is multiplied with the weights: the contribution of output o to source s is the sum, over the
cells of s, of the gradient that comes from o. The contributions of all outputs add up to the sum of the gradient that s
gets from this layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lenet.explain import contribution_pairs, contribution_table
from lenet.explain.contribution_pairs import Pair
from lenet.explain.contribution_table import Numbers, UndefinedError
from lenet.networks.forward import Pass

Float = NDArray[np.float32]
MOST: Final = 32
"""Default number of the largest edges of a pair of layers."""
EACH: Final = 3
"""Default number of the largest edges into each unit, beside those."""


@dataclass(frozen=True, eq=False)
class Edges:
    """Largest contributions between two layers, from the largest magnitude down; none is 0.

    Attributes:
        source: name of the layer that is read.
        target: name of the layer that reads it.
        from_units: (edges,) numbers of the source's channels or units.
        to_units: (edges,) numbers of the target's.
        values: (edges,) the contributions.
    """

    source: str
    target: str
    from_units: NDArray[np.int16]
    to_units: NDArray[np.int16]
    values: Float


class Contributions(NamedTuple):
    """Edges in the order of their targets, and one of `contribution_pairs.REASONS` for each layer without."""

    edges: tuple[Edges, ...]
    reasons: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Sum:
    """One unit as the sum of what it is made of: `values.sum() + bias` is `total`, up to rounding.

    Attributes:
        source: name of the layer that is read.
        target: name of the unit's layer.
        unit: number of the channel or unit.
        values: (units of the source,) the contributions, 0 from a channel that the unit doesn't read.
        bias: 0 where the layer has none.
        total: mean of the layer's output over the cells that count.
        cells: number of these cells: those whose output goes on above 0, or all cells where there is none.
        living: whether there is one.
    """

    source: str
    target: str
    unit: int
    values: Float
    bias: float
    total: float
    cells: int
    living: bool


def forward(passed: Pass, numbers: Numbers, most: int = MOST, each: int = EACH) -> Contributions:
    """Largest contributions between all layers of a forward pass.

    Args:
        passed: pass of one digit.
        numbers: the network's parameters and buffers.
        most: number of the largest edges of each pair of layers.
        each: number of the largest edges into each unit, which are there as well.
    """

    def table(pair: Pair) -> Tensor:
        return contribution_table.forward(pair, passed, numbers, contribution_table.living(pair, passed))

    return _collect(passed, most, each, table)


def backward(
    passed: Pass, gradients: Mapping[str, Float | None], numbers: Numbers, most: int = MOST, each: int = 0
) -> Contributions:
    """Largest contributions of each layer's gradient to the gradient of the layer that it reads.

    Args:
        passed: pass of one digit.
        gradients: gradient of the loss with respect to each layer's output, in the layer's shape, by its name; None or
            missing where it was not computed, as that of the input.
        numbers: the network's parameters and buffers.
        most: number of the largest edges of each pair of layers.
        each: number of the largest edges from each target, which are there as well.
    """
    return _collect(passed, most, each, lambda pair: contribution_table.backward(pair, passed, gradients, numbers))


def into(passed: Pass, numbers: Numbers, layer: str, unit: int) -> Sum | None:
    """All contributions into one unit; None where its layer has none, or the unit is switched off.

    Args:
        passed: pass of one digit.
        numbers: the network's parameters and buffers.
        layer: name of the unit's layer, one with weights.
        unit: number of the channel or unit.
    """
    pair = next((pair for pair in contribution_pairs.of(passed.layers).pairs if pair.target.name == layer), None)
    if pair is None or not 0 <= unit < pair.target.shape[0] or contribution_table.is_off(pair, numbers, unit):
        return None
    counted = contribution_table.living(pair, passed)
    living = bool(counted[unit].any())
    if not living:
        counted[unit] = True
    try:
        table = contribution_table.forward(pair, passed, numbers, counted)
    except UndefinedError:
        return None
    cells = counted[unit].numpy()
    return Sum(
        pair.source.name,
        layer,
        unit,
        contribution_table.row(table, unit).numpy(),
        float(contribution_table.bias_of(pair, numbers)[unit]),
        float(passed.outputs[layer].reshape(counted.shape)[unit][cells].mean()),
        int(cells.sum()),
        living,
    )


def edges(pair: Pair, table: Tensor, most: int, each: int = 0) -> Edges:
    """Edges of the largest magnitudes of a pair's table, and of each of its targets."""
    _, targets, sources = table.shape
    flat, size = table.flatten(), table.abs()
    places = size.flatten().topk(min(most, len(flat))).indices
    if each and len(flat) > most:
        chosen = torch.zeros_like(size, dtype=torch.bool)
        chosen.flatten()[places] = True
        chosen.scatter_(2, size.topk(min(each, sources), dim=2).indices, True)
        places = chosen.flatten().nonzero()[:, 0]
        places = places[size.flatten()[places].argsort(descending=True)]
    places = places[flat[places] != 0]
    to_units = places // sources
    from_units = to_units // targets * sources + places % sources
    return Edges(
        pair.source.name,
        pair.target.name,
        from_units.to(torch.int16).numpy(),
        to_units.to(torch.int16).numpy(),
        flat[places].numpy(),
    )


def _collect(passed: Pass, most: int, each: int, table: Callable[[Pair], Tensor]) -> Contributions:
    pairs, known = contribution_pairs.of(passed.layers)
    found, reasons = [], dict(known)
    with torch.inference_mode():
        for pair in pairs:
            try:
                found.append(edges(pair, table(pair), most, each))
            except UndefinedError as error:
                reasons[pair.target.name] = str(error)
    return Contributions(tuple(found), reasons)

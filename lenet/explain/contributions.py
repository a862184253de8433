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
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lenet.explain import contribution_pairs
from lenet.explain.contribution_pairs import FINITE, GRADIENT, SHAPE, SUM, UNITS, WEIGHT, Pair
from lenet.networks.ablation import MASK
from lenet.networks.forward import Pass
from lenet.networks.kinds import KINDS

Float = NDArray[np.float32]
Numbers = Callable[[str], NDArray[Any] | None]
"""Gives the values of a parameter or buffer by its name; None where there is none, or they were not kept."""

MOST: Final = 32
"""Default limit of the edges of a pair of layers."""
TOLERANCE: Final = 1e-2
"""Largest difference between a layer's output and the sum, as a share of what is added: TF32 rounds to 1e-3."""


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


def forward(passed: Pass, numbers: Numbers, most: int = MOST) -> Contributions:
    """Largest contributions between all layers of a forward pass.

    Args:
        passed: pass of one digit.
        numbers: the network's parameters and buffers.
        most: largest number of edges for each pair of layers.
    """
    return _collect(passed, most, lambda pair: _made(pair, passed, numbers, _living(pair, passed)))


def backward(passed: Pass, gradients: Mapping[str, Float | None], numbers: Numbers, most: int = MOST) -> Contributions:
    """Largest contributions of each layer's gradient to the gradient of the layer that it reads.

    Args:
        passed: pass of one digit.
        gradients: gradient of the loss with respect to each layer's output, in the layer's shape, by its name; None or
            missing where it was not computed, as that of the input.
        numbers: the network's parameters and buffers.
        most: largest number of edges for each pair of layers.
    """

    def table(pair: Pair) -> Tensor:
        _made(pair, passed, numbers, _living(pair, passed))  # the layer is one that contributions explain
        arrived = gradients.get(pair.target.name)
        if arrived is None or gradients.get(pair.source.name) is None:
            raise _UndefinedError(GRADIENT)
        reads = _patches(pair, torch.ones(pair.source.shape))
        return _summed(_weight(pair, numbers), reads, _tensor(arrived).reshape(pair.target.shape[0], -1))

    return _collect(passed, most, table)


def into(passed: Pass, numbers: Numbers, layer: str, unit: int) -> Sum | None:
    """All contributions into one unit; None where its layer has none, or the unit is switched off.

    Args:
        passed: pass of one digit.
        numbers: the network's parameters and buffers.
        layer: name of the unit's layer, one with weights.
        unit: number of the channel or unit.
    """
    pair = next((pair for pair in contribution_pairs.of(passed.layers).pairs if pair.target.name == layer), None)
    if pair is None or not 0 <= unit < pair.target.shape[0]:
        return None
    counted = _living(pair, passed)
    living = bool(counted[unit].any())
    if not living:
        counted[unit] = True
    try:
        table = _made(pair, passed, numbers, counted)
    except _UndefinedError:
        return None
    mask = _mask(pair, numbers)
    if mask is not None and not mask[unit]:
        return None
    group, row = divmod(unit, table.shape[1])
    values = torch.zeros(table.shape[0], table.shape[2])
    values[group] = table[group, row]
    out = _tensor(passed.outputs[layer]).reshape(counted.shape)[unit]
    return Sum(
        pair.source.name,
        layer,
        unit,
        values.flatten().numpy(),
        float(_bias(pair, numbers)[unit]),
        float(out[counted[unit]].mean()),
        int(counted[unit].sum()),
        living,
    )


class _UndefinedError(Exception):
    """Contributions that don't exist, for one of `contribution_pairs.REASONS`."""


def _collect(passed: Pass, most: int, table: Callable[[Pair], Tensor]) -> Contributions:
    pairs, known = contribution_pairs.of(passed.layers)
    edges, reasons = [], dict(known)
    with torch.inference_mode():
        for pair in pairs:
            try:
                edges.append(_largest(pair, table(pair), most))
            except _UndefinedError as error:
                reasons[pair.target.name] = str(error)
    return Contributions(tuple(edges), reasons)


def _made(pair: Pair, passed: Pass, numbers: Numbers, counted: Tensor) -> Tensor:
    """Contributions into each unit of a layer, (groups, targets, sources of the group), checked against its output.

    Args:
        pair: the layer and its source.
        passed: pass of one digit.
        numbers: the network's parameters and buffers.
        counted: (targets, cells) bool, the cells over which the mean is taken.
    """
    weight = _weight(pair, numbers)
    mask = _mask(pair, numbers)
    shares = counted / counted.sum(1, keepdim=True).clamp(min=1)
    if mask is not None:
        shares *= mask.reshape(-1, 1)
    made = _summed(weight, _patches(pair, _tensor(passed.outputs[pair.source.name])), shares)
    if not made.isfinite().all():
        raise _UndefinedError(FINITE)
    bias = _bias(pair, numbers) * shares.sum(1)
    total = (shares * _tensor(passed.outputs[pair.target.name]).reshape(shares.shape)).sum(1)
    apart = (made.sum(-1).flatten() + bias - total).abs().max()
    if not apart <= TOLERANCE * (made.abs().sum(-1).flatten() + bias.abs()).max():
        raise _UndefinedError(SUM)
    return made


def _living(pair: Pair, passed: Pass) -> Tensor:
    """Cells whose output goes on above 0, (targets, cells) bool; all cells of the network's outputs."""
    onward = _tensor(passed.outputs[pair.passed_on]).reshape(pair.target.shape[0], -1)
    return torch.ones_like(onward, dtype=torch.bool) if pair.is_output else onward > 0


def _weight(pair: Pair, numbers: Numbers) -> Tensor:
    """(groups, targets of the group, sources of the group, cells of the kernel)."""
    source, target = pair.source, pair.target
    expected = KINDS[target.kind].weight_shape
    given = numbers(target.weight or "")
    if given is None:
        raise _UndefinedError(WEIGHT)
    if not source.shape or expected is None or given.shape != expected(target, source.shape) or not _fits(pair):
        raise _UndefinedError(SHAPE)
    if max(source.shape[0], target.shape[0]) > np.iinfo(np.int16).max:
        raise _UndefinedError(UNITS)
    groups = target.groups
    return _tensor(given).reshape(groups, target.shape[0] // groups, source.shape[0] // groups, -1)


def _bias(pair: Pair, numbers: Numbers) -> Tensor:
    """(targets,), zeros where the layer has none."""
    given = numbers(pair.target.bias) if pair.target.bias else None
    return torch.zeros(pair.target.shape[0]) if given is None else _tensor(given)


def _mask(pair: Pair, numbers: Numbers) -> Tensor | None:
    """(targets, ...) 0 for the units that are switched off; None if none is."""
    given = numbers(f"{(pair.target.weight or '').rpartition('.')[0]}.{MASK}")
    return None if given is None else _tensor(given)


def _summed(weight: Tensor, reads: Tensor, factors: Tensor) -> Tensor:
    """Sum over all cells of factor × weight × what the weight is multiplied with there.

    Args:
        weight: as `_weight` gives it.
        reads: as `_patches` gives it.
        factors: (targets, cells).

    Returns:
        (groups, targets of the group, sources of the group).
    """
    factors = factors.reshape(*weight.shape[:2], -1)
    return (weight * (factors @ reads.flatten(1, 2).mT).reshape(weight.shape)).sum(-1)


def _patches(pair: Pair, values: Tensor) -> Tensor:
    """Numbers of the source that each entry of a kernel is multiplied with, 0 in the padding.

    Returns:
        (groups, sources of the group, cells of the kernel, cells).
    """
    target = pair.target
    if target.kernel is None or target.dilation is None or target.stride is None:
        return values.reshape(1, len(values), -1, 1)
    (top, bottom), (left, right) = _padding(pair)
    padded = F.pad(values, (left, right, top, bottom))[None]
    unfolded = F.unfold(padded, target.kernel, target.dilation, stride=target.stride)
    return unfolded.reshape(target.groups, len(values) // target.groups, -1, unfolded.shape[-1])


def _padding(pair: Pair) -> list[tuple[int, int]]:
    """Rows above and below and columns left and right, negative at an end that no window reaches.

    With `padding="same"` and an even kernel, there is one more at the end than at the beginning.
    """
    source, target = pair.source, pair.target
    windows = zip(target.kernel or (), target.stride or (), target.padding or (), target.dilation or (), strict=True)
    return [
        (padding, (count - 1) * stride + dilation * (kernel - 1) + 1 - side - padding)
        for count, side, (kernel, stride, padding, dilation) in zip(
            target.shape[1:], source.shape[1:], windows, strict=True
        )
    ]


def _fits(pair: Pair) -> bool:
    """True if the target's shape is what its windows make of the source's."""
    target = pair.target
    if target.kernel is None:
        return True
    if len(pair.source.shape) != 3 or len(target.shape) != 3:
        return False
    sides = zip(_padding(pair), target.stride or (), strict=True)
    return all(begin - stride < end <= begin + 1 for (begin, end), stride in sides)


def _largest(pair: Pair, table: Tensor, most: int) -> Edges:
    """Edges of the largest magnitudes in (groups, targets of the group, sources of the group)."""
    _, targets, sources = table.shape
    flat = table.flatten()
    if not flat.isfinite().all():
        raise _UndefinedError(FINITE)
    places = flat.abs().topk(min(most, len(flat))).indices
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


def _tensor(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.require(values, np.float32, ["C", "W"]))

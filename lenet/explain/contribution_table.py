"""Table of the contributions between two layers, see `contributions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lenet.explain.contribution_pairs import FINITE, GRADIENT, SHAPE, SUM, UNITS, WEIGHT, Pair
from lenet.networks.ablation import MASK
from lenet.networks.forward import Pass
from lenet.networks.kinds import KINDS

Numbers = Callable[[str], NDArray[Any] | None]
"""Gives the values of a parameter or buffer by its name; None where there is none, or they were not kept."""

TOLERANCE: Final = 2e-3
"""Largest difference between a layer's output and the sum, as a share of what is added: room for a GPU's TF32."""


class UndefinedError(Exception):
    """Contributions that don't exist, for one of `contribution_pairs.REASONS`."""


def forward(pair: Pair, passed: Pass, numbers: Numbers, counted: Tensor) -> Tensor:
    """Contributions into each unit of a layer, checked: with the bias they add up to the layer's output.

    Args:
        pair: the layer and its source.
        passed: pass of one digit.
        numbers: the network's parameters and buffers.
        counted: (targets, cells) bool, the cells over which the mean is taken.

    Returns:
        (groups, targets of the group, sources of the group).

    Raises:
        UndefinedError: the layer has no contributions.
    """
    weight = _weight(pair, numbers)
    mask = _mask(pair, numbers)
    shares = counted / counted.sum(1, keepdim=True).clamp(min=1)
    if mask is not None:
        shares *= mask.reshape(-1, 1)
    made = _summed(weight, _patches(pair, _tensor(passed.outputs[pair.source.name])), shares)
    if not made.isfinite().all():
        raise UndefinedError(FINITE)
    bias = bias_of(pair, numbers) * shares.sum(1)
    total = (shares * _tensor(passed.outputs[pair.target.name]).reshape(shares.shape)).sum(1)
    apart = (made.sum(-1).flatten() + bias - total).abs().max()
    if not apart <= TOLERANCE * (made.abs().sum(-1).flatten() + bias.abs()).max():
        raise UndefinedError(SUM)
    return made


def backward(pair: Pair, passed: Pass, gradients: Mapping[str, NDArray[np.float32] | None], numbers: Numbers) -> Tensor:
    """Contributions of each unit's gradient, in the shape of `forward`.

    Args:
        pair: the layer and its source.
        passed: pass of one digit.
        gradients: see `contributions.backward`.
        numbers: the network's parameters and buffers.

    Raises:
        UndefinedError: the layer has no contributions, or a gradient was not computed.
    """
    forward(pair, passed, numbers, living(pair, passed))  # raises if the layer isn't the sum that is assumed here
    arrived = gradients.get(pair.target.name)
    if arrived is None or gradients.get(pair.source.name) is None:
        raise UndefinedError(GRADIENT)
    reads = _patches(pair, torch.ones(pair.source.shape))
    made = _summed(_weight(pair, numbers), reads, _tensor(arrived).reshape(pair.target.shape[0], -1))
    if not made.isfinite().all():
        raise UndefinedError(FINITE)
    return made


def living(pair: Pair, passed: Pass) -> Tensor:
    """Cells whose output goes on above 0, (targets, cells) bool; all cells of the network's outputs."""
    onward = _tensor(passed.outputs[pair.passed_on]).reshape(pair.target.shape[0], -1)
    return torch.ones_like(onward, dtype=torch.bool) if pair.is_output else onward > 0


def row(table: Tensor, unit: int) -> Tensor:
    """Contributions into one unit, (sources,); 0 from a channel of another group."""
    group, place = divmod(unit, table.shape[1])
    found = torch.zeros(table.shape[0], table.shape[2])
    found[group] = table[group, place]
    return found.flatten()


def bias_of(pair: Pair, numbers: Numbers) -> Tensor:
    """(targets,), zeros where the layer has none."""
    if pair.target.bias is None:
        return torch.zeros(pair.target.shape[0])
    given = numbers(pair.target.bias)
    if given is None:
        raise UndefinedError(WEIGHT)
    return _tensor(given)


def is_off(pair: Pair, numbers: Numbers, unit: int) -> bool:
    """True if a unit of the target is switched off."""
    mask = _mask(pair, numbers)
    return mask is not None and not mask[unit].any()


def _mask(pair: Pair, numbers: Numbers) -> Tensor | None:
    """(targets, ...) 0 for the units that are switched off; None if none is."""
    given = numbers(f"{(pair.target.weight or '').rpartition('.')[0]}.{MASK}")
    return None if given is None else _tensor(given)


def _weight(pair: Pair, numbers: Numbers) -> Tensor:
    """(groups, targets of the group, sources of the group, cells of the kernel)."""
    source, target = pair.source, pair.target
    expected = KINDS[target.kind].weight_shape
    given = numbers(target.weight or "")
    if given is None:
        raise UndefinedError(WEIGHT)
    if expected is None or given.shape != expected(target, source.shape) or not _fits(pair):
        raise UndefinedError(SHAPE)
    if max(source.shape[0], target.shape[0]) > np.iinfo(np.int16).max:
        raise UndefinedError(UNITS)
    groups = target.groups
    return _tensor(given).reshape(groups, target.shape[0] // groups, source.shape[0] // groups, -1)


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


def _tensor(values: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.require(values, np.float32, ["C", "W"]))

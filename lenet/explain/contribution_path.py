"""Path of the strongest contributions, from a class back to the input."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor

from lenet.explain import contribution_pairs, contribution_table
from lenet.explain.contribution_pairs import KIND, SOURCES, Pair
from lenet.explain.contribution_table import Numbers, UndefinedError
from lenet.explain.contributions import Edges, edges
from lenet.networks import windows
from lenet.networks.forward import Layer, Pass
from lenet.networks.kinds import INPUT

BRANCHES: Final = 3
"""Default number of contributions into each unit of a path."""


class Path(NamedTuple):
    """Strongest contributions into a class, into the units that they come from, and so on.

    Attributes:
        edges: those of one pair of layers after another, from the class backwards.
        reason: one of `contribution_pairs.REASONS` if the path ends before the input, else None.
    """

    edges: tuple[Edges, ...]
    reason: str | None


def of(passed: Pass, numbers: Numbers, unit: int, branches: int = BRANCHES) -> Path:
    """Follow the largest contributions back from one of the network's outputs.

    Into a unit without a cell above 0, which a tanh passes on below 0, the mean over all cells is followed.

    Args:
        passed: pass of one digit.
        numbers: the network's parameters and buffers.
        unit: number of the class.
        branches: largest number of contributions into each unit.
    """
    by_name = {layer.name: layer for layer in passed.layers}
    pairs = {pair.target.name: pair for pair in contribution_pairs.of(passed.layers).pairs}
    ends = [pair.target for pair in pairs.values() if pair.is_output]
    if not ends:
        return Path((), KIND)
    layer, units = ends[-1], torch.tensor([unit])
    found: list[Edges] = []
    while layer.kind != INPUT and len(units):
        if layer.name in pairs:
            pair = pairs[layer.name]
            try:
                found.append(edges(pair, _followed(pair, passed, numbers, units, branches), branches * len(units)))
            except UndefinedError as error:
                return Path(tuple(found), str(error))
            layer, units = pair.source, _once(torch.from_numpy(found[-1].from_units))
        elif len(layer.sources) != 1:
            return Path(tuple(found), SOURCES)
        else:
            source = by_name[layer.sources[0]]
            if not contribution_pairs.reads_its_own_number(layer, source):
                return Path(tuple(found), KIND)
            layer, units = source, _numbered(layer, source, units)
    return Path(tuple(found), None)


def _followed(pair: Pair, passed: Pass, numbers: Numbers, units: Tensor, branches: int) -> Tensor:
    """Table of a pair with the largest contributions into some units, and 0 for all others."""
    counted = contribution_table.living(pair, passed)
    counted[units] |= ~counted[units].any(1, keepdim=True)
    table = contribution_table.forward(pair, passed, numbers, counted)
    rows = table.flatten(0, 1)
    kept = torch.zeros_like(rows)
    places = rows[units].abs().topk(min(branches, rows.shape[1])).indices
    kept[units.unsqueeze(1), places] = rows[units.unsqueeze(1), places]
    return kept.reshape(table.shape)


def _numbered(layer: Layer, source: Layer, units: Tensor) -> Tensor:
    """Units of the source from which units of a layer are computed; several may lie in one channel."""
    if layer.shape[:1] == source.shape[:1]:
        return units
    cells = windows.size(layer.shape[1:])
    return _once(units * cells // windows.size(source.shape[1:]))


def _once(units: Tensor) -> Tensor:
    return torch.tensor(sorted(set(units.tolist())))

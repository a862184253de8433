"""Overview of a pass through a large network: layers folded by module, and the channels that answer most.

Every number in it is one that PyTorch computed: channels and cells are left out, and none is averaged.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet.networks import kinds
from lenet.networks.forward import Layer, Pass
from lenet.networks.kinds import INPUT, SOFTMAX
from lenet.shapes import Shape

MOST_VALUES: Final = 250_000
"""Largest number of values of a pass that is shown whole."""
MOST_LAYERS: Final = 48
"""Largest number of layers of a pass that is shown whole."""
MOST_BLOCKS: Final = 20
"""Number of layers up to which modules are unfolded."""
CHANNELS: Final = 16
"""Number of maps of a layer."""
UNITS: Final = 48
"""Number of units of a vector."""
CLASSES: Final = 10
"""Number of classes."""
SIDE: Final = 56
"""Largest side of a map in cells."""
POOLS: Final = frozenset({"mean", "amax", "amin", "adaptive_max_pool2d"})
"""Kinds that pool without being known as pooling."""
MODULE: Final = "module"
"""Kind of a layer that stands for a module."""


class Part(NamedTuple):
    """Share of a layer that is shown.

    Attributes:
        numbers: of its channels or units, the one with the largest mean magnitude first: that in the last of the layers
            which go on with the same channels, so that all of these show the same ones.
        whole: shape of the whole output.
        step: every so manieth row and column is shown.
    """

    numbers: NDArray[np.int64]
    whole: Shape
    step: int


@dataclass(frozen=True)
class Overview:
    """A part of a pass.

    Attributes:
        passed: layers and values that are shown. A layer that stands for a module has the kind `MODULE`.
        parts: what is shown of each layer, by its name.
        folded: modules that are shown as one layer, in their order.
        opened: module whose layers are shown, "" for the whole network.
    """

    passed: Pass
    parts: Mapping[str, Part]
    folded: tuple[str, ...]
    opened: str = ""


def is_large(layers: Sequence[Layer]) -> bool:
    """True if a network is shown as an overview."""
    return len(layers) > MOST_LAYERS or sum(math.prod(layer.shape) for layer in layers) > MOST_VALUES


def of(passed: Pass, opened: str = "") -> Overview:
    """Overview of a pass.

    Args:
        passed: of one input.
        opened: module whose layers are shown; one that the network doesn't have is "".
    """
    paths = _paths(passed.layers)
    inside = [layer for layer in passed.layers if _within(paths[layer.name], opened)]
    if not inside:
        opened, inside = "", list(passed.layers)
    groups = _groups(inside, paths, len(opened.split(".")) if opened else 0)
    shown = [layer for layer in passed.layers if layer.name in groups]
    shown = _with_sources(shown, groups, passed.layers)
    channels = _channels(passed)
    parts = {layer.name: _part(layer, groups[layer.name], channels, passed) for layer in shown}
    names = {layer.name: groups[layer.name] for layer in shown}
    last = {group: layer for layer in shown for group in [names[layer.name]]}  # the last layer of each group
    counts = {group: sum(one == group for one in names.values()) for group in last}
    made: list[Layer] = []
    outputs: dict[str, NDArray[np.float32]] = {}
    for group, layer in last.items():
        part = parts[layer.name]
        members = [one for one in shown if names[one.name] == group]
        sources = dict.fromkeys(
            names[source] for one in members for source in one.sources if source in names and names[source] != group
        )
        values = passed.outputs[layer.name][part.numbers]
        cells = (slice(None),) + (slice(None, None, part.step),) * (values.ndim - 1)
        outputs[group] = np.ascontiguousarray(values[cells])
        made.append(
            Layer(
                group,
                MODULE if counts[group] > 1 else layer.kind,
                outputs[group].shape,
                tuple(sources),
                settings=(("training", True),) if counts[group] == 1 and _trains(layer) else (),
            )
        )
    folded = tuple(group for group in last if counts[group] > 1)
    return Overview(Pass(tuple(made), outputs), {g: parts[layer.name] for g, layer in last.items()}, folded, opened)


def mixes(overview: Overview, layer: Layer) -> bool:
    """True if a unit of a shown layer reads all units of its sources, or it isn't known which."""
    part = overview.parts[layer.name]
    kind = kinds.of(layer)
    if layer.kind == MODULE or (kind is not None and kind.mixes):
        return True
    return not all(
        np.array_equal(part.numbers, overview.parts[source].numbers)
        for source in layer.sources
        if source in overview.parts
    )


def _trains(layer: Layer) -> bool:
    return dict(layer.settings).get("training") is True


def _paths(layers: Sequence[Layer]) -> dict[str, str]:
    """Module in which each layer runs: that of its parameters, else that of the layer with parameters before it.

    Pooling between two modules is in neither.
    """
    found, last = {}, ""
    for place, layer in enumerate(layers):
        own = (layer.weight or layer.bias or "").rpartition(".")[0]
        if own:
            found[layer.name] = last = own
            continue
        path = "" if layer.name in (INPUT, SOFTMAX) else last.rpartition(".")[0]
        kind = kinds.of(layer)
        if layer.kind in POOLS or (kind is not None and kind.family == "pooling"):
            after = next((one.weight or one.bias for one in layers[place:] if one.weight or one.bias), "") or ""
            path = path if _within(after, path) else _common(path, after)
        found[layer.name] = path
    return found


def _common(one: str, other: str) -> str:
    """Innermost module that both are in."""
    pairs = zip(one.split("."), other.split("."), strict=False)
    return ".".join(part for part, _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _within(path: str, module: str) -> bool:
    return not module or path == module or path.startswith(f"{module}.")


def _groups(layers: Sequence[Layer], paths: Mapping[str, str], depth: int) -> dict[str, str]:
    """Name of each layer, or of its module if that is folded; modules are unfolded as long as they fit."""
    depth += 1
    groups = _at(layers, paths, depth)
    while True:
        further = _at(layers, paths, depth + 1)
        if further == groups:
            deepest = max(len(paths[layer.name].split(".")) for layer in layers)
            if depth > deepest:
                return groups
        elif _blocks(further, layers) > MOST_BLOCKS and len(set(groups.values())) > 3:
            return groups
        groups, depth = further, depth + 1


def _at(layers: Sequence[Layer], paths: Mapping[str, str], depth: int) -> dict[str, str]:
    """Name of each layer where modules are folded at a depth: one with a single layer keeps that layer's name."""
    found: dict[str, str] = {}
    for layer in layers:
        parts = paths[layer.name].split(".") if paths[layer.name] else []
        found[layer.name] = ".".join(parts[:depth]) if len(parts) >= depth else layer.name
    sizes: dict[str, int] = {}
    for name in found.values():
        sizes[name] = sizes.get(name, 0) + 1
    return {name: group if sizes[group] > 1 else name for name, group in found.items()}


def _blocks(groups: Mapping[str, str], layers: Sequence[Layer]) -> int:
    """Number of blocks: folded modules, and layers that mix or have several sources."""
    leads = {
        groups[layer.name]
        for layer in layers
        if len(layer.sources) != 1
        or groups[layer.name] != layer.name
        or ((kind := kinds.of(layer)) is not None and kind.mixes)
    }
    return len(leads)


def _with_sources(shown: list[Layer], groups: dict[str, str], layers: Sequence[Layer]) -> list[Layer]:
    """Layers that are shown, with those outside of an opened module that it reads."""
    here = {layer.name for layer in shown}
    outside = {source for layer in shown for source in layer.sources if source not in here}
    for name in outside:
        groups[name] = name
    return [layer for layer in layers if layer.name in here or layer.name in outside]


def _channels(passed: Pass) -> dict[str, str]:
    """Layers whose channels are the same ones, numbered alike, by the name of the last of them."""
    parent = {layer.name: layer.name for layer in passed.layers}
    units = {layer.name: layer.shape[0] if layer.shape else 0 for layer in passed.layers}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for layer in passed.layers:
        kind = kinds.of(layer)
        if layer.name == SOFTMAX or kind is None or not kind.mixes:
            for source in layer.sources:
                if units[source] == units[layer.name]:
                    parent[root(source)] = root(layer.name)
    return {name: root(name) for name in parent}


def _part(layer: Layer, group: str, channels: Mapping[str, str], passed: Pass) -> Part:
    root = channels[layer.name]
    values = passed.outputs[root]
    count = layer.shape[0] if layer.shape else 1
    if root == SOFTMAX:
        size, most = values, CLASSES
    else:
        size = np.abs(values.reshape(len(values), -1)).mean(1)
        most = CHANNELS if values.ndim > 1 else UNITS
    if layer.name == INPUT:
        numbers = np.arange(min(count, CHANNELS))
    else:
        numbers = np.argsort(-np.nan_to_num(size, nan=np.inf), kind="stable")[:most]
    side = max(layer.shape[1:], default=1)
    return Part(numbers.astype(np.int64), layer.shape, max(1, -(-side // SIDE)))

"""Pairs of layers between which contributions are defined, found in what the layers say of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from lenet.networks import windows
from lenet.networks.forward import Layer
from lenet.networks.kinds import KINDS

KIND: Final = "kind"
SOURCES: Final = "sources"
WEIGHT: Final = "weight"
SHAPE: Final = "shape"
SUM: Final = "sum"
FINITE: Final = "finite"
UNITS: Final = "units"
GRADIENT: Final = "gradient"
REASONS: Final = (KIND, SOURCES, WEIGHT, SHAPE, SUM, FINITE, UNITS, GRADIENT)
"""Reasons why a layer has no contributions: its kind isn't known; it reads several layers, or none; its weight isn't a
parameter of the network, or was not kept; the weight doesn't fit the shape of what the layer reads; contributions and
bias don't add up to its output, for example because it reads one of several tensors that an operation made; a number
is NaN or infinite; a layer has more units than int16 can count; or the gradient at the output or at the source was not
computed.
"""


@dataclass(frozen=True)
class Pair:
    """A layer with weights and the layer that it reads.

    Attributes:
        source: the layer that it reads, with anything between the two layers with weights already applied: `pool1`.
        target: the layer with weights: `conv2`.
        passed_on: name of the layer whose output goes on, `relu2`: the activation that follows, with batch norm or
            dropout before it; without an activation the last of these, or the target itself.
        is_output: whether softmax reads what goes on.
    """

    source: Layer
    target: Layer
    passed_on: str
    is_output: bool


class Pairs(NamedTuple):
    """Pairs in the order of their targets, and one of `REASONS` for each layer with weights that is in no pair."""

    pairs: tuple[Pair, ...]
    reasons: Mapping[str, str]


@lru_cache(maxsize=64)
def of(layers: tuple[Layer, ...]) -> Pairs:
    """Pairs of a network's layers."""
    by_name = {layer.name: layer for layer in layers}
    found, reasons = [], {}
    for layer in layers:
        kind = KINDS.get(layer.kind)
        if kind is None:
            if layer.weight is not None:
                reasons[layer.name] = KIND
        elif kind.weight_shape is not None and kind.mixes:
            if len(layer.sources) != 1:
                reasons[layer.name] = SOURCES
            elif layer.weight is None:
                reasons[layer.name] = WEIGHT
            elif not layer.shape or not by_name[layer.sources[0]].shape:
                reasons[layer.name] = SHAPE
            else:
                found.append(Pair(by_name[layer.sources[0]], layer, *_onward(layer, layers)))
    return Pairs(tuple(found), reasons)


def reads_its_own_number(layer: Layer, source: Layer) -> bool:
    """True if each cell of a layer is computed from the cells of the source's unit of the same number alone."""
    kind = KINDS.get(layer.kind)
    return (
        kind is not None
        and not kind.mixes
        and layer.sources == (source.name,)
        and (layer.shape[:1] == source.shape[:1] or windows.size(layer.shape) == windows.size(source.shape))
    )


def _onward(layer: Layer, layers: Sequence[Layer]) -> tuple[str, bool]:
    """Name of the layer whose output goes on, and whether softmax reads it."""
    while True:
        readers = [reader for reader in layers if layer.name in reader.sources]
        kind = KINDS.get(readers[0].kind) if len(readers) == 1 else None
        if (
            kind is None
            or kind.family == "pooling"
            or KINDS[layer.kind].family == "activation"
            or not reads_its_own_number(readers[0], layer)
        ):
            return layer.name, any("softmax" in reader.kind for reader in readers)
        (layer,) = readers

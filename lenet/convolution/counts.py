"""Parameters and multiply-adds of layers, beside those of other layers between the same shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from lenet.networks import forward, kinds, layer_facts, models, resnet
from lenet.networks.forward import Layer
from lenet.networks.windows import size

RESNET: Final = "resnet18"


@dataclass(frozen=True)
class Count:
    """A number with its calculation.

    Attributes:
        formula: factors in place, such as `16·6·5·5 + 16`.
        value: the number.
    """

    formula: str
    value: int


@dataclass(frozen=True)
class Cost:
    """Cost of a layer.

    Attributes:
        parameters: weights and biases.
        multiply_adds: products that are summed, for one digit.
    """

    parameters: Count
    multiply_adds: Count


@dataclass(frozen=True)
class Row:
    """Layer with parameters, in a table.

    Attributes:
        layer: the layer.
        source: shape of what it reads.
        parameters: its own.
        dense: those of a fully connected layer between the same shapes.
    """

    layer: Layer
    source: tuple[int, ...]
    parameters: Count
    dense: Count


def is_convolution(layer: Layer) -> bool:
    """True for a convolution: a layer with a window and a weight of its own for each pair of channels."""
    kind = kinds.of(layer)
    return kind is not None and kind.mixes and kind.window is not None and len(layer.shape) == 3


def table(layers: Sequence[Layer]) -> tuple[Row, ...]:
    """Rows of all layers with parameters, each module once, in the order of the layers."""
    by_name = {layer.name: layer for layer in layers}
    found: dict[str, Row] = {}
    for layer in layers:
        source = by_name[layer.sources[0]] if layer.sources else None
        facts = layer_facts.facts(layer, source, "")
        if layer.weight is None or layer.weight in found or source is None or facts.parameters is None:
            continue
        formula, _, value = facts.parameters.partition(" = ")
        own = Count(formula, int(value))
        found[layer.weight] = Row(layer, source.shape, own, dense(layer, source).parameters)
    return tuple(found.values())


@cache
def of_network(name: str) -> tuple[tuple[Row, ...], int]:
    """Rows of a network, and the number of all its parameters as PyTorch counts them.

    Args:
        name: one of `lenet.networks.models.MODELS`, or `RESNET`.
    """
    if name == RESNET:
        model = resnet.resnet18(0)
        layers = forward.run(model, np.zeros((3, resnet.SIDE, resnet.SIDE), np.float32)).layers
    else:
        model = models.build(name).eval()
        layers = forward.layers(model)
    return table(layers), models.count_parameters(model)


def shared(layer: Layer, source: Layer) -> Cost:
    """Cost of a convolution as it is: one kernel at every place."""
    outputs, high, wide = layer.shape
    taps = _taps(layer, source)
    return Cost(
        _count((outputs, *taps), (outputs,) if layer.bias else ()),
        _count((outputs, high, wide, *taps)),
    )


def unshared(layer: Layer, source: Layer) -> Cost:
    """Cost of a locally connected layer: a kernel and a bias of its own at every place."""
    taps = _taps(layer, source)
    return Cost(
        _count((*layer.shape, *taps), layer.shape if layer.bias else ()),
        _count((*layer.shape, *taps)),
    )


def dense(layer: Layer, source: Layer) -> Cost:
    """Cost of a fully connected layer between the same shapes: every output reads every input."""
    outputs, inputs = size(layer.shape), size(source.shape)
    return Cost(_count((outputs, inputs), (outputs,) if layer.bias else ()), _count((outputs, inputs)))


def _taps(layer: Layer, source: Layer) -> tuple[int, ...]:
    """Input channels of an output channel, and height and width of the kernel."""
    return (source.shape[0] // layer.groups, *(layer.kernel or ()))


def _count(factors: Sequence[int], bias: Sequence[int] = ()) -> Count:
    formula = "·".join(map(str, factors)) + (f" + {'·'.join(map(str, bias))}" if bias else "")
    return Count(formula, math.prod(factors) + (math.prod(bias) if bias else 0))

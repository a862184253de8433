"""Number of parameters and output size of a layer, worked out from its own sizes."""

from __future__ import annotations

import math
from typing import NamedTuple

from lenet.networks import kinds
from lenet.networks.forward import Layer
from lenet.networks.windows import output_side


class Facts(NamedTuple):
    """The calculations as text; None where a layer has none.

    Attributes:
        parameters: such as `6·1·5·5 + 6 = 156`.
        size: height of the output, such as `⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28`; where the width is another,
            both.
    """

    parameters: str | None
    size: str | None


def facts(layer: Layer, source: Layer | None, thousands: str = ",") -> Facts:
    """Calculate a layer's parameters and output size.

    Args:
        layer: of a pass.
        source: the layer that it reads, None for the input.
        thousands: separator in the number of parameters.
    """
    return Facts(_parameters(layer, source, thousands), _size(layer, source))


def count(layer: Layer, source: Layer | None) -> int:
    """Number of weights and biases of a layer, from its shapes; 0 where its kind isn't known."""
    factors = _factors(layer, source)
    return (math.prod(factors) if factors else 0) + (layer.shape[0] if layer.bias else 0)


def _factors(layer: Layer, source: Layer | None) -> tuple[int, ...]:
    kind = kinds.of(layer)
    if layer.weight is None or source is None or kind is None or kind.weight_shape is None:
        return ()
    return kind.weight_shape(layer, source.shape)


def _parameters(layer: Layer, source: Layer | None, thousands: str) -> str | None:
    factors = _factors(layer, source)
    if not factors:
        return None
    bias = f" + {layer.shape[0]}" if layer.bias else ""
    total = f"{count(layer, source):,}".replace(",", thousands)
    return f"{'·'.join(map(str, factors))}{bias} = {total}"


def _size(layer: Layer, source: Layer | None) -> str | None:
    window = (layer.kernel, layer.stride, layer.padding, layer.dilation)
    if None in window or source is None or len(source.shape) != 3:
        return None
    sides = [
        output_side(source.shape[1 + axis], *(pair[axis] for pair in window if pair is not None)) for axis in range(2)
    ]
    if tuple(side.places for side in sides) != layer.shape[1:]:
        return None  # rounded up, as with ceil_mode
    return " × ".join(dict.fromkeys(side.formula for side in sides))

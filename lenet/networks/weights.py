"""The learned numbers of a network: each layer's weights and biases, their summary and histogram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from lenet.networks import kinds
from lenet.networks.forward import Layer
from lenet.networks.models import initial_bound


@dataclass(frozen=True)
class LayerWeights:
    """Weights and biases of one layer.

    Attributes:
        name: the module's attribute, `conv1`.
        kind: name of its kind, see `kinds.KINDS`.
        weight: float32, (C_out, C_in, kh, kw) of a convolution or (N_out, N_in) of a linear layer.
        bias: float32 (C_out,) or (N_out,), empty where the layer has none.
        bound: PyTorch's default initialisation is uniform in ± this, 1/√fan_in.
    """

    name: str
    kind: str
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    bound: float

    @property
    def reach(self) -> float:
        """The largest magnitude of a weight."""
        return float(np.abs(self.weight).max())

    @property
    def fan_in(self) -> int:
        """Number of inputs that each output of the layer sums over."""
        return int(self.weight[0].size)


@dataclass(frozen=True)
class Summary:
    """Count, mean, standard deviation, minimum and maximum of a set of numbers."""

    count: int
    mean: float
    std: float
    minimum: float
    maximum: float


def of(model: nn.Module) -> tuple[LayerWeights, ...]:
    """Copies of the weights of every convolution and linear layer, in the order of the module."""
    layers = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            weight = module.weight.detach().cpu().numpy().copy()
            bias = np.empty(0, np.float32) if module.bias is None else module.bias.detach().cpu().numpy().copy()
            kind = next(kind.name for own, kind in kinds.MODULES.items() if isinstance(module, own))
            layers.append(LayerWeights(name, kind, weight, bias, initial_bound(module)))
    return tuple(layers)


def numbers(model: nn.Module) -> Callable[[str], NDArray[np.float32] | None]:
    """A network's parameters and buffers by their names, float32; None for a name that it doesn't have."""
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    return lambda name: tensors[name].detach().cpu().float().numpy() if name in tensors else None


def numbers_of_unit(
    layer: Layer, numbers: Callable[[str], NDArray[np.float32] | None], channel: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights and bias of one output channel of a layer.

    Args:
        layer: of the unit.
        numbers: gives a parameter or buffer by its name, None for what is not known.
        channel: number of the unit.

    Returns:
        Its weights, (C_in / groups, kh, kw) of a convolution or (N_in,) of a linear layer, and its bias of shape ();
        each of size 0 where the layer has none. Of a layer that reads buffers, the first array holds its weight, 1
        where there is none, and its number of each buffer. Of one in training mode it is its weight with the numbers
        by the name of `in_training`, of size 0 where there are none.
    """
    nothing = np.empty(0, np.float32)

    def part(name: str | None) -> NDArray[np.float32]:
        values = numbers(name) if name else None
        return nothing if values is None else values[channel].copy()

    weight = part(layer.weight)
    if kinds.in_training(layer):
        own = part(in_training(layer))
        scale = weight if layer.weight else np.ones((), np.float32)
        return np.append(scale, own) if layer.kind == "batch_norm" and own.size else own, part(layer.bias)
    if layer.buffers:
        scale = weight if layer.weight else np.ones((), np.float32)
        weight = np.array([scale, *map(part, layer.buffers)], np.float32)
    return weight, part(layer.bias)


def in_training(layer: Layer) -> str:
    """Name under which the numbers of a layer in training mode are asked for: of each channel of a batch norm, mean and
    variance of the batch, their count, and the means of gradient and gradient × normalised input, NaN where there is
    none; of each unit of a dropout, its mask.
    """
    return f"{layer.name} in training mode"


def summarize(values: NDArray[np.float32]) -> Summary:
    """Count, mean, standard deviation (over all, not n - 1), minimum and maximum, computed in float64."""
    wide = values.astype(np.float64)
    return Summary(values.size, float(wide.mean()), float(wide.std()), float(wide.min()), float(wide.max()))


def histograms(
    one: NDArray[np.float32], other: NDArray[np.float32], bins: int = 41
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Two sets of numbers counted in the same bins, which are symmetric around zero.

    Returns:
        Edges of the bins (bins + 1,), counts of `one` (bins,), counts of `other` (bins,).
    """
    reach = float(max(np.abs(one).max(), np.abs(other).max())) or 1.0
    # The last float32 may lie a rounding beyond the edge in float64.
    edges = np.linspace(-reach * (1 + 1e-6), reach * (1 + 1e-6), bins + 1)
    return edges, np.histogram(one, edges)[0], np.histogram(other, edges)[0]

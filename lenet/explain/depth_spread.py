"""Spread of activations and gradients over a network's depth, for one batch, before any training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.digits import batch, mnist
from lenet.digits.batch import Batch
from lenet.digits.ink import FIELD
from lenet.errors import InputError
from lenet.networks import global_generator, initialisation, kinds
from lenet.networks.forward import Layer, Watch, tensor_names
from lenet.networks.initialisation import Formula, Plain
from lenet.networks.models import input_size
from lenet.record import modes
from lenet.record.model_copy import private_copy

BINS: Final = 41


@dataclass(frozen=True, eq=False)
class Histogram:
    """Numbers counted in bins of equal width around 0.

    Attributes:
        edges: (bins + 1,).
        counts: (bins,); numbers that aren't finite are in none.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Spread:
    """One layer with weights, and the activation that follows it.

    Attributes:
        layer: name of the layer.
        output: name of the layer whose output goes on: the activation that follows, else the layer itself.
        kind: name of the kind of `output`.
        weights: standard deviation of the layer's weights.
        outputs: standard deviation of the layer's own output, over all its numbers and the whole batch.
        activations: likewise, of `output`.
        differences: standard deviation between the digits of the batch: of each number of `output` over the digits,
            and then the root of the mean square. Where it vanishes, the network gives the same answer to every digit.
        gradients: standard deviation of the gradient of the loss at the layer's own output.
        units: number of channels or units of `output`.
        dead: number of them that are 0 for every digit of the batch, where the activation is a ReLU; else None.
        forward: histogram of the output.
        backward: histogram of the gradient.
    """

    layer: str
    output: str
    kind: str
    weights: float
    outputs: float
    activations: float
    differences: float
    gradients: float
    units: int
    dead: int | None
    forward: Histogram
    backward: Histogram


@dataclass(frozen=True, eq=False)
class Depth:
    """Spreads of all layers with weights, from the input on.

    Attributes:
        spreads: of the layers.
        loss: cross-entropy of the batch.
    """

    spreads: tuple[Spread, ...]
    loss: float

    @property
    def growth(self) -> tuple[float, float]:
        """Factors by which differences between digits change per layer forward, and gradients backward: geometric means
        over the layers but the last; NaN where there are too few, or a spread is 0 or not finite.
        """
        inner = self.spreads[:-1]  # the last has another number of outputs, and no activation
        return _factor([one.differences for one in inner]), _factor([one.gradients for one in inner][::-1])


def _factor(values: list[float]) -> float:
    if len(values) < 2 or not all(math.isfinite(value) and value > 0 for value in (values[0], values[-1])):
        return math.nan
    return float((values[-1] / values[0]) ** (1 / (len(values) - 1)))


def digits(count: int, size: int) -> Batch:
    """First digits of MNIST's test set as a batch.

    Args:
        count: of digits.
        size: side of the network's input in pixels.

    Raises:
        InputError: MNIST can't be read.
    """
    found = mnist.load("test")
    border = (size - FIELD) // 2
    pictures = np.pad(found.images[:count], ((0, 0), (border, border), (border, border)))
    return batch.of_pictures(pictures, found.labels[:count].astype(np.int64))


def measure(model: nn.Module, inputs: NDArray[np.float32], labels: NDArray[np.int64]) -> Depth:
    """Send a batch forward and its cross-entropy backward, in training mode.

    Args:
        model: any module that makes (N, 10) of (N, 1, H, W). It is not changed.
        inputs: (N, 1, H, W).
        labels: (N,).

    Raises:
        InputError: PyTorch refuses the batch, or the network has no layer with weights.
    """
    own = modes.put(private_copy(model), modes.TRAIN)
    device = next((p.device for p in own.parameters()), torch.device("cpu"))
    x = torch.from_numpy(np.array(inputs, np.float32)).to(device)
    watch = _Outputs(own, x)
    with torch.inference_mode(False), torch.enable_grad(), modes.seeded(model, modes.TRAIN, 0, device):
        try:
            with watch:
                out = own(x)
            loss = F.cross_entropy(out, torch.from_numpy(np.array(labels)).to(device))
            gradients = torch.autograd.grad(loss, list(watch.outputs.values()), allow_unused=True)
        except (RuntimeError, ValueError) as error:
            raise InputError("depth-failed", reason=str(error).strip().partition("\n")[0]) from error
    arrived = dict(zip(watch.outputs, gradients, strict=True))
    names = [layer for layer in watch.layers if layer.kind in ("conv2d", "linear") and layer.weight is not None]
    if not names:
        raise InputError("depth-none")
    parameters = dict(own.named_parameters())
    return Depth(
        tuple(_spread(layer, watch, arrived[layer.name], parameters[str(layer.weight)]) for layer in names),
        float(loss.detach()),
    )


def of_plain(
    layer: str, depth: int, activation: str, scheme: str, factor: float, seed: int, count: int
) -> tuple[nn.Module, Depth]:
    """A plain stack with new weights, and its spreads for the first test digits.

    Args:
        layer: as for `initialisation.Plain`.
        depth: likewise.
        activation: likewise.
        scheme: as for `initialisation.initialize`.
        factor: likewise.
        seed: likewise.
        count: of the digits.

    Raises:
        InputError: MNIST can't be read.
    """
    with global_generator.LOCK:
        model = Plain(layer, depth, activation)
    return of_network(model, scheme, activation, factor, seed, count)


def of_network(
    model: nn.Module, scheme: str | None, activation: str, factor: float, seed: int, count: int
) -> tuple[nn.Module, Depth]:
    """A copy of a network with new weights, and its spreads for the first test digits.

    Args:
        model: it is not changed.
        scheme: as for `initialisation.initialize`; None for the weights that it has.
        activation: likewise.
        factor: likewise.
        seed: likewise.
        count: of the digits.

    Raises:
        InputError: see `measure` and `digits`.
    """
    own = private_copy(model).cpu()  # where the generator of the weights is
    if scheme is not None:
        initialisation.initialize(own, scheme, activation, factor, seed)
    given = digits(count, input_size(own))
    if given.labels is None:
        raise ValueError(given)
    return own, measure(own, given.inputs, given.labels)


def formulas(model: nn.Module, scheme: str, activation: str, factor: float) -> dict[str, Formula]:
    """Formula of each convolution and linear layer by its name, see `initialisation.formula`."""
    return {
        name: initialisation.formula(layer.weight, scheme, activation, factor)
        for name, layer in initialisation.weighted(model).items()
    }


class _Outputs(Watch):
    """Keeps each layer's output, for its numbers and its gradient."""

    def __init__(self, model: nn.Module, x: Tensor) -> None:
        self.outputs: dict[str, Tensor] = {}
        super().__init__(*tensor_names(model), x)

    def keep(self, layer: Layer, output: Tensor, sources: tuple[str, ...]) -> None:
        if output.requires_grad:
            self.outputs[layer.name] = output


def _spread(layer: Layer, watch: _Outputs, gradient: Tensor | None, weight: Tensor) -> Spread:
    readers = [one for one in watch.layers if layer.name in one.sources]
    kind = kinds.of(readers[0]) if len(readers) == 1 else None
    after = readers[0] if kind is not None and kind.family == "activation" and not kind.mixes else layer
    before, output = _numbers(watch.outputs[layer.name]), _numbers(watch.outputs[after.name])
    arrived = np.zeros_like(before) if gradient is None else _numbers(gradient)
    dead = None
    if after.kind == "relu":
        dead = int((np.abs(output).reshape(*output.shape[:2], -1).max((0, 2)) == 0).sum())
    with np.errstate(all="ignore"):
        return Spread(
            layer.name,
            after.name,
            after.kind,
            float(_numbers(weight).std()),
            float(before.std()),
            float(output.std()),
            float(np.sqrt(output.var(0).mean())),
            float(arrived.std()),
            output.shape[1],
            dead,
            _histogram(output),
            _histogram(arrived),
        )


def _numbers(tensor: Tensor) -> NDArray[np.float64]:
    return tensor.detach().cpu().double().numpy()


def _histogram(values: NDArray[Any]) -> Histogram:
    finite = values[np.isfinite(values)]
    reach = float(np.abs(finite).max()) if finite.size and finite.any() else 1.0
    counts, edges = np.histogram(finite, BINS, (-reach, reach))
    return Histogram(edges, counts.astype(np.int64))

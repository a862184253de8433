"""Batch norm in training mode: the batch's statistics, what they do to the gradient, and the running statistics.

The output of a channel is (x − mean) / √(variance + ε) · weight + bias, with mean and variance of all n = N·H·W numbers
that the channel has in the batch. As both depend on each of these numbers, so does the gradient: with the normalised
input x̂ and the gradient g at the output,

    gradient at x = weight / √(variance + ε) · (g − mean of g − x̂ · mean of g·x̂).

The running statistics go a part of the way, the momentum, from where they were to the batch's: the mean to the mean,
the variance to variance · n / (n − 1), which is Bessel's correction. Source: S. Ioffe, C. Szegedy, "Batch
Normalization", 2015, and `torch.nn.BatchNorm2d`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet.networks import kinds
from lenet.networks.forward import Layer
from lenet.record.arrays import Values
from lenet.record.graph import Node
from lenet.record.iteration import Iteration, State

Wide = NDArray[np.float64]
KIND: Final = "batch_norm"


@dataclass(frozen=True, eq=False)
class Running:
    """Running mean or variance of each channel in one step.

    Attributes:
        name: of the buffer.
        before: (C,) before the forward pass.
        moved_to: (C,) number of the batch towards which it goes.
        after: (C,) after the pass, as PyTorch computed it.
    """

    name: str
    before: Wide
    moved_to: Wide
    after: Wide

    def worked(self, momentum: float) -> Wide:
        """(C,) (1 − momentum) · before + momentum · moved_to, in float64."""
        return (1 - momentum) * self.before + momentum * self.moved_to


@dataclass(frozen=True, eq=False)
class BatchStatistics:
    """Statistics of a batch norm's input in training mode.

    Attributes:
        layer: name of the batch norm.
        count: n, how many numbers each channel has in the batch.
        epsilon: ε.
        momentum: of the running statistics.
        mean: (C,) as the grad_fn saved it.
        variance: (C,) divided by n, from what the grad_fn saved, 1 / √(variance + ε).
        gradient_mean: (C,) mean of the gradient at the output; None where it was not computed.
        gradient_times_input: (C,) mean of that gradient × the normalised input; likewise.
        running_mean: None where the layer has none, or it was not kept.
        running_variance: likewise.
    """

    layer: str
    count: int
    epsilon: float
    momentum: float
    mean: Wide
    variance: Wide
    gradient_mean: Wide | None
    gradient_times_input: Wide | None
    running_mean: Running | None
    running_variance: Running | None

    @property
    def unbiased(self) -> Wide:
        """(C,) variance with Bessel's correction, · n / (n − 1)."""
        return self.variance * self.count / (self.count - 1)


def layers(iteration: Iteration) -> tuple[str, ...]:
    """Names of the batch norms that ran in training mode."""
    return tuple(layer.name for layer in iteration.layers if is_one(layer))


def is_one(layer: Layer) -> bool:
    """True for a batch norm that takes the statistics of the batch."""
    return layer.kind == KIND and kinds.in_training(layer)


def of(iteration: Iteration, name: str) -> BatchStatistics | None:
    """Statistics of a batch norm that ran in training mode; None where it is none, or they were not kept."""
    operation, node = iteration.by_name.get(name), iteration.node_of(name)
    if operation is None or node is None or operation.layer is None or not is_one(operation.layer):
        return None
    layer, settings = operation.layer, dict(operation.layer.settings)
    saved = {one.name: one.values for one in node.saved}
    mean, factor = _wide(saved.get("result1")), _wide(saved.get("result2"))
    if mean is None or factor is None or mean.shape != layer.shape[:1]:
        return None
    count = operation.output.size // len(mean)
    epsilon, momentum = float(settings["epsilon"]), float(settings["momentum"])
    with np.errstate(divide="ignore"):
        variance = np.maximum(1 / factor**2 - epsilon, 0)
    gradients = _gradients(node, _wide(saved.get("input")), mean, factor, count)
    found = BatchStatistics(name, count, epsilon, momentum, mean, variance, *gradients, None, None)
    moved = zip(layer.buffers, (mean, found.unbiased if count > 1 else variance), strict=False)
    running = [_running(iteration.before, iteration.after, buffer, towards) for buffer, towards in moved]
    both = (*running, None, None)[:2]
    return BatchStatistics(name, count, epsilon, momentum, mean, variance, *gradients, *both)


def _gradients(node: Node, read: Wide | None, mean: Wide, factor: Wide, count: int) -> tuple[Wide | None, Wide | None]:
    """Means of the gradient at the output, and of its product with the normalised input."""
    arrived = _wide(node.arrived[0]) if node.arrived else None
    if arrived is not None and read is not None and len(arrived) == len(read) == node.shapes[0][0]:
        axes = (0, *range(2, read.ndim))
        shape = (1, -1, *[1] * (read.ndim - 2))
        with np.errstate(all="ignore"):
            normalized = (read - mean.reshape(shape)) * factor.reshape(shape)
            return arrived.mean(axes), (arrived * normalized).mean(axes)
    # Of a large batch, only the first inputs are kept, but the sums are the gradients of bias and weight.
    _, weight, bias = (*(_wide(one) for one in node.left), None, None, None)[:3]
    return None if bias is None else bias / count, None if weight is None else weight / count


def _running(before: State, after: State | None, name: str, towards: Wide) -> Running | None:
    old = _wide(before.buffers.get(name))
    new = _wide(after.buffers.get(name)) if after else None
    return None if old is None or new is None else Running(name, old, towards, new)


def _wide(values: Values | None) -> Wide | None:
    """All numbers of an array in float64; of a batch that was cut, the first ones."""
    array: NDArray[Any] | None = None if values is None else values.array
    return None if array is None else np.asarray(array, np.float64)

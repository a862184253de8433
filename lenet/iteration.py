"""One training iteration of any module, recorded on a private copy: zero_grad, forward, loss, backward, step, re-evaluation.

The record holds NumPy arrays and plain values only. Nothing about the iteration is imitated: PyTorch runs it, once, and the
recorder watches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import nn

from lenet.forward import Layer
from lenet.graph import Graph, Node, Source
from lenet.values import Values

Array = NDArray[np.generic]

PHASES: Final = ("batch", "zero_grad", "forward", "loss", "backward", "step", "re-evaluate")
"""The parts of an iteration, in order."""


@dataclass(frozen=True)
class Setup:
    """How an iteration is to be run.

    Attributes:
        loss: one of `losses.LOSSES`: `cross_entropy`, `mse`, or `none` for `out.backward(random gradient)`.
        target: one of `losses.TARGETS`: `label`, `count` (1..classes), or `random`.
        target_seed: of the random target, or of the random gradient.
        optimizer: one of `updates.OPTIMIZERS`: `by-hand`, `SGD`, `SGD-momentum`, `SGD-Nesterov`, `Adagrad`, `RMSprop`, `Adadelta`,
            `Adam`, `RAdam`.
        lr: learning rate.
        zero_grad: `none` (PyTorch's default, set_to_none=True), `zeros` (set_to_none=False), or `left-out`.
    """

    loss: str = "cross_entropy"
    target: str = "label"
    target_seed: int = 0
    optimizer: str = "SGD"
    lr: float = 0.01
    zero_grad: str = "none"


@dataclass(frozen=True, eq=False)
class State:
    """A model and its optimizer between two steps, by the parameters' names.

    Attributes:
        parameters: values.
        gradients: `.grad`, None where it is None.
        optimizer: what the optimizer remembers of each parameter, empty before its first step: `momentum_buffer`, `exp_avg`, `step`, ...
        buffers: what the model remembers that isn't learned, such as batch norm's running mean.
    """

    parameters: Mapping[str, Values]
    gradients: Mapping[str, Values | None]
    optimizer: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)
    buffers: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Operation:
    """One call of the forward pass that computed with tensors.

    Attributes:
        index: its place in the pass.
        name: as `forward.Layer.name` where it is a layer (`conv1`, `relu1`); a reshape is named after its function (`view1`).
        kind: PyTorch's name of the function: `conv2d`, `relu`, `view`.
        sources: names of the operations that it read, or `input`.
        output: (N, ...) with the batch.
        module: qualified name of the innermost module that ran it, "" for the model itself.
        source: the line outside of PyTorch that called it.
        node: index of its output's grad_fn in the graph, None where it has none or isn't reached from the loss.
        layer: as the network's picture knows it, None for a reshape.
    """

    index: int
    name: str
    kind: str
    sources: tuple[str, ...]
    output: Values
    module: str
    source: Source | None
    node: int | None
    layer: Layer | None


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the model said of the batch, and how well.

    Attributes:
        logits: (N, classes).
        probabilities: (N, classes), their softmax.
        loss: the loss; without one, the sum of out × the gradient that was put in, whose gradient at `out` is just that.
    """

    logits: Array
    probabilities: Array
    loss: float


@dataclass(frozen=True)
class Failure:
    """An iteration that ended early.

    Attributes:
        phase: in which, one of `PHASES`.
        error: name of the exception.
        message: what it said, one line.
        source: the line outside of PyTorch where it happened, or None.
    """

    phase: str
    error: str
    message: str
    source: Source | None


@dataclass(frozen=True, eq=False)
class Iteration:
    """One recorded iteration; after a failure, what there was until then, and None or () for the rest.

    Attributes:
        setup: how it was run.
        model: name of the model's class.
        inputs: (N, C, H, W).
        labels: (N,) int64, or None.
        target: what the loss compared with: (N,) labels or (N, classes); without a loss, the gradient put in. None before.
        before: the state before zero_grad.
        cleared: `.grad` of each parameter after zero_grad.
        operations: the forward pass.
        layers: the network's layers for its picture, from `input` to `softmax`.
        outcome_before: of the forward pass.
        graph: the grad_fn graph, with what backward sent through it.
        after: the state after the step; `after.gradients` are what backward gave.
        outcome_after: of the same batch with the new parameters.
        predicted_change: of the loss, to first order: the sum over all parameters of gradient · (after − before), in float64; for
            plain SGD that starts from cleared gradients this is −lr·‖gradient‖².
        failure: why it ended early, or None.
    """

    setup: Setup
    model: str
    inputs: Array
    labels: Array | None
    before: State
    target: Array | None = None
    cleared: Mapping[str, Values | None] = field(default_factory=dict)
    operations: tuple[Operation, ...] = ()
    layers: tuple[Layer, ...] = ()
    outcome_before: Outcome | None = None
    graph: Graph | None = None
    after: State | None = None
    outcome_after: Outcome | None = None
    predicted_change: float | None = None
    failure: Failure | None = None

    @property
    def gradients(self) -> Mapping[str, Values | None]:
        """`.grad` of each parameter after backward; empty where it didn't come to that."""
        return self.after.gradients if self.after else {}

    def node_of(self, operation: str) -> Node | None:
        """The grad_fn of an operation's output."""
        raise NotImplementedError

    def gradient_of(self, operation: str) -> Values | None:
        """The gradient of the loss with respect to an operation's output; None where it was not computed."""
        raise NotImplementedError


def record(
    model: nn.Module,
    inputs: Array,
    labels: Array | None,
    setup: Setup,
    start: State | None = None,
    keep: int = 2_000_000,
    ask: Collection[int] = (),
) -> Iteration:
    """Run one iteration on a private copy of a model, and say all that happened.

    Args:
        model: any module that makes (N, classes) of (N, C, H, W). It is not changed, and may be shared between threads.
        inputs: (N, C, H, W) float32.
        labels: (N,) int64; needed for the target `label`.
        setup: how.
        start: go on from this state, such as `Iteration.after`, instead of the model's own.
        keep: how many numbers of operations and nodes are kept in all; of the arrays after that, only shape and summary, so that the
            record of a large network fits into a visitor's session.
        ask: nodes of the graph whose arrays are kept in any case.

    Raises:
        InputError: the setup, the inputs or the labels don't fit. An error of the model itself is `Iteration.failure`.
    """
    raise NotImplementedError

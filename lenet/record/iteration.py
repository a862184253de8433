"""One training iteration of any module, recorded on a private copy: zero_grad, forward, loss, backward, step,
re-evaluation.

The record holds NumPy arrays and plain values only. Nothing about the iteration is imitated: PyTorch runs it, once,
and the recorder watches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from lenet.messages import Message
from lenet.networks.forward import Layer
from lenet.record.arrays import Values, freeze
from lenet.record.attributes import Kept
from lenet.record.graph import Graph, Node, Source

Array = NDArray[Any]

PHASES: Final = ("batch", "zero_grad", "forward", "loss", "backward", "step", "re-evaluate")
"""Phases of an iteration, in order."""

TO_NONE: Final = "none"
TO_ZEROS: Final = "zeros"
LEFT_OUT: Final = "left-out"
ZERO_GRAD: Final = (TO_NONE, TO_ZEROS, LEFT_OUT)
"""Values of the setting zero_grad: `set_to_none=True`, PyTorch's default; `set_to_none=False`; or it is left out."""

FROZEN: Final = "frozen"
UNUSED: Final = "unused"
CUT_OFF: Final = "cut-off"
UNSEEN: Final = "unseen"
UNDEFINED: Final = "undefined"
MISSING: Final = (FROZEN, UNUSED, CUT_OFF, UNSEEN, UNDEFINED)
"""Reasons why a parameter's `.grad` is None after backward: `requires_grad` is False; the forward pass doesn't use it;
it does, but no path leads there from the loss; no path leads there, and TorchScript hides whether it is used; or the
operation that read it gave None.
"""

KEEP: Final = 2_000_000
"""Default limit of the numbers that a record keeps: 8 MB of float32."""


@dataclass(frozen=True)
class Setup:
    """Settings of an iteration.

    Attributes:
        loss: key of one of `losses.LOSSES`.
        target: key of one of that loss's targets, see `targets`.
        target_seed: of the random target, or of the random gradient.
        optimizer: key of one of `optimizers.OPTIMIZERS`.
        lr: learning rate.
        zero_grad: one of `ZERO_GRAD`.
        weight_decay: of the optimizer; None for its own default.
        mode: one of `modes.MODES`, in which the forward pass runs; None for that in which the model is.
        mask_seed: for `torch.manual_seed` right before each forward pass, where it draws random numbers, as dropout
            does for its masks. Without a `mode`, the generators are left as they are.
    """

    loss: str = "cross_entropy"
    target: str = "label"
    target_seed: int = 0
    optimizer: str = "SGD"
    lr: float = 0.01
    zero_grad: str = "none"
    weight_decay: float | None = None
    mode: str | None = None
    mask_seed: int = 0


@dataclass(frozen=True, eq=False)
class State:
    """A model and its optimizer between two steps, by the parameters' names.

    Attributes:
        parameters: values.
        gradients: `.grad`, None where it is None.
        optimizer: what the optimizer remembers of each parameter, empty before its first step: `momentum_buffer`,
            `exp_avg`, `step`, ...
        buffers: what the model remembers that isn't learned, such as batch norm's running mean.
        updated_by: the optimizer that `optimizer` belongs to.
        attributes: what else the model remembers from pass to pass, see `attributes`.
        unheld: name of an attribute that changes from pass to pass and can't be kept, so that there is no going on from
            here; or "".
    """

    parameters: Mapping[str, Values]
    gradients: Mapping[str, Values | None]
    optimizer: Mapping[str, Mapping[str, Values]] = field(default_factory=dict)
    buffers: Mapping[str, Values] = field(default_factory=dict)
    updated_by: str = ""
    attributes: Mapping[str, Kept] = field(default_factory=dict)
    unheld: str = ""


@dataclass(eq=False)
class Operation:
    """One call of the forward pass that computed with tensors.

    Attributes:
        index: its place in the pass.
        name: as `forward.Layer.name` where it is a layer (`conv1`, `relu1`); a reshape is named after its function
            (`view1`).
        kind: PyTorch's name of the function: `conv2d`, `relu`, `view`.
        sources: names of the operations that it read, or `input`.
        output: (N, ...) with the batch, of which the first `Iteration.shown` are kept.
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
    """Model output for the batch, and its loss.

    Attributes:
        logits: (N, classes).
        loss: the loss; without one, the sum of out × the gradient that was put in, whose gradient at `out` is just
            that.
    """

    logits: Array
    loss: float

    @cached_property
    def probabilities(self) -> Array:
        """(N, classes), the softmax of the logits."""
        return freeze(torch.softmax(torch.from_numpy(self.logits.copy()), -1))


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
        target: what the loss compared with: (N,) labels or (N, classes); without a loss, the gradient put in. None
            before.
        before: the state before zero_grad.
        cleared: `.grad` of each parameter after zero_grad.
        operations: the forward pass.
        layers: the network's layers for its picture, from `input` to `softmax`.
        outcome_before: of the forward pass.
        graph: the grad_fn graph, with what backward sent through it.
        after: the state after the step; `after.gradients` are what backward gave.
        outcome_after: of the same batch with the new parameters.
        failure: why it ended early, or None.
        remark: a sentence about what could not be followed, None where there is nothing to say.
        missing: one of `MISSING` for each parameter whose `.grad` is None after backward, by name.
        rows: for how many of the inputs, from the first on, activations and gradients are kept; all else is of the
            whole batch. None for all of them.
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
    failure: Failure | None = None
    remark: Message | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    rows: int | None = None

    @property
    def shown(self) -> int:
        """Number of the inputs, from the first on, whose activations and gradients are kept."""
        return len(self.inputs) if self.rows is None else self.rows

    @property
    def gradients(self) -> Mapping[str, Values | None]:
        """`.grad` of each parameter after backward; empty where it didn't come to that."""
        return self.after.gradients if self.after else {}

    @cached_property
    def by_name(self) -> Mapping[str, Operation]:
        """The operations by their names."""
        return {operation.name: operation for operation in self.operations}

    def node_of(self, operation: str) -> Node | None:
        """The grad_fn of an operation's output."""
        found = self.by_name.get(operation)
        return self.graph.nodes[found.node] if self.graph and found and found.node is not None else None

    def gradient_of(self, operation: str) -> Values | None:
        """The gradient of the loss with respect to an operation's output, (N, ...), of which the first `shown` are
        kept; None where it was not computed.
        """
        node = self.node_of(operation)
        return node.arrived[0] if node and node.arrived else None

    @cached_property
    def predicted_change(self) -> float | None:
        """Of the loss, to first order: the sum over all parameters of their gradient × (after − before), in float64.

        For plain SGD this is −lr·‖gradient‖². None where it didn't come to a step, or arrays were too large to keep.
        """
        if self.after is None:
            return None
        change = 0.0
        for name, gradient in self.after.gradients.items():
            if gradient is None:
                continue
            old, new = self.before.parameters[name].array, self.after.parameters[name].array
            if gradient.array is None or old is None or new is None:
                return None
            own = gradient.array.astype(np.complex128 if np.iscomplexobj(gradient.array) else np.float64)
            left_over = self.cleared[name]
            if left_over is not None and left_over.array is not None:
                own = own - left_over.array  # gradients that were not cleared are not this loss's
            with np.errstate(all="ignore"):
                change += float(np.vdot(own, new.astype(own.dtype) - old).real)
        return change

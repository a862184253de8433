"""Terms of one number of a gradient: the numbers of which it is the sum, read off a recorded iteration.

Nothing here knows our networks: the graph says which node handed a gradient to a parameter, and what that node saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.explain.finite_differences import locate
from lenet.record.arrays import Values
from lenet.record.graph import LOSS, Graph, Node, Saved
from lenet.record.iteration import Iteration
from lenet.record.losses import LOSSES

CONVOLUTION: Final = "convolution"
LINEAR: Final = "linear"
OTHER: Final = "other"

KINDS: Final = {"ConvolutionBackward0": CONVOLUTION, "AddmmBackward0": LINEAR, "MmBackward0": LINEAR}

Array = NDArray[Any]
"""As it was recorded, float32 where the model is."""


@dataclass(frozen=True, eq=False)
class Gate:
    """The ReLU that reads this unit: it lets a gradient through where the number that it read is above 0 alone.

    Attributes:
        operation: name of the ReLU, None if unknown.
        read: (N, ...) the unit's own output, which the ReLU read; empty where it was not kept.
        arrived: (N, ...) the gradient of the loss at the ReLU's output.
        count: how many numbers the unit has, over the batch.
        open: at how many of them the ReLU is open.
        reached: at how many a gradient other than 0 arrived at the ReLU.
        passed: at how many both.
    """

    operation: str | None
    read: Array
    arrived: Array
    count: int
    open: int
    reached: int
    passed: int


@dataclass(frozen=True, eq=False)
class Head:
    """Gradient at one output of the network, by the formula of the loss.

    Attributes:
        loss: key of the loss.
        reads: numbers that the formula reads, (N,) each, by the names of `losses.Explanation.reads`.
        count: number by which the formula divides.
        terms: (N,) float64, what the formula gives.
    """

    loss: str
    reads: Mapping[str, NDArray[Any]]
    count: int
    terms: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Part:
    """Share of the number that comes from one use of the parameter in the forward pass.

    Attributes:
        node: index of the grad_fn that handed the gradient on.
        name: of that grad_fn, as PyTorch says it.
        operation: that made it, `conv1`, or None if unknown.
        kind: `convolution`, `linear`, or `other`, of which no more than `total` is known.
        unit: which channel or output the number belongs to.
        count: how many the operation has of them.
        arriving: (N, ...) the gradient of the loss at this unit's output, a map (H, W) for a convolution; empty for
            `other`, and where the record did not keep it.
        reads: likewise the input that each of them is multiplied with, for a weight; empty for a bias.
        terms: (N, ...) float64, the numbers of which `total` is the sum.
        total: float64.
        gate: the ReLU that reads the unit, or None.
        head: where the unit is an output of the network, else None.
    """

    node: int
    name: str
    operation: str | None
    kind: str
    unit: int
    count: int
    arriving: Array
    reads: Array
    terms: NDArray[np.float64]
    total: float
    gate: Gate | None
    head: Head | None


@dataclass(frozen=True, eq=False)
class Origin:
    """Terms of one number of a gradient.

    Attributes:
        parameter: name of the parameter.
        index: of the entry.
        value: what `.grad` holds after backward.
        before: what it held when backward began: None, 0, or what an earlier backward left, to which this one adds.
        parts: one for each use of the parameter.
    """

    parameter: str
    index: tuple[int, ...]
    value: float
    before: float | None
    parts: tuple[Part, ...]

    @property
    def total(self) -> float:
        """The sum of all parts and of what was there before, in float64."""
        return sum(part.total for part in self.parts) + (self.before or 0.0)


def of(iteration: Iteration, parameter: str, index: Sequence[int]) -> Origin:
    """Explain an entry of a parameter's gradient by its terms.

    Raises:
        InputError: there is no such parameter or entry, backward computed no gradient for it, or it
            was not kept.
    """
    entry = locate(iteration, parameter, index)
    values, held = iteration.gradients.get(parameter), iteration.cleared.get(parameter)
    graph = iteration.graph
    if values is None or graph is None:
        raise InputError("gradient-none", name=parameter)
    if values.array is None:
        raise InputError("numbers-large", name=f"{parameter}.grad")
    with np.errstate(all="ignore"):
        parts = tuple(_part(iteration, graph, use, parameter, entry) for use in _uses(graph, parameter))
    before = None if held is None or held.array is None else float(held.array[entry])
    return Origin(parameter, entry, float(values.array[entry]), before, parts)


class _Use(NamedTuple):
    """A node that handed a gradient to a parameter, from which slot, and whether it had read the transpose."""

    node: Node
    slot: int
    transposed: bool


def _uses(graph: Graph, parameter: str) -> list[_Use]:
    """All of them; TBackward between node and parameter is passed over."""
    found = []
    ahead = [(node.index, False) for node in graph.nodes if node.parameter == parameter]
    for target, transposed in ahead:
        for edge in graph.edges:
            if edge.target == target:
                node = graph.nodes[edge.source]
                if node.name == "TBackward0":
                    ahead.append((node.index, not transposed))
                else:
                    found.append(_Use(node, edge.slot, transposed))
    return found


def _part(iteration: Iteration, graph: Graph, use: _Use, parameter: str, entry: tuple[int, ...]) -> Part:
    node, slot, transposed = use
    nothing = np.empty(0, np.float32)
    kind = KINDS.get(node.name, OTHER)
    arrived = _array(node.arrived[0]) if node.arrived else nothing
    left = node.left[slot] if slot < len(node.left) else None
    handed = _array(left)
    if kind == CONVOLUTION:
        is_bias, is_weight, ndim = slot == 2, slot == 1, 4
    else:  # addmm: bias, input, weight; mm, which has no bias: input, weight
        bias_slot = 0 if node.name == "AddmmBackward0" else -1
        is_bias, is_weight, ndim = slot == bias_slot, slot == bias_slot + 2, 2
    shape = iteration.before.parameters[parameter].shape
    if (
        kind == OTHER
        or arrived.ndim != ndim
        or not (is_bias or is_weight)
        or (is_bias and shape != arrived.shape[1:2])
        or _saved(node, "transposed") is True
    ):
        entry = entry[::-1] if transposed else entry  # as the node read it
        total = float(handed[entry]) if handed.ndim == len(entry) else np.nan
        return Part(
            node.index, node.name, node.operation, OTHER, 0, 0, nothing, nothing, np.array([total]), total, None, None
        )
    if kind == LINEAR and is_weight and not transposed:
        entry = entry[::-1]  # x @ W: a row of W is an input, a column an output
    unit = entry[0]
    arriving = arrived[:, unit]
    reads = nothing
    if is_weight:
        reads = _patches(node, entry, arriving.shape[1:]) if kind == CONVOLUTION else _column(node, entry[1])
    terms = arriving.astype(np.float64)
    if is_weight:
        terms = terms * reads if reads.size else np.empty(0)
    return Part(
        node.index,
        node.name,
        node.operation,
        kind,
        unit,
        arrived.shape[1],
        arriving,
        reads,
        terms,
        float(terms.sum()),
        _gate(iteration, graph, node, unit),
        _head(iteration, graph, node, unit),
    )


def _column(node: Node, place: int) -> Array:
    """(N,) of a linear layer's input: what this weight was multiplied with."""
    read = _saved(node, "mat1" if node.name == "AddmmBackward0" else "self")
    return read[:, place] if isinstance(read, np.ndarray) and read.ndim == 2 else np.empty(0, np.float32)


def _patches(node: Node, entry: tuple[int, ...], size: tuple[int, ...]) -> Array:
    """(N, H, W) of a convolution's input: what this entry of the kernel was multiplied with at each position."""
    read = _saved(node, "input")
    if not isinstance(read, np.ndarray) or len(size) != 2:
        return np.empty(0, np.float32)
    unit, channel, *kernel = entry
    groups = int(_saved(node, "groups") or 1)
    channel += unit // (node.shapes[0][1] // groups) * (read.shape[1] // groups)
    stride, padding, dilation = (_saved(node, name) for name in ("stride", "padding", "dilation"))
    padded = np.pad(read[:, channel], ((0, 0), *((side, side) for side in padding)))
    starts = [place * gap for place, gap in zip(kernel, dilation, strict=True)]
    rows, columns = (
        slice(start, start + step * (count - 1) + 1, step)
        for start, step, count in zip(starts, stride, size, strict=True)
    )
    return padded[:, rows, columns]


def _gate(iteration: Iteration, graph: Graph, node: Node, unit: int) -> Gate | None:
    """The ReLU that reads the node's output, if that is all that does."""
    readers = {edge.source for edge in graph.edges if edge.target == node.index}
    if len(readers) != 1:
        return None
    relu = graph.nodes[readers.pop()]
    result = _saved(relu, "result")
    if relu.name != "ReluBackward0" or not isinstance(result, np.ndarray) or not relu.arrived:
        return None
    arrived = _array(relu.arrived[0])
    if arrived.shape != result.shape:
        return None
    # A ReLU that works in place has overwritten what it read: then its own operation and this one have one output.
    read = next(
        (_array(made.output) for made in iteration.operations if made.node == node.index), np.empty(0, np.float32)
    )
    # PyTorch stops what reached an output of 0 or less; NaN is neither, and lets it through.
    open_, reached = ~(result[:, unit] <= 0), arrived[:, unit] != 0
    return Gate(
        relu.operation,
        read[:, unit] if read.shape == result.shape else np.empty(0, np.float32),
        arrived[:, unit],
        open_.size,
        int(open_.sum()),
        int(reached.sum()),
        int((open_ & reached).sum()),
    )


def _head(iteration: Iteration, graph: Graph, node: Node, unit: int) -> Head | None:
    """The formula of the loss, where the node made the network's output."""
    outcome, target = iteration.outcome_before, iteration.target
    readers = [graph.nodes[edge.source] for edge in graph.edges if edge.target == node.index]
    if outcome is None or target is None or node.shapes[0] != outcome.logits.shape:
        return None
    if node.index and not any(reader.operation == LOSS for reader in readers):
        return None
    loss = LOSSES[iteration.setup.loss]
    made = loss.explained(outcome.logits, target)
    reads = {name: values[:, unit] for name, values in made.reads.items()}
    return Head(loss.key, reads, made.count, made.gradient[:, unit])


def _array(values: Values | None) -> Array:
    """A recorded array, empty where there is none."""
    return np.empty(0, np.float32) if values is None or values.array is None else values.array


def _saved(node: Node, name: str) -> Any:
    """What a node has saved under a name: an array, or a plain value; None where there is nothing."""
    found: Saved | None = next((saved for saved in node.saved if saved.name == name), None)
    if found is None:
        return None
    return found.value if found.values is None else _array(found.values)

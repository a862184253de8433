"""Terms of one number of a gradient: the numbers of which it is the sum, read off a recorded iteration.

Nothing here knows our networks: the graph says which node handed a gradient to a parameter, and what that node saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.explain.finite_differences import locate
from lenet.networks import kinds
from lenet.networks.kinds import OTHER, SPLITS
from lenet.record.arrays import Values
from lenet.record.graph import LOSS, Graph, Node
from lenet.record.iteration import Iteration
from lenet.record.losses import LOSSES

Array = NDArray[Any]
"""As it was recorded, float32 where the model is."""


@dataclass(frozen=True, eq=False)
class Gate:
    """The one operation that reads this unit, where it computes with each number by itself, as a ReLU does: its
    backward multiplies the incoming gradient at each number by the slope there.

    Attributes:
        operation: name of the operation, None if unknown.
        kind: name of its kind.
        read: (N, ...) the unit's own output, which the operation read; empty where it was not kept.
        arrived: (N, ...) the gradient of the loss at the operation's output.
        slope: (N, ...) likewise, what it was multiplied with.
    """

    operation: str | None
    kind: str
    read: Array
    arrived: Array
    slope: Array

    @property
    def count(self) -> int:
        """Count of the numbers that the unit has, over the batch."""
        return self.slope.size

    @property
    def open(self) -> int:
        """Count of those where the slope isn't 0."""
        return int((self.slope != 0).sum())

    @property
    def reached(self) -> int:
        """Count of those where a gradient other than 0 arrived at the operation."""
        return int((self.arrived != 0).sum())

    @property
    def passed(self) -> int:
        """Count of those with both."""
        return int(((self.slope != 0) & (self.arrived != 0)).sum())


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
        kind: name of its kind, or `other`, of which no more than `total` is known.
        role: `weight` or `bias` of that operation; empty for `other`.
        unit: which channel or output the number belongs to.
        count: how many the operation has of them.
        arriving: (N, ...) the gradient of the loss at this unit's output, such as a map (H, W); empty for `other`, and
            where the record did not keep it.
        reads: likewise the input that each of them is multiplied with, for a weight; empty for a bias.
        terms: (N, ...) float64, the numbers of which `total` is the sum. Where the record keeps only the first inputs
            of a batch, these and all other arrays are of those.
        total: float64, of the whole batch.
        inputs: number of inputs in the batch.
        readers: names of the operations that read the unit.
        gate: the one that does, where it computes with each number by itself, else None.
        head: where the unit is an output of the network, else None.
        centred: name of the batch norm in training mode that alone reads the unit, else None. It takes the mean away,
            so that the gradients that come back through it add up to 0.
    """

    node: int
    name: str
    operation: str | None
    kind: str
    role: str
    unit: int
    count: int
    arriving: Array
    reads: Array
    terms: NDArray[np.float64]
    total: float
    inputs: int
    readers: tuple[str, ...]
    gate: Gate | None
    head: Head | None
    centred: str | None = None

    @property
    def rest(self) -> float | None:
        """Share of `total` that comes from inputs whose terms were not kept; None where all were."""
        if not self.arriving.size or not self.terms.size or len(self.terms) == self.inputs:
            return None
        return self.total - float(self.terms.sum())


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
    """Every use of a parameter; TBackward between node and parameter is passed over."""
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
    arrived = _array(node.arrived[0]) if node.arrived else nothing
    handed = _array(node.left[slot] if slot < len(node.left) else None)
    place = entry[::-1] if transposed else entry  # as the node read it
    total = float(handed[place]) if handed.size and handed.ndim == len(place) else np.nan
    kind, split = SPLITS.get(node.name, (None, None))
    role = "" if split is None else {split.weight: "weight", split.bias: "bias"}.get(slot, "")
    shape = iteration.before.parameters[parameter].shape
    saved = _saved(node)
    if (
        kind is None
        or split is None
        or not role
        or arrived.ndim != (split.dimensions or max(arrived.ndim, 2))
        or (role == "bias" and shape != arrived.shape[1:2])
        or saved.get("transposed") is True
    ):
        terms = np.array([total])
        return Part(
            node.index, node.name, node.operation, OTHER, "", 0, 0, nothing, nothing, terms, total, 1, (), None, None
        )
    if len(entry) == 2 and not transposed:
        entry = entry[::-1]  # x @ W: a row of W is an input, a column an output
    unit = entry[0]
    arriving = arrived[:, unit]
    reads = split.reads(saved, entry, arrived) if role == "weight" else nothing
    kept = min(len(arriving), len(reads)) if reads.size else len(arriving)  # all inputs may be kept of one of the two
    arriving, reads = arriving[:kept], reads[:kept]
    terms = arriving.astype(np.float64)
    if role == "weight":
        terms = terms * reads if reads.size else np.empty(0)
    inputs = node.arrived[0].shape[0] if node.arrived and node.arrived[0] else 0
    readers = [graph.nodes[index] for index in sorted({e.source for e in graph.edges if e.target == node.index})]
    return Part(
        node.index,
        node.name,
        node.operation,
        kind.name,
        role,
        unit,
        arrived.shape[1],
        arriving,
        reads,
        terms,
        total if 0 < kept < inputs else float(terms.sum()),
        inputs,
        tuple(dict.fromkeys(reader.operation or reader.title for reader in readers if reader.operation != LOSS)),
        _gate(iteration, node, unit, readers, kept),
        _head(iteration, graph, node, unit, kept),
        _centred(readers),
    )


def _centred(readers: Sequence[Node]) -> str | None:
    """Name of the batch norm in training mode, if that is all that reads the node's output."""
    if len(readers) != 1 or _saved(readers[0]).get("training") is not True:
        return None
    kind = kinds.of_node(readers[0].name)
    return readers[0].operation if kind is not None and kind.name == "batch_norm" else None


def _gate(iteration: Iteration, node: Node, unit: int, readers: Sequence[Node], kept: int) -> Gate | None:
    """The operation that reads the node's output, if that is all that does, and it has a slope at each number."""
    if len(readers) != 1:
        return None
    (reader,) = readers
    kind = kinds.of_node(reader.name)
    slope = kind.slope(_saved(reader)) if kind is not None and kind.slope is not None else None
    arrived = _array(reader.arrived[0]) if reader.arrived else None
    if kind is None or slope is None or arrived is None or arrived.shape != slope.shape:
        return None
    # An operation that works in place has overwritten what it read: then it and this one have one output.
    read = next(
        (_array(made.output) for made in iteration.operations if made.node == node.index), np.empty(0, np.float32)
    )
    return Gate(
        reader.operation,
        kind.name,
        read[:kept, unit] if read.shape == slope.shape else np.empty(0, np.float32),
        arrived[:kept, unit],
        slope[:kept, unit],
    )


def _head(iteration: Iteration, graph: Graph, node: Node, unit: int, kept: int) -> Head | None:
    """The formula of the loss, where the node made the network's output."""
    outcome, target = iteration.outcome_before, iteration.target
    readers = [graph.nodes[edge.source] for edge in graph.edges if edge.target == node.index]
    if outcome is None or target is None or node.shapes[0] != outcome.logits.shape:
        return None
    if node.index and not any(reader.operation == LOSS for reader in readers):
        return None
    loss = LOSSES[iteration.setup.loss]
    made = loss.explained(outcome.logits, target)
    reads = {name: values[:kept, unit] for name, values in made.reads.items()}
    return Head(loss.key, reads, made.count, made.gradient[:kept, unit])


def _array(values: Values | None) -> Array:
    """A recorded array, empty where there is none."""
    return np.empty(0, np.float32) if values is None or values.array is None else values.array


def _saved(node: Node) -> dict[str, Any]:
    """Arrays and plain values that a node has saved, by name."""
    return {saved.name: saved.value if saved.values is None else _array(saved.values) for saved in node.saved}

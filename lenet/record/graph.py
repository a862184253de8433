"""The grad_fn graph behind a tensor: every node with what it saved and how to reach it, and every edge."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from lenet.errors import InputError
from lenet.messages import Message
from lenet.record.arrays import Values
from lenet.record.memory import Memory
from lenet.shapes import Shape

LOSS: Final = "loss"
OUT: Final = "out"

Plain = bool | int | float | str | Message | tuple["Plain", ...] | None


@dataclass(frozen=True)
class Source:
    """A line of Python.

    Attributes:
        file: its name without folders, or its path from the package on (`torchvision/models/resnet.py`).
        line: counted from 1.
        text: the line, without the space around it.
        function: in which it stands.
    """

    file: str
    line: int
    text: str
    function: str


class Saved(NamedTuple):
    """Tensor or plain value that a node saved in the forward pass for its backward.

    Attributes:
        name: without `_saved_`: `input`, `weight`, `result1`.
        values: the tensor, or None where it isn't one.
        value: a plain value (`stride`: (1, 1)), where it isn't a tensor; a `Message` where it could not be read.
        parameter: name of the parameter that this tensor is, or is a view of; None if it is none.
        transposed: whether it is that parameter transposed.
        operation: name of the operation whose output this tensor is (`conv1`, `relu1`, or `input`), None if unknown.
        memory: in which this tensor lies, None where it isn't known, or it isn't a tensor.
    """

    name: str
    values: Values | None = None
    value: Plain = None
    parameter: str | None = None
    transposed: bool = False
    operation: str | None = None
    memory: Memory | None = None


@dataclass(eq=False)
class Node:
    """Node of the graph: one grad_fn.

    Attributes:
        index: its place in `Graph.nodes`; 0 is the grad_fn of the root.
        name: as PyTorch says it, `AddmmBackward0` or `torch::autograd::AccumulateGrad`.
        path: which of `next_functions` to follow from the root's grad_fn on.
        shapes: of what it made in the forward pass, and so of the gradients that arrive at it; −1 is a size that
            differs from row to row, as a nested tensor has them.
        sequence: counts the nodes as the forward pass made them; None for AccumulateGrad, which isn't made by an
            operation.
        module: qualified name of the innermost module that was running when it was made, "" for the model itself, and
            None for what the loss made or what isn't known.
        source: the line outside of PyTorch that made it, or None.
        operation: name of the forward pass's operation that made it (`conv1`, `relu1`, `view1`, and `loss`), or None.
        parameter: of AccumulateGrad, the parameter that it adds to; None where it isn't one, or the leaf is another
            tensor.
        saved: what it kept from the forward pass.
        order: its place in the order in which backward ran the nodes, from 0; None where backward didn't reach it.
        arrived: the gradient of the loss for each of its outputs; None for one that didn't get any; () where backward
            has not run.
        left: the gradient for each of `next_functions`, None where none left; () where backward has not run.
    """

    index: int
    name: str
    path: tuple[int, ...]
    shapes: tuple[Shape, ...]
    sequence: int | None = None
    module: str | None = None
    source: Source | None = None
    operation: str | None = None
    parameter: str | None = None
    saved: tuple[Saved, ...] = ()
    order: int | None = None
    arrived: tuple[Values | None, ...] = ()
    left: tuple[Values | None, ...] = ()

    @property
    def title(self) -> str:
        """Name without C++ namespaces."""
        return self.name.rpartition("::")[2]

    @property
    def is_leaf(self) -> bool:
        """True for AccumulateGrad, which adds to the `.grad` of a leaf."""
        return self.title == "AccumulateGrad"

    @property
    def norm(self) -> float | None:
        """L2 norm of the gradient that arrived, over all outputs; None where none did."""
        norms = [values.norm for values in self.arrived if values is not None]
        return math.hypot(*norms) if norms else None


class Edge(NamedTuple):
    """Edge of the graph: `source.next_functions[slot]` is `target`.

    Attributes:
        source: index of a node.
        slot: place in its `next_functions`.
        target: index of a node.
        output: which of the target's outputs the source had read.
        shape: of the gradient that flows along it.
    """

    source: int
    slot: int
    target: int
    output: int
    shape: Shape


@dataclass(frozen=True)
class Graph:
    """All nodes that lead from a root to the leaves.

    Attributes:
        root: how the root is called in expressions, `loss` or `out`.
        nodes: breadth first from the root's grad_fn, in the order of `next_functions`.
        edges: in the order of their sources, then of their slots.
    """

    root: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def expression(self, index: int) -> str:
        """Python expression that reaches a node, such as `loss.grad_fn.next_functions[0][0]`."""
        return f"{self.root}.grad_fn" + "".join(f".next_functions[{slot}][0]" for slot in self.nodes[index].path)

    def find(self, expression: str) -> int:
        """Index of the node that an expression reaches.

        Raises:
            InputError: it isn't `<root>.grad_fn` followed by `.next_functions[i][0]`s, or it leads nowhere.
        """
        start = f"{self.root}.grad_fn"
        text = "" if len(expression) > self.longest_expression else re.sub(r"\s+", "", expression)
        if not re.fullmatch(re.escape(start) + r"(?:\.next_functions\[\d{1,9}\]\[0\])*", text):
            raise InputError("graph-expression", start=start)
        index = 0
        for slot in map(int, re.findall(r"\[(\d+)\]\[0\]", text)):
            edge = next((edge for edge in self.by_source[index] if edge.slot == slot), None)
            if edge is None:
                raise InputError(
                    "graph-nowhere", name=self.nodes[index].title, expression=self.expression(index), slot=slot
                )
            index = edge.target
        return index

    @property
    def longest_expression(self) -> int:
        """Longest expression that `find` reads, in characters: no path has more steps than the graph has nodes; as many
        spaces are allowed besides.
        """
        return 10_000 + 2 * len(".next_functions[999999999][0]") * len(self.nodes)

    @cached_property
    def by_source(self) -> Mapping[int, tuple[Edge, ...]]:
        """Edges that leave each node, by the node's index."""
        found: dict[int, list[Edge]] = {node.index: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.source].append(edge)
        return {index: tuple(edges) for index, edges in found.items()}

    def chain(self) -> tuple[int, ...]:
        """The nodes that compute with the input, from the root on: the notes' `loss -> MSELoss -> ... -> conv2d`.

        AccumulateGrad, and what only leads to parameters (TBackward), is left out. Where paths meet, it follows the one
        that ran last.
        """
        index, found = 0, [0]
        while True:
            own = self.nodes[index].operation
            ahead = [self.nodes[edge.target] for edge in self.by_source[index]]
            ahead = [node for node in ahead if not node.is_leaf and (own is None or self._leaves(node.index, own))]
            if not ahead:
                return tuple(found)
            index = max(ahead, key=lambda node: -1 if node.sequence is None else node.sequence).index
            found.append(index)

    def _leaves(self, index: int, operation: str) -> bool:
        """True if this node or one behind it was created by another operation."""
        seen, ahead = {index}, [index]
        while ahead:
            node = self.nodes[ahead.pop()]
            if not node.is_leaf and node.operation != operation:
                return True
            fresh = {edge.target for edge in self.by_source[node.index]} - seen
            seen |= fresh
            ahead += fresh
        return False


@dataclass(frozen=True)
class Group:
    """Nodes that are drawn as one box when the graph is folded.

    Attributes:
        name: of the operation that made them, which is the module's where it has parameters (`layer1.0.conv1`), else
            numbered (`relu1`), or `loss`; the node's own name where no operation is known.
        nodes: their indices, the first is nearest to the root.
    """

    name: str
    nodes: tuple[int, ...]


def fold(graph: Graph) -> tuple[Group, ...]:
    """The graph by modules: what one call of a module made is one group, with its parameters."""
    groups: dict[str | int, list[int]] = {}
    for node in graph.nodes:
        groups.setdefault(node.operation or node.index, []).append(node.index)
    return tuple(
        Group(graph.nodes[nodes[0]].operation or graph.nodes[nodes[0]].title, tuple(nodes)) for nodes in groups.values()
    )


class NodeSource(NamedTuple):
    """Module, source line and operation in which a node was created."""

    module: str | None = None
    source: Source | None = None
    operation: str | None = None


UNKNOWN: Final = NodeSource()

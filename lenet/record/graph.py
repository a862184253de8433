"""The grad_fn graph behind a tensor: every node with what it saved and how to reach it, and every edge."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import Node as GradFn

from lenet.errors import InputError
from lenet.messages import Message
from lenet.record.arrays import Values, values_of
from lenet.record.hidden_calls import Packed
from lenet.record.memory import Memories, Memory
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

Flows = tuple[Values | None, ...]
_NO_FLOW: Final[tuple[int | None, Flows, Flows]] = None, (), ()


Know = Callable[[str, Tensor], Saved]
"""Describes a saved tensor that has this name."""


def walk(root: Tensor, name: str = OUT, parameters: Mapping[str, Tensor] | None = None) -> Graph:
    """Graph behind a tensor that has a grad_fn, before or after backward.

    Args:
        root: the tensor.
        name: how it is called in expressions.
        parameters: leaves by the names they go by.

    Raises:
        InputError: the tensor has no grad_fn.
    """
    if root.grad_fn is None:
        raise InputError("graph-none", name=name)
    names = {id(tensor): label for label, tensor in (parameters or {}).items()}

    memories = Memories(parameters or {})

    def know(name: str, tensor: Tensor) -> Saved:
        return Saved(name, values_of(tensor), parameter=names.get(id(tensor)), memory=memories.of(tensor))

    found = Walk(root.grad_fn, names)
    found.read_the_rest(know)
    return found.describe(name)


class Walk:
    """Breadth-first walk over the grad_fns behind a root.

    Attributes:
        functions: in the order of `Graph.nodes`.
        edges: (source, slot, target, output) of each.
        index: place of each function.
    """

    def __init__(self, root: GradFn, parameters: Mapping[int, str]) -> None:
        self.parameters = parameters
        self.functions: list[GradFn] = [root]
        self.paths: list[tuple[int, ...]] = [()]
        self.edges: list[tuple[int, int, int, int]] = []
        self.index = index = {root: 0}
        for source, function in enumerate(self.functions):  # grows while it is walked
            for slot, (target, output) in enumerate(function.next_functions):
                if target is None:
                    continue
                place = index.get(target)
                if place is None:
                    place = index[target] = len(self.functions)
                    self.functions.append(target)
                    self.paths.append((*self.paths[source], slot))
                self.edges.append((source, slot, place, output))
        self.sequences = [function._sequence_nr() for function in self.functions]
        self.saved: list[list[Saved | _Later] | None] = [None] * len(self.functions)
        self.packed: set[int] = set()  # nodes whose saved tensors backward has yet to unpack

    def targets(self, index: int) -> list[tuple[int, int]]:
        """Slots of a node's `next_functions` that lead to a node, each with the node's index."""
        places = self.index
        return [
            (slot, places[function])
            for slot, (function, _) in enumerate(self.functions[index].next_functions)
            if function is not None
        ]

    def leaves(self) -> list[Tensor]:
        """Leaf tensors whose `.grad` backward will add to."""
        found: list[Any] = [f for f, number in zip(self.functions, self.sequences, strict=True) if number >= LEAF]
        return [function.variable for function in found]

    def read(self, index: int, know: Know) -> None:
        """Read what a node has saved before backward frees it; `know` describes a saved tensor.

        If the model's own code can run within backward, call this just before the node runs, because until then that
        code may write into the tensor. Packed tensors are left for backward to unpack, which must happen only once.
        """
        if self.sequences[index] >= LEAF:
            self.saved[index] = []
            return
        found = self.saved[index] = _saved(self.functions[index], know)
        if _Later in map(type, found):
            self.packed.add(index)

    def settle(self, index: int, know: Know) -> None:
        """Store a node's saved tensors as backward unpacked them."""
        if index not in self.packed:
            return
        self.packed.discard(index)
        found = self.saved[index] or []
        for place, one in enumerate(found):
            if isinstance(one, _Later):
                name, tensor = one.name, one.packed.tensor
                # What the hook made of the tensor is what was kept, and its memory isn't known.
                found[place] = Saved(name, None, UNREAD) if tensor is None else know(name, tensor)._replace(memory=None)
                one.packed.tensor = None

    def read_the_rest(self, know: Know) -> None:
        """Read the nodes that backward has not run."""
        for index, found in enumerate(self.saved):
            if found is None:
                self.read(index, know)
                self.settle(index, know)

    def describe(
        self,
        root: str,
        made: Callable[[int], NodeSource] = lambda sequence: UNKNOWN,
        flows: Mapping[int, tuple[int, tuple[Values | None, ...], tuple[Values | None, ...]]] | None = None,
    ) -> Graph:
        """Put the graph together.

        Args:
            root: name of the root.
            made: where the node with this sequence number was created.
            flows: order, arrived and left of the nodes that backward ran.
        """
        ranks = {number: rank for rank, number in enumerate(sorted({n for n in self.sequences if n < LEAF}))}
        origins = [made(number) if number < LEAF else None for number in self.sequences]
        first: dict[int, int] = {}
        for source, _, target, _ in self.edges:  # a leaf belongs to what reads it first
            number = self.sequences[source]
            if self.sequences[target] >= LEAF and number < first.get(target, LEAF):
                first[target], origins[target] = number, origins[source]
        flows = {} if flows is None else flows
        nodes = []
        for index, function in enumerate(self.functions):
            origin = origins[index] or UNKNOWN
            number = self.sequences[index]
            order, arrived, left = flows.get(index, _NO_FLOW)
            shapes = tuple([values.shape for values in arrived if values is not None])
            nodes.append(
                Node(
                    index,
                    function.name(),
                    self.paths[index],
                    shapes if shapes and len(shapes) == len(arrived) else _shapes(function),
                    ranks.get(number),
                    origin.module,
                    origin.source,
                    origin.operation,
                    self.parameters.get(id(getattr(function, "variable", None))) if number >= LEAF else None,
                    tuple([one for one in self.saved[index] or () if type(one) is Saved]),
                    order,
                    arrived,
                    left,
                )
            )
        edges = [
            Edge(
                source, slot, target, output, nodes[target].shapes[output] if output < len(nodes[target].shapes) else ()
            )
            for source, slot, target, output in self.edges
        ]
        return Graph(root, tuple(nodes), tuple(edges))


LEAF: Final = 2**63
"""Smallest sequence number that belongs to no operation: AccumulateGrad has the largest possible one."""

_PREFIX: Final = "_saved_"
_SIMPLE: Final = frozenset({bool, float, str, type(None)})
_SEQUENCES: Final = frozenset({tuple, list})
_INTEGERS: Final = frozenset({int})
_NOISE: Final = ("_sym_strides", "_sym_sizes_opt")
"""Ends of names of what is saved for PyTorch's own bookkeeping: how a tensor lay in memory, what shape the bias had."""

UNREAD: Final = Message("saved-unread")
OVERWRITTEN: Final = Message("saved-overwritten")


class _Attribute(NamedTuple):
    """Attribute in which a class of nodes saves something.

    Attributes:
        name: with `_saved_`.
        label: without.
        raw: name of the attribute that gives the `SavedTensor` itself; "" if the saved value is no tensor.
    """

    name: str
    label: str
    raw: str


_attributes: Final[dict[type, tuple[_Attribute, ...]]] = {}


class _Later(NamedTuple):
    """A saved tensor that backward will unpack."""

    name: str
    packed: Packed


def _shapes(function: GradFn) -> tuple[Shape, ...]:
    return tuple(tuple(map(_size, data.shape)) for data in function._input_metadata)


def _size(size: Any) -> int:
    try:
        return int(size)
    except (RuntimeError, TypeError, ValueError, AttributeError):  # of a nested tensor
        return -1


def _saved(function: Any, know: Know) -> list[Saved | _Later]:
    if isinstance(function, BackwardCFunction):
        return _saved_by_hand(function, know)
    kind = type(function)
    names = _attributes.get(kind)
    if names is None:
        every = dir(kind)
        names = _attributes[kind] = tuple(
            [
                _Attribute(name, name.removeprefix(_PREFIX), raw if (raw := f"_raw{name}") in every else "")
                for name in every
                if name.startswith(_PREFIX) and not name.endswith(_NOISE)
            ]
        )
    found: list[Saved | _Later] = []
    for name, label, raw in names:
        try:
            held: Any = getattr(function, raw) if raw else None
            if held is None:
                found.append(Saved(label, None, _plain(getattr(function, name))))
            elif type(held) not in _SEQUENCES and held.unpack_hook is None:
                value = getattr(function, name)
                found.append(Saved(label) if value is None else know(label, value))
            else:
                found += _saved_tensors(label, held, partial(getattr, function, name), know)
        except RuntimeError as error:
            if _FREED in str(error):
                return []
            found.append(Saved(label, None, OVERWRITTEN))
    return found


def _saved_by_hand(function: Any, know: Know) -> list[Saved | _Later]:
    """Saved tensors of an `autograd.Function`'s node, and other values on its context."""
    found: list[Saved | _Later] = []
    try:
        raw = function._raw_saved_tensors
        found += _saved_tensors("saved_tensors", raw, lambda: tuple([one.unpack() for one in raw]), know)
    except RuntimeError as error:
        if _FREED in str(error):
            return []
        found.append(Saved("saved_tensors", None, OVERWRITTEN))
    for name, value in vars(function).items():
        if isinstance(value, Tensor):
            found.append(know(name, value))
        elif type(value) in _SEQUENCES and any(isinstance(item, Tensor) for item in value):
            tensors = [(place, item) for place, item in enumerate(value) if isinstance(item, Tensor)]
            found += [know(f"{name}[{place}]", item) for place, item in tensors]
        else:
            found.append(Saved(name, None, _plain(value)))
    return found


def _saved_tensors(label: str, raw: Any, read: Callable[[], Any], know: Know) -> list[Saved | _Later]:
    """One saved tensor, or a sequence of them; `raw` are PyTorch's `SavedTensor`s."""
    several = type(raw) in _SEQUENCES
    packed = [one.data for one in (raw if several else (raw,)) if one.unpack_hook is not None]
    if packed and all(isinstance(one, Packed) for one in packed):
        return [_Later(f"{label}[{place}]" if several else label, one) for place, one in enumerate(packed)]
    value = read()
    if not several:
        return [Saved(label) if value is None else know(label, value)]
    return [know(f"{label}[{place}]", item) for place, item in enumerate(value) if isinstance(item, Tensor)] or [
        Saved(label, None, _plain(value))
    ]


_FREED: Final = "already been freed"


def _plain(value: Any) -> Plain:
    kind = type(value)
    if kind is int:
        return value - 2**64 if value >= 2**63 else value  # PyTorch hands out negative numbers as unsigned ones
    if kind in _SIMPLE:
        return value
    if kind is tuple and _INTEGERS.issuperset(map(type, value)) and max(value, default=0) < 2**63:
        return value
    return tuple([_plain(item) for item in value]) if kind in _SEQUENCES else str(value)

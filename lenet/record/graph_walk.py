"""Walk over PyTorch's own autograd graph: from the grad_fn of a root to the leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from torch import Tensor
from torch.autograd.graph import Node as GradFn

from lenet.errors import InputError
from lenet.record import saved_tensors
from lenet.record.arrays import Values, values_of
from lenet.record.graph import OUT, UNKNOWN, Edge, Graph, Node, NodeSource, Saved
from lenet.record.memory import Memories
from lenet.record.saved_tensors import Know, Pending
from lenet.shapes import Shape

LEAF: Final = 2**63
"""Smallest sequence number that belongs to no operation: AccumulateGrad has the largest possible one."""


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
        self.saved: list[list[Saved | Pending] | None] = [None] * len(self.functions)
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
        found = self.saved[index] = saved_tensors.read(self.functions[index], know)
        if Pending in map(type, found):
            self.packed.add(index)

    def settle(self, index: int, know: Know) -> None:
        """Store a node's saved tensors as backward unpacked them."""
        if index not in self.packed:
            return
        self.packed.discard(index)
        found = self.saved[index] or []
        for place, one in enumerate(found):
            if isinstance(one, Pending):
                found[place] = one.settle(know)

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
        flows = flows or {}
        nodes = []
        for index, function in enumerate(self.functions):
            origin = origins[index] or UNKNOWN
            number = self.sequences[index]
            order, arrived, left = flows.get(index, (None, (), ()))
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


def _shapes(function: GradFn) -> tuple[Shape, ...]:
    return tuple(tuple(map(_size, data.shape)) for data in function._input_metadata)


def _size(size: Any) -> int:
    try:
        return int(size)
    except (RuntimeError, TypeError, ValueError, AttributeError):  # of a nested tensor
        return -1

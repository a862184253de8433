"""The grad_fn graph behind a tensor: every node with what it saved and how to reach it, and every edge."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.graph import Node as GradFn

from lenet.errors import InputError
from lenet.values import Shape, Values

LOSS: Final = "loss"
OUT: Final = "out"

Plain = bool | int | float | str | tuple["Plain", ...] | None


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


@dataclass(frozen=True)
class Saved:
    """Something that a node keeps from the forward pass for its own backward.

    Attributes:
        name: without `_saved_`: `input`, `weight`, `result1`.
        values: the tensor, or None where it isn't one.
        value: a plain value (`stride`: (1, 1)), where it isn't a tensor.
        parameter: name of the parameter that this tensor is, or is a view of; None if it is none.
        transposed: whether it is that parameter transposed.
        operation: name of the operation whose output this tensor is (`conv1`, `relu1`, or `input`), None if unknown.
    """

    name: str
    values: Values | None = None
    value: Plain = None
    parameter: str | None = None
    transposed: bool = False
    operation: str | None = None


@dataclass(frozen=True)
class Node:
    """One grad_fn.

    Attributes:
        index: its place in `Graph.nodes`; 0 is the grad_fn of the root.
        name: as PyTorch says it, `AddmmBackward0` or `torch::autograd::AccumulateGrad`.
        path: which of `next_functions` to follow from the root's grad_fn on.
        shapes: of what it made in the forward pass, and so of the gradients that arrive at it.
        sequence: counts the nodes as the forward pass made them; None for AccumulateGrad, which isn't made by an operation.
        module: qualified name of the innermost module that was running when it was made, "" for the model itself, and
            None for what the loss made or what isn't known.
        source: the line outside of PyTorch that made it, or None.
        operation: name of the forward pass's operation that made it (`conv1`, `relu1`, `view1`, and `loss`), or None.
        parameter: of AccumulateGrad, the parameter that it adds to; None where it isn't one, or the leaf is another tensor.
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
        """The name without its C++ namespaces."""
        return self.name.rpartition("::")[2]

    @property
    def is_leaf(self) -> bool:
        """Whether it adds to the `.grad` of a leaf."""
        return self.title == "AccumulateGrad"


@dataclass(frozen=True)
class Edge:
    """`source.next_functions[slot]` is `target`.

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
        """The Python expression that reaches a node, such as `loss.grad_fn.next_functions[0][0]`."""
        return f"{self.root}.grad_fn" + "".join(f".next_functions[{slot}][0]" for slot in self.nodes[index].path)

    def find(self, expression: str) -> int:
        """The node that an expression reaches.

        Raises:
            InputError: it isn't `<root>.grad_fn` followed by `.next_functions[i][0]`s, or leads nowhere.
        """
        raise NotImplementedError

    @cached_property
    def by_source(self) -> Mapping[int, tuple[Edge, ...]]:
        """The edges that leave each node, by its index."""
        found: dict[int, list[Edge]] = {node.index: [] for node in self.nodes}
        for edge in self.edges:
            found[edge.source].append(edge)
        return {index: tuple(edges) for index, edges in found.items()}

    def chain(self) -> tuple[int, ...]:
        """The nodes of operations that compute with the input, from the root on: the notes' `loss -> MSELoss -> ... -> conv2d`.

        AccumulateGrad, and what only leads to parameters (TBackward), is left out.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Group:
    """Nodes that are drawn as one box when the graph is folded.

    Attributes:
        name: of the module (`layer1.0.conv1`) or of the operation (`relu1`), or `loss`.
        nodes: their indices, the first is nearest to the root.
    """

    name: str
    nodes: tuple[int, ...]


def fold(graph: Graph) -> tuple[Group, ...]:
    """The graph by modules: each innermost module's nodes in one group, with its parameters; an operation without a module of its
    own is a group by itself.
    """
    raise NotImplementedError


def walk(root: Tensor, name: str = OUT, parameters: Mapping[str, Tensor] | None = None) -> Graph:
    """The graph behind a tensor that has a grad_fn, before or after backward.

    Args:
        root: the tensor.
        name: how it is called in expressions.
        parameters: leaves by the names they go by.

    Raises:
        InputError: the tensor has no grad_fn.
    """
    raise NotImplementedError

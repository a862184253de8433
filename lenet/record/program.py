"""Backward through a small graph, with the gradients at every node: for the exercises and typed expressions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from lenet.errors import InputError
from lenet.record.arrays import Values, values_of
from lenet.record.graph import OUT, Graph, NodeSource, Saved, Source
from lenet.record.graph_walk import Walk

Gradients = tuple[Values | None, ...]


@dataclass(frozen=True, eq=False)
class Variable:
    """A tensor by the name that a program gives it.

    Attributes:
        name: `x`.
        source: the expression that made it, empty where its numbers say it all.
        value: its numbers.
        requires_grad: as PyTorch says it.
        is_leaf: likewise.
        grad_fn: name of its grad_fn, None where it has none.
        grad: `.grad`, None where it is None.
        changes: number of operations that have changed it in place since it was made, as PyTorch counts them.
    """

    name: str
    source: str
    value: Values
    requires_grad: bool
    is_leaf: bool
    grad_fn: str | None
    grad: Values | None = None
    changes: int = 0


def describe(name: str, source: str, tensor: Tensor) -> Variable:
    """Describe the present state of a tensor."""
    # To ask a tensor that keeps no .grad for it makes PyTorch warn on the standard error stream.
    grad = tensor.grad if tensor.is_leaf or tensor.retains_grad else None
    return Variable(
        name,
        source,
        values_of(tensor),
        tensor.requires_grad,
        tensor.is_leaf,
        tensor.grad_fn.name() if tensor.grad_fn else None,
        None if grad is None else values_of(grad),
        tensor._version,
    )


class SourceTracker:
    """Map from the sequence number of a node to the expression that made it."""

    def __init__(self) -> None:
        self._last: list[int] = []  # of each part, its last node's sequence number
        self._sources: list[Source] = []

    def add(self, tensor: Tensor, text: str, line: int = 1) -> Tensor:
        """Note that this text made the tensor, and return the tensor."""
        if tensor.grad_fn is not None:
            self._last.append(tensor.grad_fn._sequence_nr())
            self._sources.append(Source("", line, text, ""))
        return tensor

    def __call__(self, sequence: int) -> NodeSource:
        """Source of the node with this sequence number."""
        place = bisect_left(self._last, sequence)
        return NodeSource(source=self._sources[place] if place < len(self._sources) else None)


def backward(
    root: Tensor,
    gradient: Tensor | None = None,
    name: str = OUT,
    leaves: Mapping[str, Tensor] | None = None,
    origins: SourceTracker | None = None,
    *,
    retain_graph: bool = False,
) -> Graph:
    """Call `root.backward(gradient)` and return the graph with the gradients that flowed through it.

    Args:
        root: a tensor that has a grad_fn.
        gradient: the vector v of the product v·J; None for a root of one number, where it is 1.
        name: how the root is called in expressions.
        leaves: by the names they go by.
        origins: the expression that made each node.
        retain_graph: whether backward may run again.

    Raises:
        InputError: the root has no grad_fn.
        RuntimeError: PyTorch refuses it.
    """
    graph, refusal = attempt(root, gradient, name, leaves, origins, retain_graph=retain_graph)
    if refusal is not None:
        raise refusal
    return graph


def attempt(
    root: Tensor,
    gradient: Tensor | None = None,
    name: str = OUT,
    leaves: Mapping[str, Tensor] | None = None,
    origins: SourceTracker | None = None,
    *,
    retain_graph: bool = False,
) -> tuple[Graph, RuntimeError | None]:
    """Call `backward` likewise, and return the graph with the gradients as far as they came, and PyTorch's refusal.

    Raises:
        InputError: the root has no grad_fn.
    """
    if root.grad_fn is None:
        raise InputError("graph-none", name=name)
    walk = Walk(root.grad_fn, {id(tensor): label for label, tensor in (leaves or {}).items()})
    walk.read_the_rest(lambda name, tensor: Saved(name, values_of(tensor)))
    ran: list[tuple[int, Gradients, Gradients]] = []

    def note(index: int) -> Callable[..., None]:
        return lambda left, arrived: ran.append((index, _kept(arrived), _kept(left)))

    hooks = [function.register_hook(note(index)) for index, function in enumerate(walk.functions)]
    refusal = None
    try:
        root.backward(gradient, retain_graph=retain_graph)  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        refusal = error
    finally:
        for hook in hooks:
            hook.remove()
    flows = {index: (order, arrived, left) for order, (index, arrived, left) in enumerate(ran)}
    return walk.describe(name, made=origins or SourceTracker(), flows=flows), refusal


def _kept(gradients: tuple[Tensor | None, ...]) -> Gradients:
    return tuple(None if gradient is None else values_of(gradient) for gradient in gradients)

"""Memory that a graph keeps for backward: every tensor that its nodes have saved, each counted once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lenet.record.graph import Graph, Saved
from lenet.record.memory import Memory
from lenet.shapes import Shape


class Saver(NamedTuple):
    """Node that saved a tensor, and the name under which it did.

    Attributes:
        node: index of the node.
        name: without `_saved_`: `input`, `weight`, `result1`.
    """

    node: int
    name: str


@dataclass(frozen=True)
class SavedTensor:
    """Tensor that backward needs, or several that share their memory.

    Attributes:
        size: bytes of the memory.
        owner: name of the model's parameter or buffer that lies there, which stays without the graph too; or None.
        transposed: whether its first saver has that parameter transposed.
        operation: name of the operation whose output it is (`conv1`, or `input`), None if unknown.
        shape: as its first saver has it.
        dtype: PyTorch's name of its type, `float32`.
        savers: all nodes that saved it, in the order of the forward pass.
    """

    size: int
    owner: str | None
    transposed: bool
    operation: str | None
    shape: Shape
    dtype: str
    savers: tuple[Saver, ...]


@dataclass(frozen=True)
class SavedMemory:
    """Memory that a graph keeps for backward.

    Attributes:
        tensors: one for each memory, in the order in which the forward pass saved them.
        unknown: how many saved tensors have a memory that isn't known: sparse ones, and those that a hook packed.
    """

    tensors: tuple[SavedTensor, ...]
    unknown: int

    @property
    def total(self) -> int:
        """Bytes of all saved tensors."""
        return sum(tensor.size for tensor in self.tensors)

    @property
    def owned(self) -> int:
        """Bytes of the model's own parameters and buffers among them."""
        return sum(tensor.size for tensor in self.tensors if tensor.owner is not None)


def of(graph: Graph) -> SavedMemory:
    """Memory that a graph kept for backward, before backward freed it."""
    found: dict[int, list[tuple[int, Saved, Memory]]] = {}
    unknown = 0
    for node in sorted(graph.nodes, key=lambda node: -1 if node.sequence is None else node.sequence):
        for saved in node.saved:
            if saved.memory is not None:
                found.setdefault(saved.memory.number, []).append((node.index, saved, saved.memory))
            elif saved.values is not None and saved.values.size:
                unknown += 1
    return SavedMemory(tuple(map(_tensor, found.values())), unknown)


def _tensor(uses: list[tuple[int, Saved, Memory]]) -> SavedTensor:
    _, first, memory = uses[0]
    return SavedTensor(
        memory.size,
        memory.owner,
        first.transposed,
        next((saved.operation for _, saved, _ in uses if saved.operation is not None), None),
        first.values.shape if first.values else (),
        first.values.dtype if first.values else "",
        tuple(Saver(node, saved.name) for node, saved, _ in uses),
    )

"""Keeps tensors as arrays, each once, as far as there is room."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from lenet.values import Summary, Values, dtype_of, in_a_row, reduce, values_of


def pointer_of(tensor: Tensor) -> int:
    """Where a tensor's numbers begin, 0 where it has none in a row: a sparse one, or one that is empty."""
    try:
        return tensor.data_ptr()
    except RuntimeError:
        return 0


class Output(NamedTuple):
    """An operation's output as it was when it was kept."""

    operation: str
    values: Values
    stride: tuple[int, ...]
    contiguous: bool
    version: int


class Keeper:
    """Turns tensors into `Values`; the same tensor gives the same object.

    Args:
        room: how many numbers are kept in all; after that, shapes and summaries.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.known: dict[int, Values] = {}
        self.outputs: dict[int, list[Output]] = {}  # by their place in memory
        self.summaries = _Summaries()
        self.alive: list[Tensor] = []  # an id or a pointer stands for a tensor only while the tensor lives

    def values(self, tensor: Tensor, copy: bool = False, whole: bool | None = None) -> Values:
        """A tensor's numbers, or their summary.

        Args:
            tensor: that nobody writes into afterwards, unless it is copied.
            copy: see `values.freeze`.
            whole: keep the array in any case, or in none; None for as far as there is room.
        """
        found = self.known.get(id(tensor))
        if found is None or (whole and found.array is None):
            found = self.known[id(tensor)] = self.make(tensor, copy, whole)
            self.alive.append(tensor)
        return found

    def gradient(self, tensor: Tensor, whole: bool | None) -> Values:
        """The numbers of a gradient on its way through the graph, or their summary; of the latter, the tensor is not
        held on to.

        Args:
            tensor: that nobody writes into while it is held.
            whole: see `values`.
        """
        found = self.known.get(id(tensor))
        if found is None or (whole and found.array is None):
            if self.takes(tensor, whole):
                found = self.known[id(tensor)] = values_of(tensor, False)
                self.alive.append(tensor)
            else:
                found = Values(tuple(tensor.shape), dtype_of(tensor), kept=self.summaries.of(tensor))
        return found

    def output(self, name: str, tensor: Tensor, reshaped: bool) -> Values:
        """An operation's output, copied, because a later in-place operation may write into it.

        It is remembered by its place in memory, so that what a node has saved is recognised.
        """
        pointer = pointer_of(tensor)
        made = self.find(tensor, pointer)[1] if reshaped else None
        if made is None:
            made = self.make(tensor, True, None)
            if pointer:
                entry = Output(name, made, tensor.stride(), tensor.is_contiguous(), tensor._version)
                self.outputs.setdefault(pointer, []).append(entry)
        self.alive.append(tensor)
        return made

    def find(self, tensor: Tensor, pointer: int) -> tuple[str | None, Values | None]:
        """The operation that gave a tensor's very numbers, and these, in the tensor's shape.

        The same place in memory is not enough: the numbers may be read in another order, or overwritten since.
        """
        if pointer in self.outputs:
            shape, stride, version = tensor.shape, tensor.stride(), tensor._version
            for one in reversed(self.outputs[pointer]):
                if one.version != version:
                    continue
                if one.values.shape == shape and one.stride == stride:
                    return one.operation, one.values
                if one.contiguous and one.values.size == tensor.numel() and tensor.is_contiguous():
                    array = None if one.values.array is None else one.values.array.reshape(shape)
                    return one.operation, one.values.view(array, tuple(shape))
        return None, None

    def make(self, tensor: Tensor, copy: bool, whole: bool | None) -> Values:
        """The same without remembering: for tensors that change from call to call."""
        if self.takes(tensor, whole):
            return values_of(tensor, copy)
        return Values(tuple(tensor.shape), dtype_of(tensor), kept=reduce(tensor))

    def takes(self, tensor: Tensor, whole: bool | None) -> bool:
        """Whether all numbers of a tensor are to be kept; where there is room for them, it is taken."""
        if whole is None:
            count = tensor.numel()
            whole = count <= self.room
            if whole:
                self.room -= count
        return whole


class _Summaries:
    """Summaries of tensors that nobody holds on to, each made once while the memory lives and holds these numbers.

    A gradient passes from node to node, and so do views of it, such as that of a transposed weight.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], tuple[Any, int, Summary]] = {}

    def of(self, tensor: Tensor) -> Summary:
        if tensor.layout is not torch.strided or not in_a_row(tensor).is_contiguous():
            return reduce(tensor)
        # While the weak reference is kept, no other storage gets this one's number.
        storage: Any = StorageWeakRef(tensor.untyped_storage())  # type: ignore[no-untyped-call]
        key = storage.cdata, tensor.storage_offset(), tensor.numel()
        known = self.known.get(key)
        if known is not None and known[1] == tensor._version and not known[0].expired():
            return known[2]
        made = reduce(tensor)
        self.known[key] = storage, tensor._version, made
        return made

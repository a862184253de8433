"""Keeps tensors as arrays, each once, as far as there is room."""

from __future__ import annotations

from torch import Tensor

from lenet.values import Values, dtype_of, reduce, values_of


class Keeper:
    """Turns tensors into `Values`; the same tensor gives the same object.

    Args:
        room: how many numbers are kept in all; after that, shapes and summaries.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.known: dict[int, Values] = {}
        self.outputs: dict[int, tuple[str, Values]] = {}
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

    def output(self, name: str, tensor: Tensor, reshaped: bool) -> Values:
        """An operation's output, copied, because a later in-place operation may write into it.

        It is remembered by its place in memory, so that what a node has saved is recognised.
        """
        pointer = tensor.data_ptr()
        known = self.outputs.get(pointer) if reshaped else None
        if (
            known is not None
            and known[1].array is not None
            and known[1].size == tensor.numel()
            and tensor.is_contiguous()
        ):
            made = known[1].view(known[1].array.reshape(tensor.shape), tuple(tensor.shape))
        else:
            made = self.make(tensor, True, None)
            self.outputs[pointer] = name, made
        self.alive.append(tensor)
        return made

    def make(self, tensor: Tensor, copy: bool, whole: bool | None) -> Values:
        """The same without remembering: for tensors that change from call to call."""
        if whole is None:
            count = tensor.numel()
            whole = count <= self.room
            if whole:
                self.room -= count
        if whole:
            return values_of(tensor, copy)
        return Values(tuple(tensor.shape), dtype_of(tensor), kept=reduce(tensor))

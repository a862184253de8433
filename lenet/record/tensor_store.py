"""Store of tensors as NumPy arrays, each kept once, up to a number of elements in all, of a batch the first rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef

from lenet.record.arrays import NOTHING, Summary, Values, dtype_of, freeze, in_a_row, reduce, strided, values_of
from lenet.shapes import shape_of


def pointer_of(tensor: Tensor) -> int:
    """Address of a tensor's data; 0 if the tensor is sparse or empty."""
    try:
        return tensor.data_ptr()
    except RuntimeError:
        return 0


def version_of(tensor: Tensor) -> int:
    """Version counter of a tensor; −1 for an inference tensor, which has none."""
    return -1 if tensor.is_inference() else tensor._version


SMALL: Final = 16
"""Numbers that a row may have for all rows of a batch to be kept: the logits of a network have no more."""


class Rows(NamedTuple):
    """Part of a batch that is kept.

    Attributes:
        size: of the batch.
        kept: the first so many.
    """

    size: int
    kept: int

    def of(self, tensor: Tensor) -> int | None:
        """Number of rows to keep of a tensor that may be a batch: it is one if its first axis has the right length.

        Returns:
            None for all, also where a row is so small that it doesn't matter.
        """
        if tensor.is_nested or tensor.layout is not torch.strided or tensor.dim() < 2 or len(tensor) != self.size:
            return None
        return self.kept if tensor.numel() > SMALL * self.size else None


class Output(NamedTuple):
    """Output of an operation at the moment at which it was stored."""

    operation: str
    values: Values
    stride: tuple[int, ...]
    contiguous: bool
    version: int


class TensorStore:
    """Converter from tensors to `Values` that returns the same object for the same tensor.

    Args:
        room: number of elements kept in all; later tensors are kept as shape and summary.
        rows: part that is kept of a tensor that is a batch, None for all.

    Attributes:
        trusts: whether version counters notice every write; if not, the elements themselves are compared.
    """

    def __init__(self, room: int, rows: Rows | None = None) -> None:
        self.room = room
        self.rows = rows
        self.known: dict[int, Values] = {}
        self.outputs: dict[int, list[Output]] = {}  # by their place in memory
        self.summaries = _Summaries()
        self.trusts = True
        self.alive: list[Tensor] = []  # an id or a pointer stands for a tensor only while the tensor lives

    def values(self, tensor: Tensor, copy: bool = False, whole: bool | None = None, batch: bool = False) -> Values:
        """Elements of a tensor, or their summary.

        Args:
            tensor: that nobody writes into afterwards, unless it is copied.
            copy: see `values.freeze`.
            whole: keep the array in any case, or in none; None for as far as there is room.
            batch: whether the tensor's first axis is the batch if it has its length.
        """
        found = self.known.get(id(tensor))
        if found is None or (found.kept is not None and (whole or (found.cut and not batch))):
            found = self.known[id(tensor)] = self.make(tensor, copy, whole, batch)
            self.alive.append(tensor)
        return found

    def gradient(self, tensor: Tensor, whole: bool | None, batch: bool = False) -> Values:
        """Elements of a gradient during backward, or their summary, which does not keep the tensor alive.

        Args:
            tensor: that nobody writes into while it is held.
            whole: see `values`.
            batch: likewise. One tensor can be the gradient of a batch and of a parameter, which is kept whole.
        """
        found = self.known.get(id(tensor))
        if found is None or (found.kept is not None and (whole or (found.cut and not batch))):
            rows = self.rows.of(tensor) if self.rows and batch and not whole else None
            kept = self.takes(tensor, rows) if whole is None else whole
            found = _read(tensor, False, kept, self.summaries.of if self.trusts else reduce, rows)
            if kept:
                self.known[id(tensor)] = found
                self.alive.append(tensor)
        return found

    def changing_gradient(self, tensor: Tensor, whole: bool | None, batch: bool = False) -> Values:
        """Copy of a gradient that the model's own code may write into, or its summary; see `gradient`."""
        return self.make(tensor, True, whole, batch)

    def output(self, name: str, tensor: Tensor, reshaped: bool, batch: bool = False) -> Values:
        """Copy of an operation's output, because a later in-place operation may write into it.

        The output is remembered by its address, so that `find` recognises it among the saved tensors.
        """
        pointer = pointer_of(tensor)
        made = self.find(tensor, pointer)[1] if reshaped else None
        if made is None:
            made = self.make(tensor, True, None, batch)
            if pointer:
                entry = Output(name, made, tensor.stride(), tensor.is_contiguous(), version_of(tensor))
                self.outputs.setdefault(pointer, []).append(entry)
        self.alive.append(tensor)
        return made

    def find(self, tensor: Tensor, pointer: int) -> tuple[str | None, Values | None]:
        """Operation whose output a tensor holds unchanged, and its values in the tensor's shape.

        The same address is not enough: strides may differ, and the memory may have been overwritten.
        """
        outputs = self.outputs.get(pointer)
        if outputs is not None:
            shape, stride, version = tensor.shape, tensor.stride(), version_of(tensor)
            for one in reversed(outputs):
                if one.version != version:
                    continue
                if not (self.trusts and version >= 0) and not holds(one.values, tensor):
                    continue
                if one.values.shape == shape and one.stride == stride:
                    return one.operation, one.values
                if one.contiguous and one.values.size == tensor.numel() and tensor.is_contiguous():
                    array = one.values.array
                    if one.values.cut and array is not None:
                        if shape[:1] != one.values.shape[:1]:  # the kept rows are none of its rows
                            return one.operation, self.make(tensor, True, None)
                        array = array.reshape(len(array), *shape[1:])
                    elif array is not None:
                        array = array.reshape(shape)
                    return one.operation, one.values.view(array, tuple(shape))
        return None, None

    def make(self, tensor: Tensor, copy: bool, whole: bool | None, batch: bool = False) -> Values:
        """Convert a tensor without remembering it, for tensors that change between calls."""
        rows = self.rows.of(tensor) if self.rows and batch and not whole else None
        return _read(tensor, copy, self.takes(tensor, rows) if whole is None else whole, reduce, rows)

    def takes(self, tensor: Tensor, rows: int | None = None) -> bool:
        """Reserve room for all elements of a tensor, or for its first rows; return False if there is not enough."""
        count = tensor.numel() if rows is None else tensor.numel() // len(tensor) * rows
        if count > self.room:
            return False
        self.room -= count
        return True


class _Summaries:
    """Summaries of tensors that are not kept, computed once for each tensor as long as its memory holds the same
    numbers.

    A gradient passes from node to node, and so do views of it, such as that of a transposed weight.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[Any, ...], tuple[Any, int, Summary]] = {}

    def of(self, tensor: Tensor) -> Summary:
        if tensor.is_inference() or not in_a_row(tensor).is_contiguous():
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


def _read(
    tensor: Tensor, copy: bool, whole: bool, summarize: Callable[[Tensor], Summary], rows: int | None = None
) -> Values:
    try:
        if whole and rows is None:
            return values_of(tensor, copy)
        if whole:
            part = freeze(tensor.detach()[:rows], copy=True)  # a view would keep all rows in memory
            return Values(shape_of(tensor), dtype_of(tensor), part, summarize(strided(tensor)))
        return Values(shape_of(tensor), dtype_of(tensor), kept=summarize(strided(tensor)))
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, TypeError, NotImplementedError):  # no numbers at all, such as one of the device `meta`
        return Values(shape_of(tensor), dtype_of(tensor), kept=NOTHING)


def holds(values: Values, tensor: Tensor) -> bool:
    """Test whether a tensor still has these elements, in any shape; False if they were not kept. Of those of which only
    the first rows were kept, the others are compared by their summary.
    """
    if values.array is None:
        return False
    if values.cut:
        if tuple(tensor.shape) != values.shape or repr(reduce(strided(tensor))) != repr(values.kept):  # for a NaN
            return False
        tensor = tensor.detach()[: len(values.array)]
    now = values_of(tensor, False).array
    return now is not None and now.tobytes() == values.array.tobytes()

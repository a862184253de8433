"""Arrays of a record, and summaries of those that were too large to keep."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lenet.shapes import Shape

FINITE: Final = "finite"
NAN: Final = "nan"
INFINITE: Final = "infinite"

CHUNK: Final = 2**17
"""Numbers that are summarized at once: in float64, a megabyte, which stays in the processor's cache."""


@dataclass(frozen=True)
class Summary:
    """Norm, minimum and maximum of an array whose values were not kept.

    Attributes:
        norm: L2 norm.
        low: least value, of complex numbers the least magnitude; NaN where there is a NaN or no value at all.
        high: largest value; likewise.
    """

    norm: float
    low: float
    high: float


NOTHING: Final = Summary(math.nan, math.nan, math.nan)
"""Summary of a tensor whose elements cannot be read."""


@dataclass(eq=False)
class Values:
    """A read-only array, its first rows, or only the shape and summary of one that was too large to keep.

    Not frozen, because a record makes eighty of these, and a frozen dataclass takes three times as long to make.

    Attributes:
        shape: shape of the whole array.
        dtype: PyTorch's name of its type, `float32`.
        array: the numbers, or the first of `shape[0]` rows if the others were not kept, or None.
        kept: summary of all numbers if not all were kept.
    """

    shape: Shape
    dtype: str
    array: NDArray[Any] | None = None
    kept: Summary | None = None

    @property
    def cut(self) -> bool:
        """True if only the first rows were kept."""
        return self.array is not None and self.kept is not None

    @property
    def size(self) -> int:
        """Number of elements, of those that were not kept too."""
        return math.prod(self.shape)

    @cached_property
    def summary(self) -> Summary:
        """Norm, least and largest value."""
        return self.kept if self.kept is not None else summarize(self.array)

    def view(self, array: NDArray[Any] | None, shape: Shape) -> Values:
        """Same elements in another shape."""
        return Values(shape, self.dtype, array, self.kept)

    @property
    def norm(self) -> float:
        """L2 norm over all elements."""
        return self.summary.norm

    @property
    def state(self) -> str:
        """`finite`, or `nan` where there is one, or `infinite`."""
        return state_of([self.summary.low, self.summary.high])


def summarize(array: NDArray[Any] | None) -> Summary:
    """Norm, least and largest of an array's numbers, the norm summed in float64."""
    if array is None or array.size == 0:
        return Summary(0.0, math.nan, math.nan)
    flat = np.asarray(array).ravel(order="K")
    lows, highs, squares = [], [], []
    with np.errstate(all="ignore"):
        for start in range(0, flat.size, CHUNK):
            part = flat[start : start + CHUNK]
            if np.iscomplexobj(part):
                part = np.abs(part)
            wide = part.astype(np.float64, copy=False)
            lows.append(wide.min())
            highs.append(wide.max())
            squares.append(wide @ wide)
        return Summary(float(np.sqrt(np.sum(squares))), float(np.min(lows)), float(np.max(highs)))


def state_of(numbers: Sequence[float]) -> str:
    """`nan` where one of the numbers is, else `infinite` where one is, else `finite`."""
    if any(math.isnan(number) for number in numbers):
        return NAN
    return INFINITE if any(math.isinf(number) for number in numbers) else FINITE


def dtype_of(tensor: Tensor) -> str:
    """PyTorch's name of a tensor's type, without `torch.`."""
    return dtype_name(tensor.dtype)


@cache
def dtype_name(dtype: torch.dtype) -> str:
    """PyTorch's name of a type, without `torch.`."""
    return str(dtype).removeprefix("torch.")


def freeze(tensor: Tensor, copy: bool = False) -> NDArray[Any]:
    """A tensor's numbers as a read-only array on the CPU.

    Args:
        tensor: on any device. What NumPy doesn't know is converted: a sparse tensor becomes dense, a quantized one
            float32, as do eight and sixteen bits; of a nested one, the numbers stand in a row.
        copy: whether somebody may still write into the tensor's memory.
    """
    if tensor.dtype is torch.bfloat16:  # the one of them that is common
        tensor = tensor.float()
    try:
        array: NDArray[Any] = tensor.numpy(force=True)
    except (TypeError, RuntimeError, NotImplementedError):
        array = strided(tensor).numpy(force=True)
    if copy:
        array = array.copy()
    array.setflags(write=False)
    return array


def strided(tensor: Tensor) -> Tensor:
    """Dense tensor with the same elements, of a type that NumPy knows."""
    tensor = unwrapped(tensor).detach()
    if tensor.is_nested:
        parts = [strided(part).flatten() for part in tensor.unbind()]
        return torch.cat(parts) if parts else torch.empty(0)
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.dtype is torch.complex32:
        return tensor.to(torch.complex64)
    return tensor.float() if tensor.is_floating_point() and tensor.dtype not in _NUMPY else tensor


_NUMPY: Final = frozenset({torch.float16, torch.float32, torch.float64})


_wrappers: Final = torch._C._functorch
_is_wrapped: Final = _wrappers.is_functorch_wrapped_tensor


def unwrapped(tensor: Tensor) -> Tensor:
    """Tensor inside the wrappers of `torch.func`, with the axes of `vmap` first."""
    while _is_wrapped(tensor):
        axis = _wrappers.maybe_get_bdim(tensor) if _wrappers.is_batchedtensor(tensor) else 0
        tensor = _wrappers.get_unwrapped(tensor)
        if axis:
            tensor = tensor.movedim(axis, 0)
    return tensor


def values_of(tensor: Tensor, copy: bool = True) -> Values:
    """All elements of a tensor.

    Args:
        tensor: on any device.
        copy: see `freeze`.
    """
    array = freeze(tensor, copy)
    return Values(array.shape, dtype_name(tensor.dtype), array)


def reduce(tensor: Tensor) -> Summary:
    """Summary of a tensor, computed on its device without a copy.

    Args:
        tensor: on any device, of any type and layout.
    """
    found = tensor.detach()
    if found.layout is not torch.strided:
        found = found.to_dense()
    if found.numel() == 0:
        return Summary(0.0, math.nan, math.nan)
    wide = torch.empty(min(found.numel(), CHUNK), dtype=torch.float64, device=found.device)
    lows, highs, squares = [], [], []
    for piece in _pieces(found):
        part = piece.abs() if piece.is_complex() else piece
        low, high = part.aminmax()
        own = wide[: part.numel()]
        own.copy_(part)
        lows.append(low)
        highs.append(high)
        squares.append(own.dot(own))
    # `min` and `max` of tensors, unlike Python's, give NaN where there is one.
    return Summary(
        float(torch.stack(squares).sum().sqrt()), float(torch.stack(lows).min()), float(torch.stack(highs).max())
    )


def in_a_row(tensor: Tensor) -> Tensor:
    """View of a tensor with its axes in memory order; contiguous if the elements lie without gaps."""
    return tensor.permute(sorted(range(tensor.dim()), key=tensor.stride, reverse=True))


def _pieces(tensor: Tensor) -> Iterator[Tensor]:
    """A tensor's numbers in flat pieces of at most `CHUNK`, in any order: views where they lie in a row in memory."""
    tensor = in_a_row(tensor)
    if tensor.is_contiguous() or tensor.numel() <= CHUNK:
        yield from torch.split(tensor.reshape(-1), CHUNK)
        return
    axis = max(range(tensor.dim()), key=tensor.size)
    for half in torch.split(tensor, (tensor.size(axis) + 1) // 2, axis):
        yield from _pieces(half)

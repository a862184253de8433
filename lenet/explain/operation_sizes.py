"""Size of a tensor operation's result and the work to compute it, from shapes alone.

Calls that PyTorch will refuse get size 0, so that PyTorch is called and its own message shown: a size of 0 means that
the call makes nothing large, or fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor

Shape = Sequence[int]


class Size(NamedTuple):
    """Memory and work of a call.

    Attributes:
        extent: sizes of the largest tensor that it makes, those other than 0 multiplied.
        work: how many numbers it computes with: multiplications of a product, comparisons of a pooling.
    """

    extent: int
    work: int


NOTHING: Final = Size(0, 0)


def extent(shape: Shape) -> int:
    """The sizes of a shape other than 0, multiplied: how many numbers it holds, or would hold without its zeros.

    PyTorch and NumPy compute strides from this product, so that it must stay small even where there are no numbers.
    """
    return math.prod(size for size in shape if size)


def of(name: str, args: Sequence[Any], named: Mapping[str, Any]) -> Size:
    """Estimate the size of a call.

    Args:
        name: of the function, such as `matmul`; an operator goes by its function's name too. One that isn't known here
            is taken to work number by number, with broadcasting.
        args: what it is called with, tensors, numbers, and lists or tuples of these.
        named: likewise, by name.
    """
    tensors = tensors_of((*args, *named.values()))
    reads = sum(extent(tensor.shape) for tensor in tensors)
    rule = _RULES.get(name)
    made = _broadcast(tensors) if rule is None else rule(args, named)
    return Size(made.extent, max(made.work, reads))


def tensors_of(values: Sequence[Any]) -> list[Tensor]:
    """The tensors among values, and in their lists and tuples."""
    found: list[Tensor] = []
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += tensors_of(value)
    return found


def _broadcast(tensors: Sequence[Tensor]) -> Size:
    if len(tensors) < 2:
        return NOTHING  # no operation on one tensor here makes more numbers than that has
    try:
        size = extent(torch.broadcast_shapes(*(tensor.shape for tensor in tensors)))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return NOTHING  # as the call will say
    return Size(size, size)


def _matmul(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
    pair = [*args, *named.values()]
    if len(pair) != 2 or not all(isinstance(value, Tensor) and value.dim() for value in pair):
        return NOTHING
    left, right = (tuple(tensor.shape) for tensor in pair)
    rows, columns = left[-2:-1], right[-1:] if len(right) > 1 else ()
    try:
        batches = torch.broadcast_shapes(left[:-2], right[:-2])  # type: ignore[no-untyped-call]
    except RuntimeError:
        return NOTHING
    size = extent((*batches, *rows, *columns))
    return Size(size, size * max(1, left[-1]))


def _outer(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
    size = math.prod(extent(value.shape) for value in (*args, *named.values()) if isinstance(value, Tensor))
    return Size(size, size)


def _linear(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
    given = _bound(("input", "weight", "bias"), args, named)
    x, weight = given.get("input"), given.get("weight")
    if not isinstance(x, Tensor) or not isinstance(weight, Tensor) or not x.dim() or not weight.dim():
        return NOTHING
    size = extent((*x.shape[:-1], *weight.shape[:-1]))
    return Size(size, size * max(1, x.shape[-1]))


def _joined(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
    given = _bound(("tensors", "dim"), args, named).get("tensors")
    parts = given if isinstance(given, list | tuple) else ()
    tensors = [part for part in parts if isinstance(part, Tensor)]
    # The other axes are the same for all, as long as PyTorch takes them.
    size = len(tensors) * max((extent(tensor.shape) for tensor in tensors), default=0)
    return Size(size, size)


def _largest(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
    size = max((extent(value.shape) for value in (*args, *named.values()) if isinstance(value, Tensor)), default=0)
    return Size(size, size)


def _diagonal(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
    given = _bound(("input", "diagonal"), args, named)
    x, offset = given.get("input"), given.get("diagonal", 0)
    if not isinstance(x, Tensor) or not isinstance(offset, int) or x.dim() != 1:
        return NOTHING
    side = x.numel() + abs(offset)
    return Size(side * side, side * side)


def _convolution(axes: int) -> Callable[[Sequence[Any], Mapping[str, Any]], Size]:
    names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")

    def size_of(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
        given = _bound(names, args, named)
        x, weight = given.get("input"), given.get("weight")
        if not isinstance(x, Tensor) or not isinstance(weight, Tensor) or weight.dim() != axes + 2:
            return NOTHING
        if x.dim() not in (axes + 1, axes + 2):
            return NOTHING
        window = _window(x.shape[-axes:], weight.shape[2:], given, axes, 0)
        if window is None:
            return NOTHING
        padded, places = window
        batch = x.shape[0] if x.dim() == axes + 2 else 1
        made = extent((batch, weight.shape[0], *places))
        return Size(max(made, extent((*x.shape[:-axes], *padded))), made * extent(weight.shape[1:]))

    return size_of


def _pool(axes: int) -> Callable[[Sequence[Any], Mapping[str, Any]], Size]:
    def size_of(args: Sequence[Any], named: Mapping[str, Any]) -> Size:
        given = _bound(("input", "kernel_size", "stride", "padding"), args, named)
        x, kernel = given.get("input"), _sizes(given.get("kernel_size"), axes)
        if not isinstance(x, Tensor) or x.dim() <= axes or kernel is None:
            return NOTHING
        stride = given.get("stride")
        steps = {**given, "stride": kernel if stride in (None, [], ()) else stride}
        window = _window(x.shape[-axes:], kernel, steps, axes, 1)
        if window is None:
            return NOTHING
        padded, places = window
        made = extent((*x.shape[:-axes], *places))
        return Size(max(made, extent((*x.shape[:-axes], *padded))), made * math.prod(map(abs, kernel)))

    return size_of


def _window(
    read: Shape, kernel: Shape, given: Mapping[str, Any], axes: int, spare: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """The padded sizes, and on each axis at most how many places a window has; None where an argument is of no use.

    Args:
        read: sizes of what is read.
        kernel: sizes of the window.
        given: the call's arguments.
        axes: how many sizes there are.
        spare: how many places there may be more than a whole window has, as with `ceil_mode`.
    """
    steps = [_sizes(given.get(name, usual), axes) for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))]
    if None in steps:
        return None
    stride, padding, dilation = (step or () for step in steps)
    if min(stride) < 1 or min(padding) < 0 or min(dilation) < 1:
        return None
    padded = tuple(size + 2 * pad for size, pad in zip(read, padding, strict=True))
    reaches = [(size - 1) * apart + 1 for size, apart in zip(kernel, dilation, strict=True)]
    free = [max(-1, size - reach) for size, reach in zip(padded, reaches, strict=True)]
    return padded, tuple(room // step + 1 + spare for room, step in zip(free, stride, strict=True))


def _sizes(value: Any, axes: int) -> tuple[int, ...] | None:
    """A number for each axis, as PyTorch reads one for all; None for anything else."""
    numbers = (value,) if isinstance(value, int) else value
    if not isinstance(numbers, list | tuple) or not all(isinstance(number, int) for number in numbers):
        return None
    if len(numbers) == 1:
        return tuple(numbers) * axes
    return tuple(numbers) if len(numbers) == axes else None


def _bound(names: Sequence[str], args: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments by their names; what is left out, or None, isn't there."""
    given = {**dict(zip(names, args, strict=False)), **named}
    return {name: value for name, value in given.items() if value is not None}


_RULES: Final[Mapping[str, Callable[[Sequence[Any], Mapping[str, Any]], Size]]] = {
    **dict.fromkeys(("matmul", "mm", "bmm", "mv", "dot"), _matmul),
    "outer": _outer,
    "linear": _linear,
    **dict.fromkeys(("cat", "stack"), _joined),
    "diag": _diagonal,
    **dict.fromkeys(("cross_entropy", "nll_loss", "layer_norm"), _largest),
    "conv1d": _convolution(1),
    "conv2d": _convolution(2),
    "max_pool2d": _pool(2),
    "avg_pool2d": _pool(2),
}

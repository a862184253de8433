"""Shapes of tensors."""

from __future__ import annotations

from torch import Tensor

Shape = tuple[int, ...]


def shape_of(tensor: Tensor) -> Shape:
    """Shape of a tensor; −1 for a size that differs between the rows of a nested tensor."""
    if tensor.is_nested:
        return (len(tensor), *[_ragged(tensor, axis) for axis in range(1, tensor.dim())])
    return tuple(tensor.shape)


def _ragged(tensor: Tensor, axis: int) -> int:
    try:
        return int(tensor.size(axis))
    except (RuntimeError, TypeError, ValueError, AttributeError):
        return -1

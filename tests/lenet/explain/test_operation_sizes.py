"""The estimate for a call is never less than what PyTorch then makes, whatever the shapes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from lenet.explain import operation_sizes
from lenet.explain.expression import CONVOLUTIONS, ELEMENT_LOSSES, FUNCTIONS, LAYERS, LOSSES, POOLINGS

SHAPES = st.lists(st.integers(0, 5), max_size=4)
FEW = settings(max_examples=200, deadline=None, derandomize=True)
PAIRED = ("matmul", "mm", "bmm", "mv", "dot", "outer", "pow", "maximum", "minimum", "clamp", "linear", "cross_entropy")


def call(name: str, *args: Any, **named: Any) -> Tensor | None:
    function = getattr(F if name in (*LAYERS, *LOSSES) else torch, name)
    try:
        made = function(*args, **named)
    except (RuntimeError, TypeError, ValueError, IndexError, AssertionError):
        return None
    return made if isinstance(made, Tensor) else None


def hold(name: str, *args: Any, **named: Any) -> bool:
    """True if PyTorch computed the call; checks that it made no more than was estimated."""
    made = call(name, *args, **named)
    if made is None:
        return False
    needed = operation_sizes.of(name, args, named)
    tensors = operation_sizes.tensors_of((*args, *named.values()))
    most = max([needed.extent, *(operation_sizes.extent(tensor.shape) for tensor in tensors)])
    assert operation_sizes.extent(made.shape) <= most, (name, made.shape)
    return True


@FEW
@given(st.sampled_from(PAIRED), SHAPES, SHAPES)
def test_of_two_tensors(name: str, one: list[int], other: list[int]) -> None:
    hold(name, torch.ones(one), torch.ones(other))


@FEW
@given(SHAPES, st.integers(1, 4), st.integers(0, 3), st.integers(0, 4))
def test_of_a_product_that_fits(batch: list[int], rows: int, inner: int, columns: int) -> None:
    left, right = torch.ones(*batch[:2], rows, inner), torch.ones(inner, columns)
    assert hold("matmul", left, right)
    assert hold("linear", left, right.T.contiguous())
    needed = operation_sizes.of("matmul", (left, right), {})
    assert needed.work >= left[..., 0:1, 0:1].numel() * rows * inner * columns


@FEW
@given(
    st.sampled_from(CONVOLUTIONS),
    st.lists(st.integers(1, 7), min_size=2, max_size=2),
    st.lists(st.integers(1, 4), min_size=2, max_size=2),
    st.integers(1, 3),
    st.integers(0, 3),
    st.integers(1, 3),
    st.booleans(),
)
def test_of_a_convolution(
    name: str, read: list[int], kernel: list[int], stride: int, padding: int, dilation: int, batched: bool
) -> None:
    axes = 1 if name == "conv1d" else 2
    x = torch.ones(*([2] if batched else []), 3, *read[:axes])
    weight = torch.ones(4, 3, *kernel[:axes])
    made = call(name, x, weight, None, stride, padding, dilation)
    needed = operation_sizes.of(name, (x, weight), {"stride": stride, "padding": (padding,), "dilation": [dilation]})
    if made is not None:
        assert needed.extent >= operation_sizes.extent(made.shape)
        reads = x.numel() + weight.numel()
        assert needed.work == max(made.numel() * weight[0].numel(), reads)


@FEW
@given(
    st.sampled_from(POOLINGS),
    st.lists(st.integers(1, 9), min_size=2, max_size=2),
    st.integers(1, 4),
    st.none() | st.integers(1, 4),
    st.integers(0, 2),
    st.booleans(),
)
def test_of_a_pooling(
    name: str, read: list[int], kernel: int, stride: int | None, padding: int, ceil_mode: bool
) -> None:
    hold(name, torch.ones(1, 2, *read), kernel, stride=stride, padding=padding, ceil_mode=ceil_mode)


@FEW
@given(st.sampled_from(("cat", "stack")), st.lists(SHAPES, max_size=4), st.integers(-2, 2))
def test_of_joined_tensors(name: str, shapes: list[list[int]], dim: int) -> None:
    hold(name, [torch.ones(shape) for shape in shapes], dim)
    same = [torch.ones(shapes[0])] * len(shapes) if shapes else []
    hold(name, same, dim)


@pytest.mark.filterwarnings("ignore:.*degrees of freedom")
@FEW
@given(st.sampled_from([name for name in FUNCTIONS if name not in (*LOSSES, *PAIRED)]), SHAPES, st.integers(-3, 3))
def test_of_one_tensor(name: str, shape: list[int], number: int) -> None:
    hold(name, torch.ones(shape))
    hold(name, torch.ones(shape), number)


@FEW
@given(st.sampled_from(ELEMENT_LOSSES), SHAPES)
def test_of_a_loss(name: str, shape: list[int]) -> None:
    assert hold(name, torch.zeros(shape), torch.zeros(shape)) or shape == []


def test_the_extent_of_a_shape_leaves_out_its_zeros() -> None:
    assert operation_sizes.extent((0, 2**62)) == 2**62
    assert operation_sizes.extent((3, 0, 5)) == 15
    assert operation_sizes.extent(()) == 1

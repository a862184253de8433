"""Tensors are kept as arrays, each once, as far as there is room."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from lenet.record.arrays import Values, dtype_of, freeze, reduce, state_of, summarize
from lenet.record.tensor_store import TensorStore, pointer_of


def test_the_same_tensor_is_kept_once() -> None:
    store, x = TensorStore(100), torch.arange(6.0).view(2, 3)
    first = store.values(x)
    assert store.values(x) is first
    assert first.array is not None
    assert first.array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert not first.array.flags.writeable
    assert store.values(x.clone()) is not first
    assert store.room == 100 - 12


def test_without_room_there_is_a_summary() -> None:
    store, x = TensorStore(5), torch.tensor([3.0, -4.0, 0.0])
    assert store.values(x).array is not None
    summary = store.values(x + 0)
    assert summary.array is None
    assert (summary.shape, summary.norm, summary.summary.low, summary.summary.high) == ((3,), 5.0, -4.0, 3.0)
    assert store.values(torch.ones(2)).array is not None  # there is room for a smaller one
    asked = torch.ones(1000)
    assert store.values(asked).array is None
    assert store.values(asked, whole=True).array is not None
    assert store.values(torch.ones(1), whole=False).array is None


def test_a_gradient_is_not_held_on_to_where_only_its_summary_is_kept() -> None:
    store, x = TensorStore(5), torch.tensor([3.0, -4.0, 0.0])
    whole = store.gradient(x, None)
    assert store.gradient(x, None) is whole
    assert whole.array is not None
    large = torch.arange(12.0).view(3, 4)
    summary = store.gradient(large, None)
    assert (summary.array, summary.shape) == (None, (3, 4))
    assert store.gradient(large.T, None).summary is summary.summary  # the same numbers, from a view
    assert store.gradient(large[:2, :3], None).summary.high == 6
    assert store.gradient(large[:2], None).summary.high == 7
    assert store.gradient(large, True).array is not None  # asked for after all
    store, large = TensorStore(0), torch.arange(12.0)
    held = weakref.ref(large)
    store.gradient(large, None)
    large += 1
    assert store.gradient(large, None).summary.high == 12
    del large
    assert held() is None
    for number in range(20):  # memory is used again, and holds other numbers then
        assert store.gradient(torch.full((100,), float(number)), None).summary.high == number


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x,
        lambda x: x.T,
        lambda x: x.permute(1, 0)[:, ::2],
        lambda x: x[1:, :-3],
        lambda x: x[::3, ::2],
        lambda x: x[:1].expand(700, -1),
        lambda x: x.view(7, 100, 10, 50).permute(2, 0, 3, 1),
        lambda x: x.view(1, 7, 100, 500).contiguous(memory_format=torch.channels_last),
        lambda x: torch.complex(x, -2 * x),
        lambda x: x.to_sparse(),
        lambda x: x.half(),
        lambda x: x.bfloat16(),
        lambda x: (x * 1000).long(),
        lambda x: (x * 10).byte(),
        lambda x: x > 0,
        lambda x: x.flatten()[3],
        lambda x: x.double().requires_grad_(),
    ],
)
def test_summaries_of_large_tensors_are_pytorchs(make: Callable[[Tensor], Tensor]) -> None:
    tensor = make(torch.randn(700, 500, generator=torch.Generator().manual_seed(0)))
    dense = tensor.detach().to_dense()
    dense = dense.abs() if dense.is_complex() else dense
    norm = math.sqrt(math.fsum((dense.double() ** 2).flatten().tolist()))
    for summary in (reduce(tensor), summarize(freeze(tensor))):
        ends = float(dense.min()), float(dense.max())
        near = pytest.approx(ends, rel=1e-6)  # NumPy's magnitude of a complex number differs in the last bit
        assert (summary.low, summary.high) == (near if tensor.is_complex() else ends)
        assert summary.norm == pytest.approx(norm, rel=1e-7 if tensor.is_complex() else 1e-12)


def find(store: TensorStore, tensor: Tensor) -> tuple[str | None, Values | None]:
    return store.find(tensor, pointer_of(tensor))


def test_an_output_is_copied_and_known_by_its_memory() -> None:
    store, x = TensorStore(100), torch.arange(6.0)
    kept = store.output("conv1", x, False)
    view = store.output("view1", x.view(2, 3), True)
    assert kept.array is not None
    assert view.array is not None
    assert np.shares_memory(kept.array, view.array)
    assert view.shape == (2, 3)
    assert find(store, x) == ("conv1", kept)
    assert find(store, x.view(3, 2))[0] == "conv1"  # a view is no operation of its own
    assert find(store, x.view(3, 2).T) == (None, None)  # other numbers, read in another order
    x.zero_()
    assert kept.array.tolist() == [0, 1, 2, 3, 4, 5]
    # The memory holds other numbers now.
    assert find(store, x) == (None, None)
    again = store.output("relu1", x, False)
    assert again.array is not None
    assert not again.array.any()
    assert find(store, x)[0] == "relu1"
    turned = store.output("t1", torch.arange(4.0).view(2, 2).T, True)
    assert turned.array is not None
    assert turned.array.tolist() == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    ("numbers", "state"),
    [
        ([1.0, -2.0], "finite"),
        ([1.0, math.inf], "infinite"),
        ([-math.inf, 1.0], "infinite"),
        ([math.nan, math.inf], "nan"),
        ([0.0, math.nan], "nan"),
    ],
)
def test_numbers_that_are_not_finite_are_named(numbers: list[float], state: str) -> None:
    x = torch.tensor(numbers)
    whole = Values((2,), "float32", freeze(x))
    small = Values((2,), "float32", kept=reduce(x))
    assert whole.state == small.state == state_of(numbers) == state
    for one, other in zip(
        (whole.norm, whole.summary.low, whole.summary.high),
        (small.norm, small.summary.low, small.summary.high),
        strict=True,
    ):
        assert one == other or (math.isnan(one) and math.isnan(other))


def test_every_type_of_tensor() -> None:
    assert dtype_of(torch.zeros(1, dtype=torch.bfloat16)) == "bfloat16"
    assert freeze(torch.tensor([1.5], dtype=torch.bfloat16)).tolist() == [1.5]
    assert freeze(torch.tensor([2**40])).tolist() == [2**40]
    assert freeze(torch.ones(2, requires_grad=True)).tolist() == [1, 1]
    empty = summarize(freeze(torch.zeros(0)))
    assert empty.norm == reduce(torch.zeros(0)).norm == 0
    assert summarize(None).norm == 0
    large = torch.full((4,), 1e30)  # its square is beyond float32
    assert summarize(freeze(large)).norm == pytest.approx(2e30)
    assert reduce(large).norm == pytest.approx(2e30)


def test_freeze_copies_when_it_is_told() -> None:
    x = torch.ones(2)
    shared, own = freeze(x), freeze(x, copy=True)
    x.zero_()
    assert shared.tolist() == [0, 0]
    assert own.tolist() == [1, 1]
    for array in (shared, own):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5

"""Operations are called what a PyTorch user calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.networks.operation_names import operation_name
from lenet.record.iteration import Setup
from lenet.record.recorder import record


class Applies(nn.Module):
    """A function of the hidden numbers, (3, 4) and never zero, between two layers."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.first = nn.Linear(64, 4)
        self.last = nn.Linear(4, 3)
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        hidden = self.first(x.flatten(1))
        return self.last(hidden + self.function(hidden.sigmoid()).float().mean())


def assigned(x: Tensor) -> Tensor:
    made = x * 1
    made.data = x.detach() + 1
    return made


def in_place(x: Tensor, change: Callable[[Tensor], Any]) -> Tensor:
    made = x.clone()
    change(made)
    return made


def iadd(x: Tensor) -> None:
    x += 1


def itruediv(x: Tensor) -> None:
    x /= 2


def ipow(x: Tensor) -> None:
    x **= 2


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: x.T, "T"),
        (lambda x: x.mT, "mT"),
        (lambda x: x.H, "H"),
        (lambda x: x.mH, "mH"),
        (lambda x: x.real, "real"),
        (lambda x: torch.complex(x, x).imag, "imag"),
        (lambda x: x.data, "data"),
        (lambda x: x + 1, "add"),
        (lambda x: 1 + x, "add"),
        (lambda x: x.add(1), "add"),
        (lambda x: torch.add(x, 1), "add"),
        (lambda x: torch.ops.aten.add.Tensor(x, x), "add"),
        (lambda x: torch.ops.aten.add(x, x), "add"),
        (lambda x: in_place(x, iadd), "add"),
        (lambda x: in_place(x, lambda y: y.add_(1)), "add"),
        (lambda x: x - 1, "sub"),
        (lambda x: 1 - x, "sub"),
        (lambda x: x * 2, "mul"),
        (lambda x: 2 * x, "mul"),
        (lambda x: x / 2, "div"),
        (lambda x: 2 / x, "div"),
        (lambda x: in_place(x, itruediv), "div"),
        (lambda x: x.detach() // 0.3, "floor_divide"),
        (lambda x: 2 // x.detach(), "floor_divide"),
        (lambda x: x % 0.3, "remainder"),
        (lambda x: 2 % x.detach(), "remainder"),
        (lambda x: x**2, "pow"),
        (lambda x: 2**x, "pow"),
        (lambda x: in_place(x, ipow), "pow"),
        (lambda x: x @ x.mT, "matmul"),
        (lambda x: -x, "neg"),
        (lambda x: abs(x), "abs"),
        (lambda x: (x > 0.5) & (x > 0.2), "bitwise_and"),
        (lambda x: ~(x > 0.5), "bitwise_not"),
        (lambda x: x.byte() << 2, "bitwise_left_shift"),
        (lambda x: x.byte() >> 2, "bitwise_right_shift"),
        (lambda x: x > 0.5, "gt"),
        (lambda x: x == 0.5, "eq"),
        (lambda x: x[1:], "getitem"),
        (lambda x: in_place(x, lambda y: y.__setitem__(0, 1.0)), "setitem"),
        (lambda x: next(iter(x)), "unbind"),
        (F.relu, "relu"),
        (lambda x: in_place(x, torch.relu_), "relu"),
        (lambda x: F.threshold(x, 0.5, 0.0), "threshold"),
        (lambda x: x.to(torch.float64), "to"),
        (assigned, "set_data"),
    ],
)
def test_names(function: Callable[[Tensor], Tensor], name: str) -> None:
    inputs = np.random.default_rng(0).standard_normal((3, 1, 8, 8)).astype(np.float32)
    recorded = record(Applies(function), inputs, np.array([0, 1, 0]), Setup())
    assert recorded.failure is None
    kinds = [operation.kind for operation in recorded.operations]
    inside = kinds[kinds.index("sigmoid") + 1 : len(kinds) - kinds[::-1].index("mean")]
    assert name in inside
    assert all(operation.name.startswith(("first", "last", operation.kind)) for operation in recorded.operations)


def test_a_function_without_a_name_is_called_by_its_type() -> None:
    class Callable:
        def __call__(self, x: Tensor) -> Tensor:
            return x

    assert operation_name(Callable()) == "Callable"


def test_every_function_that_pytorch_hands_over_has_a_readable_name() -> None:
    """A readable name is not `get`, and has no underscore at either end."""
    for function in torch.overrides.get_testing_overrides():
        name = operation_name(function)
        assert name.isidentifier()
        assert name.strip("_") == name or name.startswith(("_", "set_")), name
        assert name not in ("get", "radd", "rmul", "iadd", "truediv"), name

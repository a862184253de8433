"""An update worked out number by number is what PyTorch did."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lenet.digits import batch
from lenet.explain import update_table
from lenet.networks import models
from lenet.record import optimizers
from lenet.record.iteration import Setup
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.recorder import record


@pytest.mark.parametrize("decay", [None, 0.05])
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_the_table_of_an_update_is_worked_out_as_pytorch_did(optimizer: str, decay: float | None) -> None:
    model = models.build("LeNet5", 0)
    inputs = np.random.default_rng(1).random((1, 1, 32, 32)).astype(np.float32)
    setup = Setup("mse", "count", optimizer=optimizer, lr=0.01, weight_decay=decay)
    done = record(model, inputs, None, setup)
    for _ in range(7):  # RAdam works by another formula from its sixth step on
        numbers = update_table.table(done, "fc3.weight")
        assert numbers is not None
        for row in (0, 17, numbers.largest):
            terms = update_table.work(done, numbers, row)
            assert terms[-1].value == pytest.approx(numbers.after[row], rel=1e-4, abs=1e-7)
        assert done.after is not None
        done = record(model, inputs, None, setup, done.after)


def test_a_parameter_without_a_gradient_has_no_table() -> None:
    model = models.build("LeNet5", 0)
    model.get_parameter("conv1.bias").requires_grad_(False)
    done = record(model, np.ones((1, 1, 32, 32), np.float32), np.array([1]), Setup())
    assert update_table.table(done, "conv1.bias") is None
    assert update_table.table(done, "conv1.weight") is not None


@pytest.mark.parametrize("decay", [None, 0.05])
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_the_counts_are_those_of_what_pytorch_did(optimizer: str, decay: float | None) -> None:
    model = models.build("LeNet5", 0)
    digit = batch.of_mnist([0], 32)
    setup = Setup(optimizer=optimizer, lr=1e-3, weight_decay=decay)
    own = copy.deepcopy(model)
    used = optimizers.find(optimizer, decay)
    step = used.make(own.parameters(), setup.lr)
    assert step is not None
    start = None
    for _ in range(2):  # momentum and weight decay change numbers whose gradient is 0
        before = [p.detach().clone() for p in own.parameters()]
        own.zero_grad()
        F.cross_entropy(own(torch.from_numpy(digit.inputs)), torch.from_numpy(digit.labels)).backward()
        step.step()
        done = record(model, digit.inputs, digit.labels, setup, start)
        counted = update_table.changes(done)
        assert counted is not None
        pairs = zip(before, own.parameters(), strict=True)
        moved = [old.view(torch.int32) != p.detach().view(torch.int32) for old, p in pairs]
        none = [p.grad == 0 for p in own.parameters()]
        assert counted.total == models.count_parameters(model) == 61_706
        assert counted.changed == sum(int(m.sum()) for m in moved)
        assert counted.zero == sum(int(n.sum()) for n in none) > 0
        assert counted.zero_changed == sum(int((m & n).sum()) for m, n in zip(moved, none, strict=True))
        assert counted.kept == sum(int((~m & ~n).sum()) for m, n in zip(moved, none, strict=True))
        assert counted.without == 0
        start = done.after
    if not used.state and not used.decays:
        assert counted.zero_changed == 0
    if used.decays:
        assert counted.zero_changed > 0


def test_nothing_changes_at_a_rate_of_0_or_without_gradients() -> None:
    model = models.build("LeNet5", 0)
    model.get_parameter("fc3.weight").requires_grad_(False)
    inputs = np.random.default_rng(1).random((1, 1, 32, 32)).astype(np.float32)
    counted = update_table.changes(record(model, inputs, np.array([1]), Setup(lr=0)))
    assert counted is not None
    assert (counted.changed, counted.without) == (0, 840)
    assert counted.kept + counted.zero == 61_706 - 840


def test_a_sign_of_zero_and_a_nan_count_as_they_are() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.tensor([0.0, math.nan, 1.0]))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (self.w * torch.tensor([-0.0, 1.0, 0.0])).sum() * x.flatten(1)[:, :2]

    done = record(Two(), np.ones((1, 1, 1, 2), np.float32), np.array([1]), Setup(lr=0.5))
    counted = update_table.changes(done)
    assert counted is not None
    assert done.after is not None
    old, new = done.before.parameters["w"].array, done.after.parameters["w"].array
    assert old is not None
    assert new is not None
    assert counted.changed == int((old.view(np.int32) != new.view(np.int32)).sum())

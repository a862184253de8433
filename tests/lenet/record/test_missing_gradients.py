"""Parameters that get no gradient, each with the reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lenet.record.iteration import CUT_OFF, FROZEN, LEFT_OUT, MISSING, UNDEFINED, UNSEEN, UNUSED, Iteration, Setup
from lenet.record.recorder import record
from tests.lenet.record.odd_models import Branched

X = np.random.default_rng(0).standard_normal((2, 1, 8, 8)).astype(np.float32)
LABELS = np.array([0, 1])


def recorded(model: nn.Module, **settings: Any) -> Iteration:
    found = record(model, X, LABELS, Setup(**settings))
    assert found.failure is None
    return found


@pytest.fixture(scope="module")
def iteration() -> Iteration:
    torch.manual_seed(0)
    return recorded(Branched())


def test_each_parameter_without_a_gradient_has_its_reason(iteration: Iteration) -> None:
    reasons = {
        "detached": CUT_OFF,
        "dropped": CUT_OFF,
        "within_no_grad": CUT_OFF,
        "asked": UNUSED,
        "frozen": FROZEN,
        "scripted": UNSEEN,
    }
    wanted = {f"{layer}.{part}": reason for layer, reason in reasons.items() for part in ("weight", "bias")}
    assert iteration.missing == wanted | {"scale": UNDEFINED, "chosen": CUT_OFF}
    assert set(iteration.missing.values()) == set(MISSING)


def test_they_are_those_that_plain_pytorch_leaves_without(iteration: Iteration) -> None:
    torch.manual_seed(0)
    model = Branched()
    F.cross_entropy(model(torch.tensor(X)), torch.tensor(LABELS)).backward()
    assert set(iteration.missing) == {name for name, p in model.named_parameters() if p.grad is None}
    assert set(iteration.missing) == {name for name, values in iteration.gradients.items() if values is None}


def test_a_gradient_left_from_before_is_not_missing() -> None:
    model = Branched()
    model.asked.weight.grad = torch.ones(64, 64)
    found = recorded(model, zero_grad=LEFT_OUT)
    assert "asked.weight" not in found.missing
    assert found.missing["asked.bias"] == UNUSED


def test_none_is_missing_where_all_have_one() -> None:
    assert recorded(nn.Sequential(nn.Flatten(), nn.Linear(64, 2))).missing == {}

"""Each schedule is PyTorch's, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import optim
from torch.optim import lr_scheduler

from lenet.train.schedule import PARTS, SCHEDULES, WARM_UP

Make = Callable[[optim.Optimizer, int, float], lr_scheduler.LRScheduler]
THEIRS: dict[str, Make] = {
    "constant": lambda optimizer, n, lr: lr_scheduler.ConstantLR(optimizer, 1.0),
    "one_cycle": lambda optimizer, n, lr: lr_scheduler.OneCycleLR(optimizer, lr, n, pct_start=WARM_UP),
    "cosine": lambda optimizer, n, lr: lr_scheduler.CosineAnnealingLR(optimizer, n),
    "step": lambda optimizer, n, lr: lr_scheduler.StepLR(optimizer, -(-n // PARTS)),
}


@pytest.mark.parametrize("name", list(SCHEDULES))
@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 10, 33, 313])
@pytest.mark.parametrize("lr", [0.0, 0.004, 2.0])
def test_it_is_pytorchs(name: str, n: int, lr: float) -> None:
    optimizer = optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
    theirs = THEIRS[name](optimizer, n, lr)
    for k in range(n):
        assert SCHEDULES[name](k, n, lr) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9, abs=1e-15)
        optimizer.step()
        if k + 1 < n:
            theirs.step()


def test_one_cycle_can_have_five_steps() -> None:
    """PyTorch's divides by zero where the rise has just one step."""
    assert SCHEDULES["one_cycle"](0, 5, 1.0) == 1.0
    assert SCHEDULES["one_cycle"](4, 5, 1.0) == pytest.approx(4e-6)

"""An update worked out number by number is what PyTorch did."""

from __future__ import annotations

import numpy as np
import pytest

from lenet import models, update_table, updates
from lenet.iteration import Setup, record


@pytest.mark.parametrize("optimizer", list(updates.OPTIMIZERS))
def test_the_table_of_an_update_is_worked_out_as_pytorch_did(optimizer: str) -> None:
    model = models.build("LeNet5", 0)
    inputs = np.random.default_rng(1).random((1, 1, 32, 32)).astype(np.float32)
    setup = Setup("mse", "count", optimizer=optimizer, lr=0.01)
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

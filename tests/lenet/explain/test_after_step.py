"""Activations after the step are those of PyTorch with the updated parameters."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lenet.explain import after_step
from lenet.networks import models
from lenet.networks.kinds import SOFTMAX
from lenet.record.iteration import Setup
from lenet.record.recorder import record
from tests.lenet.recordings import Cut, recorded, recorded_failure


@pytest.mark.parametrize("name", sorted(models.MODELS))
def test_the_pass_after_the_step_is_that_of_the_updated_network(name: str) -> None:
    model = models.build(name, 0)
    side = models.input_size(model)
    inputs = np.random.default_rng(0).random((3, 1, side, side), np.float32)
    labels = np.array([1, 4, 7])
    done = record(model, inputs, labels, Setup(lr=0.1))
    found = after_step.passed(done, model, 2)
    assert found is not None
    ours = copy.deepcopy(model)
    loss = F.cross_entropy(ours(torch.from_numpy(inputs)), torch.from_numpy(labels))
    loss.backward()
    with torch.no_grad():
        for p in ours.parameters():
            p -= 0.1 * p.grad
        seen: dict[str, torch.Tensor] = {}
        for path, module in ours.named_modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.register_forward_hook(lambda _, __, out, path=path: seen.update({path: out}))
        logits = ours(torch.from_numpy(inputs))
    for path, out in seen.items():
        np.testing.assert_allclose(found.outputs[path], out[2].numpy(), atol=1e-5)
    np.testing.assert_allclose(found.probabilities, torch.softmax(logits, -1)[2].numpy(), atol=1e-6)
    assert done.outcome_after is not None
    assert np.array_equal(found.outputs[SOFTMAX], done.outcome_after.probabilities[2])


def test_the_network_is_not_changed() -> None:
    model = models.build("LeNet5", 0)
    before = copy.deepcopy(model.state_dict())
    after_step.passed(recorded(), model)
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


class Random(nn.Module):
    """Network that draws random numbers in each pass."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 10)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.dropout(self.fc(x.flatten(1)))
        return out


def test_a_pass_that_gives_other_numbers_is_not_shown() -> None:
    model = Random().train()
    inputs = np.random.default_rng(0).random((2, 1, 2, 2), np.float32)
    done = record(model, inputs, np.array([0, 1]), Setup())
    assert done.outcome_after is not None
    torch.manual_seed(12345)
    assert after_step.passed(done, model) is None
    drawn = torch.rand(3)
    torch.manual_seed(12345)
    assert torch.equal(drawn, torch.rand(3)), "nobody else's random numbers are used up"


def test_without_a_step_there_is_none() -> None:
    done = recorded_failure()
    assert done.failure is not None
    assert after_step.passed(done, Cut()) is None

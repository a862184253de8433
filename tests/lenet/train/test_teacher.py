"""Tests of training towards another network's answers."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from lenet.networks import checkpoint
from lenet.train import run
from lenet.train.data import Data
from lenet.train.events import Finished, Step
from lenet.train.settings import Training
from lenet.train.teacher import SHARE, TEMPERATURE, Teacher
from tests.lenet.train.small_runs import few

CPU = torch.device("cpu")


@pytest.mark.parametrize(("size", "network"), [(28, "DigitCNN"), (32, "DigitCNN"), (28, "LeNet5")])
def test_the_loss_is_mixed_with_the_divergence_from_the_teachers_probabilities(size: int, network: str) -> None:
    random = torch.Generator().manual_seed(1)
    digits = F.pad(torch.rand(5, 1, 20, 20, generator=random), [4] * 4)
    output = torch.randn(5, 10, generator=random, requires_grad=True)
    inputs = F.pad(digits, [(size - 28) // 2] * 4)
    own = F.pad(digits, [(28 if network == "DigitCNN" else 32) // 2 - 14] * 4)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        logits = checkpoint.load(network)(own).float()
    loss = F.cross_entropy(output, torch.arange(5))
    mixed = Teacher(network, CPU).mixed(loss, output, inputs)
    probabilities = (logits / TEMPERATURE).softmax(1)
    divergence = (probabilities * (probabilities.log() - (output / TEMPERATURE).log_softmax(1))).sum(1).mean()
    assert mixed.item() == pytest.approx(((1 - SHARE) * loss + SHARE * TEMPERATURE**2 * divergence).item(), rel=1e-5)
    # Both parts of the gradient are of one size: (softmax - target) by the temperature, times its square.
    (gradient,) = torch.autograd.grad(mixed, output)
    labels = (output.softmax(1) - F.one_hot(torch.arange(5), 10)) / 5
    soft = TEMPERATURE * ((output / TEMPERATURE).softmax(1) - probabilities) / 5
    torch.testing.assert_close(gradient, (1 - SHARE) * labels + SHARE * soft, rtol=1e-4, atol=1e-6)


def test_a_training_with_a_teacher_has_the_mixed_loss() -> None:
    settings = Training(network="LightNet", digits=64, hold_out=0, batch=32, epochs=1, teacher="DigitCNN", max_steps=1)
    images = few()
    events = list(run.train(settings, digits=images))
    first = next(event for event in events if isinstance(event, Step))
    model = settings.model().train()
    batch = Data(settings, 32, CPU, digits=images).batch(1)
    output = model(batch.inputs)
    loss = F.cross_entropy(output, batch.labels)
    assert first.loss == pytest.approx(Teacher("DigitCNN", CPU).mixed(loss, output, batch.inputs).item(), rel=1e-5)
    assert isinstance(events[-1], Finished)

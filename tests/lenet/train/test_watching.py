"""A view shows what is in the network, and leaves the network alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.networks.models import MODELS, build
from lenet.train import run, watching
from lenet.train.events import Watch
from lenet.train.watching import Watcher
from tests.lenet.train.small_runs import SMALL, few


def test_its_numbers_are_those_of_the_step() -> None:
    model = SMALL.model()
    digit = np.random.default_rng(0).random((1, 32, 32), np.float32)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    seen = 0
    for event in run.train(replace(SMALL, max_steps=3), model=model, watch=Watcher(0, digit), digits=few()):
        if not isinstance(event, Watch):
            continue
        seen += 1
        assert [layer.name for layer in event.layers] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
        for layer in event.layers:
            module = model.get_submodule(layer.name)
            own = dict(module.named_parameters())
            grad = torch.cat([value.grad.ravel() for value in own.values() if value.grad is not None])
            old = torch.cat([before[f"{layer.name}.{name}"].ravel() for name in own])
            new = torch.cat([value.detach().ravel() for value in own.values()])
            assert layer.gradient == pytest.approx(float(grad.norm()), rel=1e-5)
            assert layer.update == pytest.approx(float((new - old).norm()), rel=1e-4)
            assert layer.weight == pytest.approx(float(new.norm()), rel=1e-5)
        assert event.kernels is not None
        assert (event.kernels.name, event.kernels.shape) == ("conv1", (6, 1, 5, 5))
        assert event.kernels.values == pytest.approx(model.get_parameter("conv1.weight").flatten().tolist(), rel=1e-4)
        with torch.no_grad():
            assert event.probabilities == pytest.approx(
                model(torch.from_numpy(digit)[None])[0].softmax(0).tolist(), rel=1e-5
            )
        before = {name: value.detach().clone() for name, value in model.named_parameters()}
    assert seen == 3


@pytest.mark.parametrize("name", list(MODELS))
def test_dead_relus_are_counted(name: str) -> None:
    model = build(name, 0)
    digits = torch.rand(8, 1, model.input_size, model.input_size)  # type: ignore[arg-type]
    with torch.no_grad():
        model.get_parameter("conv1.bias")[0] = -100.0
        model.get_parameter("fc1.bias")[:10] = -100.0
    found = watching.dead_shares(model, digits)
    layers = [layer for layer, module in model.named_modules() if isinstance(module, torch.nn.Conv2d | torch.nn.Linear)]
    assert list(found) == layers[:-1]
    first = F.relu(model.conv1(digits)).amax((0, 2, 3))  # type: ignore[operator]
    assert found["conv1"] == pytest.approx(float((first == 0).float().mean()))
    assert found["conv1"] >= 1 / len(first)
    assert found["fc1"] >= 10 / len(model.get_parameter("fc1.bias"))


def test_the_network_stays_in_its_mode_and_without_gradients() -> None:
    model = build("LeNet5", 0).train()
    seen = Watcher(0, np.zeros((1, 32, 32), np.float32)).look(model, None, torch.zeros(2, 1, 32, 32), 0, 0.0)
    assert model.training
    assert all(value.grad is None for value in model.parameters())
    assert {(layer.gradient, layer.update) for layer in seen.layers} == {(None, None)}


def test_views_are_not_taken_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(watching.time, "monotonic", lambda: now)
    watcher, model = Watcher(0.1), build("LeNet5", 0)
    assert watcher.due()
    watcher.look(model, None, torch.zeros(2, 1, 32, 32), 0, 0.0)
    assert not watcher.due()
    now += 0.11
    assert watcher.due()


def test_the_digit_may_come_and_go() -> None:
    watcher = Watcher(0)
    seen = []
    for event in run.train(replace(SMALL, max_steps=3), watch=watcher, digits=few()):
        if isinstance(event, Watch):
            seen.append(event.probabilities is not None)
            watcher.digit = np.zeros((1, 32, 32), np.float32) if event.step == 1 else None
    assert seen == [False, True, False]

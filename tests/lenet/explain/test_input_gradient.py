"""The gradient at the input is the one that plain PyTorch leaves in `x.grad`."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.explain import input_gradient
from lenet.networks import models
from lenet.networks.ablation import Channel, ablated
from lenet.record import recorder
from lenet.record.iteration import Iteration, Setup
from lenet.record.losses import LOSSES
from tests.lenet.plain_losses import PLAIN

COUNT = 2


def made(name: str) -> tuple[nn.Module, np.ndarray]:
    model = models.build(name, 3).eval()
    side = models.input_size(model)
    return model, np.random.default_rng(0).random((COUNT, 1, side, side), np.float32)


def record(model: nn.Module, inputs: np.ndarray, setup: Setup = Setup(), start: Iteration | None = None) -> Iteration:
    return recorder.record(model, inputs, np.arange(COUNT), setup, start and start.after)


def plain(model: nn.Module, inputs: np.ndarray, setup: Setup, target: np.ndarray | None) -> Tensor:
    """`x.grad` of an ordinary pass."""
    x = torch.from_numpy(inputs.copy()).requires_grad_()
    out, wanted = model(x), torch.from_numpy(np.array(target))
    PLAIN[setup.loss](out, wanted).backward()
    assert x.grad is not None
    return x.grad


@pytest.mark.parametrize("name", list(models.MODELS))
@pytest.mark.parametrize(("loss", "target"), [(loss, target) for loss in LOSSES for target in LOSSES[loss].targets])
@pytest.mark.parametrize("off", [(), (Channel("conv1", 1), Channel("conv2", 0))])
def test_it_is_bit_equal_to_plain_pytorch(name: str, loss: str, target: str, off: tuple[Channel, ...]) -> None:
    model, inputs = made(name)
    model, setup = ablated(model, off), Setup(loss, target, 5)
    done = record(model, inputs, setup)
    found = input_gradient.of(model, done)
    wanted = plain(copy.deepcopy(model), inputs, setup, done.target)
    assert found.shape == inputs.shape
    assert found.any()
    assert torch.equal(torch.from_numpy(found.copy()), wanted)


def test_it_is_of_the_step_on_show() -> None:
    """After a step, of the new parameters, with which the model itself does not come."""
    model, inputs = made("LeNet5")
    setup = Setup(optimizer="AdamW", lr=0.01)
    first = record(model, inputs, setup)
    second = record(model, inputs, setup, first)
    own = copy.deepcopy(model)
    assert first.after is not None
    recorder.load_state(own, first.after)
    found = input_gradient.of(model, second)
    assert torch.equal(torch.from_numpy(found.copy()), plain(own, inputs, setup, second.target))
    assert not np.array_equal(found, input_gradient.of(model, first))


def test_it_is_what_the_recorded_gradient_at_the_first_layer_leads_to() -> None:
    model, inputs = made("LeNet5")
    done = record(model, inputs)
    arrived, weight = done.gradient_of("conv1"), done.before.parameters["conv1.weight"]
    assert arrived is not None
    assert arrived.array is not None
    assert weight.array is not None
    layer = model.get_submodule("conv1")
    assert isinstance(layer, nn.Conv2d)
    wanted = torch.nn.grad.conv2d_input(
        inputs.shape,
        torch.from_numpy(weight.array.copy()),
        torch.from_numpy(arrived.array.copy()),
        layer.stride,  # type: ignore[arg-type]
        layer.padding,  # type: ignore[arg-type]
    )
    np.testing.assert_allclose(input_gradient.of(model, done), wanted.numpy(), rtol=1e-4, atol=1e-8)


def test_nothing_is_changed() -> None:
    model, inputs = made("LightNet")
    done = record(model, inputs)
    before, generator = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    with torch.no_grad():
        input_gradient.of(model, done)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(torch.get_rng_state(), generator)


class Blind(nn.Module):
    """Gives logits that do not depend on the input."""

    def __init__(self) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(10))

    def forward(self, x: Tensor) -> Tensor:
        return self.bias.expand(len(x), 10)


def noisy() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Dropout(), nn.Linear(64, 10)).train()


@pytest.mark.parametrize(
    ("model", "words"), [(Blind(), "does not depend on the input"), (noisy(), "each time it runs")]
)
def test_what_has_none_says_so(model: nn.Module, words: str) -> None:
    inputs = np.ones((COUNT, 1, 8, 8), np.float32)
    with pytest.raises(InputError, match=words):
        input_gradient.of(model, record(model, inputs))


def test_an_iteration_without_a_loss_or_without_numbers_says_so() -> None:
    model, inputs = made("LeNet5")
    done = record(model, np.ones((COUNT, 1, 5, 5), np.float32))
    assert done.failure is not None
    with pytest.raises(InputError, match="ended before its loss"):
        input_gradient.of(model, done)
    with pytest.raises(InputError, match="too large"):
        input_gradient.of(model, recorder.record(model, inputs, np.arange(COUNT), Setup(), keep=100))

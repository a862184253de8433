"""A private copy is what deepcopy gives, and shares nothing that is written to."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lenet.networks import models, resnet
from lenet.record.model_copy import private_copy
from tests.lenet.record import odd_models


class Odd(nn.Module):
    """State that modules have besides parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(2, 2)
        self.same = self.one
        self.other = nn.Linear(2, 2)
        self.other.weight = self.one.weight
        self.listed = [self.one, {"other": self.other}]
        self.empty = nn.Sequential()
        self.missing: nn.Module | None
        self.register_module("missing", None)
        self.register_parameter("nothing", None)
        self.register_buffer("kept", torch.ones(2))
        self.register_buffer("passing", torch.zeros(2), persistent=False)
        self.constant = torch.full((2,), 3.0)
        self.method = self.double
        self.sizes = (1, (2, [3]))

    def double(self, x: Tensor) -> Tensor:
        return self.one(x) * 2

    def forward(self, x: Tensor) -> Tensor:
        return self.method(x) + self.constant


class Weighing(nn.Module):
    """Says itself how it is copied, as its heirs do."""

    def __init__(self) -> None:
        super().__init__()
        self.cache: Any = object()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "cache": "empty"}


class Heir(Weighing):
    """Inherits how it is copied."""


class Long(nn.Module):
    """A module that is false."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1, 1)

    def __len__(self) -> int:
        return 0


def memory(model: nn.Module) -> set[int]:
    return {t.data_ptr() for t in [*model.parameters(), *model.buffers()] if t.numel()}


MODELS = [
    models.LeNet5(),
    models.DigitCNN().eval(),
    odd_models.Normed(),
    odd_models.Tied(),
    frozen := models.LightNet(),
    nn.Sequential(nn.ModuleList([nn.Linear(1, 2)]), nn.ParameterList([torch.ones(3)]), nn.ModuleDict({"a": Long()})),
    nn.utils.parametrizations.weight_norm(nn.Linear(3, 3)),
    Odd(),
]
frozen.conv1.weight.requires_grad_(False)


@pytest.mark.parametrize("model", [*MODELS, resnet.resnet18(0)], ids=lambda model: type(model).__name__)
def test_like_deepcopy(model: nn.Module) -> None:
    made, wanted = private_copy(model), copy.deepcopy(model)
    assert repr(made) == repr(wanted)
    assert type(made) is type(wanted)
    assert [name for name, _ in made.named_modules()] == [name for name, _ in wanted.named_modules()]
    assert made.state_dict().keys() == wanted.state_dict().keys()
    for name, tensor in wanted.state_dict().items():
        assert torch.equal(made.state_dict()[name], tensor)
    for (name, p), (other, q) in zip(made.named_parameters(), wanted.named_parameters(), strict=True):
        assert (name, p.requires_grad, type(p), p.is_leaf) == (other, q.requires_grad, type(q), True)
    assert [m.training for m in made.modules()] == [m.training for m in wanted.modules()]
    assert memory(made).isdisjoint(memory(model))
    assert not {id(m) for m in made.modules()} & {id(m) for m in model.modules()}
    with torch.no_grad():
        for p in made.parameters():
            p.add_(1)
    for name, tensor in wanted.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor)


def test_what_was_one_object_stays_one() -> None:
    model = Odd()
    made = private_copy(model)
    assert made.same is made.one is made.listed[0]
    assert made.other is made.listed[1]["other"]
    assert made.other.weight is made.one.weight is not model.one.weight
    assert made.method.__self__ is made
    assert made.constant.data_ptr() != model.constant.data_ptr()
    x = torch.ones(1, 2)
    assert torch.equal(made(x), model(x))
    with torch.no_grad():
        made.one.weight.zero_()
    assert not torch.equal(made(x), model(x))


def test_a_class_that_says_how_it_is_copied_is_asked() -> None:
    for kind in (Weighing, Heir):
        assert private_copy(nn.Sequential(kind()))[0].cache == "empty"


def test_gradients_come_along() -> None:
    for model in (nn.Linear(1, 1), nn.utils.parametrizations.weight_norm(nn.Linear(1, 1))):
        model(torch.ones(1, 1)).sum().backward()
        for p, mine in zip(model.parameters(), private_copy(model).parameters(), strict=True):
            assert torch.equal(p.grad, mine.grad)
            assert p.grad.data_ptr() != mine.grad.data_ptr()


def test_hooks_of_parameters_come_along_and_stay_apart() -> None:
    model = nn.Linear(1, 1)
    seen: list[float] = []
    model.weight.register_hook(lambda gradient: 2 * gradient)
    model.bias.register_post_accumulate_grad_hook(lambda p: seen.append(float(p.grad)))
    made = private_copy(model)
    made(torch.ones(1, 1)).sum().backward()
    assert made.weight.grad.tolist() == [[2.0]]
    assert seen == [1.0]
    assert model.weight.grad is None
    assert len(model.weight._backward_hooks) == 1


def test_gradients_come_along_wherever_a_parameter_is_met_first() -> None:
    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    model[0].peers = [model[1]]  # copied before its turn
    model(torch.ones(1, 1)).sum().backward()
    for p, mine in zip(model.parameters(), private_copy(model).parameters(), strict=True):
        assert torch.equal(p.grad, mine.grad)


def test_what_was_kept_of_a_pass_is_copied_without_its_graph() -> None:
    model = nn.Linear(1, 1)
    out = model(torch.ones(1, 1))
    model.kept = {"outputs": [out, (out, None)]}
    made = private_copy(model)
    assert made.kept["outputs"][0].grad_fn.name() == "CloneBackward0"
    assert made.kept["outputs"][0] is made.kept["outputs"][1][0]
    assert torch.equal(made.kept["outputs"][0], out)

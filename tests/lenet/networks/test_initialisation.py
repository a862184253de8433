"""Initialisations are those of `torch.nn.init`, and their formulas give the bounds of the weights."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from lenet.networks import initialisation, models
from lenet.networks.initialisation import ACTIVATIONS, LAYERS, SCHEMES, Plain


def run(code: str, model: nn.Module | None = None) -> nn.Module:
    """The network that lines of PyTorch make, or change."""
    names = {"torch": torch, "nn": nn, "math": math, "model": model}
    exec(code, names)
    found = names["model"]
    assert isinstance(found, nn.Module)
    return found


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_lines_give_the_same_weights(scheme: str, activation: str) -> None:
    for layer, factor in (("linear", 1.0), ("conv", 0.5)):
        model = Plain(layer, 4, activation)
        initialisation.initialize(model, scheme, activation, factor, 7)
        made = run(initialisation.plain_code(layer, 4, activation))
        assert [tuple(p.shape) for p in made.parameters()] == [tuple(p.shape) for p in model.parameters()]
        run(initialisation.code(scheme, activation, factor, 7), made)
        for mine, theirs in zip(model.parameters(), made.parameters(), strict=True):
            assert torch.equal(mine, theirs)
        x = torch.rand(2, 1, 28, 28)
        assert torch.equal(model(x), made(x))


def test_the_default_is_pytorchs_own() -> None:
    model = models.build("LeNet5")
    initialisation.initialize(model, "default", "relu", 1.0, 3)
    for mine, theirs in zip(model.parameters(), models.build("LeNet5", 3).parameters(), strict=True):
        assert torch.equal(mine, theirs)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_formulas_are_those_of_the_weights(scheme: str, activation: str, layer: str) -> None:
    model = Plain(layer, 3, activation)
    for factor in (1.0, 2.0):
        initialisation.initialize(model, scheme, activation, factor, 0)
        for one in initialisation.weighted(model).values():
            found = initialisation.formula(one.weight, scheme, activation, factor)
            fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(one.weight)
            assert (found.fan_in, found.fan_out) == (fan_in, fan_out)
            assert float(one.weight.detach().std()) == pytest.approx(found.std, rel=0.25)
            if found.bound is not None:
                assert float(one.weight.detach().abs().max()) <= found.bound * (1 + 1e-6)
                assert float(one.weight.detach().abs().max()) > found.bound * 0.9
            if scheme == "default":
                assert found.bound == pytest.approx(factor / math.sqrt(fan_in))
                assert one.bias is not None
                assert one.bias.any()
            else:
                assert not one.bias.any()


@pytest.mark.parametrize("depth", [2, 40])
@pytest.mark.parametrize("layer", LAYERS)
def test_a_plain_stack_has_the_depth(layer: str, depth: int) -> None:
    model = Plain(layer, depth, "tanh")
    assert len(initialisation.weighted(model)) == depth
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 10)
    assert sum(isinstance(one, nn.Tanh) for one in model) == depth - 1


@pytest.mark.parametrize("depth", [1, 41])
def test_another_depth_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match=str(depth)):
        Plain("linear", depth, "relu")

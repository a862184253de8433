"""The networks are those of the notes."""

from __future__ import annotations

import pytest
import torch

from lenet.errors import InputError
from lenet.networks.models import MODELS, LightNet, build, initial_bound


@pytest.mark.parametrize(
    ("name", "parameters", "size"), [("LeNet5", 61_706, 32), ("LightNet", 81_194, 32), ("DigitCNN", 123_222, 28)]
)
def test_parameter_counts_and_shapes_of_the_notes(name: str, parameters: int, size: int) -> None:
    model = build(name)
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert model.input_size == size
    for batch in (1, 7):
        assert model(torch.zeros(batch, 1, size, size)).shape == (batch, 10)


def test_lightnet_takes_other_channels_and_sizes() -> None:
    assert LightNet(channels=3, size=64)(torch.zeros(2, 3, 64, 64)).shape == (2, 10)


@pytest.mark.parametrize("name", list(MODELS))
def test_a_seed_gives_the_numbers_of_pytorchs_own_initialisation(name: str) -> None:
    state = torch.random.get_rng_state()
    try:
        torch.manual_seed(5)
        expected = MODELS[name]().state_dict()
    finally:
        torch.random.set_rng_state(state)
    actual = build(name, seed=5).state_dict()
    assert list(actual) == list(expected)
    for key in expected:
        assert torch.equal(actual[key], expected[key]), key


def test_initial_bound_is_one_over_the_root_of_fan_in() -> None:
    model = build("LeNet5", seed=1)
    assert initial_bound(model.conv2) == pytest.approx((6 * 5 * 5) ** -0.5)
    assert model.conv2.weight.abs().max() <= initial_bound(model.conv2)
    assert model.conv2.weight.abs().max() > 0.99 * initial_bound(model.conv2)


def test_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match="LeNet5, LightNet, DigitCNN"):
        build("AlexNet")

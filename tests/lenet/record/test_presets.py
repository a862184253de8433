"""The notes' iterations."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
import torch

from lenet.errors import InputError
from lenet.networks import checkpoint, models
from lenet.record.iteration import record
from lenet.record.losses import LOSSES
from lenet.record.presets import PRESETS, Preset


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_can_be_recorded(name: str) -> None:
    preset = PRESETS[name]
    model = preset.network()
    inputs = preset.batch(models.input_size(model))
    recorded = record(model, inputs.inputs, inputs.labels, preset.setup)
    assert recorded.failure is None
    assert recorded.model == preset.model
    assert recorded.outcome_before is not None
    assert recorded.outcome_after is not None
    assert recorded.outcome_after.loss < recorded.outcome_before.loss
    assert preset.setup.target in LOSSES[preset.setup.loss].targets
    assert all(values is None for values in recorded.cleared.values())


def test_they_are_the_notes() -> None:
    assert {
        name: (p.model, p.setup.loss, p.setup.target, p.setup.optimizer, p.setup.lr) for name, p in PRESETS.items()
    } == {
        "net-5x5": ("LeNet5", "mse", "count", "Adam", 0.01),
        "net-3x3": ("LightNet", "mse", "random", "SGD", 0.01),
        "net-3x3-by-hand": ("LightNet", "mse", "random", "by-hand", 0.01),
        "mnist-cnn": ("DigitCNN", "cross_entropy", "label", "Adam", 0.0002),
    }
    assert PRESETS["net-5x5"].batch(32).inputs.shape == (1, 1, 32, 32)
    assert PRESETS["mnist-cnn"].batch(28).inputs.shape == (8, 1, 28, 28)
    with pytest.raises(FrozenInstanceError):
        PRESETS["net-5x5"].model = "LightNet"  # type: ignore[misc]


def test_the_hand_written_update_is_sgd() -> None:
    by_hand, sgd = (
        record(p.network(), p.batch(32).inputs, None, p.setup) for p in (PRESETS["net-3x3-by-hand"], PRESETS["net-3x3"])
    )
    assert by_hand.after is not None
    assert sgd.after is not None
    for name, values in sgd.after.parameters.items():
        np.testing.assert_allclose(by_hand.after.parameters[name].array, values.array, rtol=0, atol=1e-7)


def test_the_weights_are_random_or_shipped() -> None:
    def weight(preset: Preset) -> torch.Tensor:
        return preset.network().get_parameter("fc1.weight")

    assert torch.equal(weight(Preset("LightNet")), checkpoint.load("LightNet").get_parameter("fc1.weight"))
    assert torch.equal(weight(Preset(weights_seed=3)), models.build("LeNet5", 3).get_parameter("fc1.weight"))
    assert not Preset().network().training
    assert not Preset(weights_seed=3).network().training
    with pytest.raises(InputError, match="no network named"):
        Preset("AlexNet").network()

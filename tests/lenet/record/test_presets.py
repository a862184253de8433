"""The notes' iterations."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from lenet.networks import models
from lenet.record.experiment import run
from lenet.record.losses import LOSSES
from lenet.record.presets import PRESETS


@pytest.mark.parametrize("name", list(PRESETS))
def test_a_preset_can_be_recorded(name: str) -> None:
    preset = PRESETS[name]
    model = preset.model()
    recorded = run(preset, model, preset.batch(models.input_size(model))).iteration
    assert recorded.failure is None
    assert recorded.model == preset.network
    assert recorded.outcome_before is not None
    assert recorded.outcome_after is not None
    assert recorded.outcome_after.loss < recorded.outcome_before.loss
    assert preset.setup.target in LOSSES[preset.setup.loss].targets
    assert all(values is None for values in recorded.cleared.values())


def test_they_are_the_notes() -> None:
    assert {
        name: (p.network, p.setup.loss, p.setup.target, p.setup.optimizer, p.setup.lr) for name, p in PRESETS.items()
    } == {
        "net-5x5": ("LeNet5", "mse", "count", "Adam", 0.01),
        "net-3x3": ("LightNet", "mse", "random", "SGD", 0.01),
        "net-3x3-by-hand": ("LightNet", "mse", "random", "by-hand", 0.01),
        "mnist-cnn": ("DigitCNN", "cross_entropy", "label", "Adam", 0.0002),
    }
    assert PRESETS["net-5x5"].batch(32).inputs.shape == (1, 1, 32, 32)
    assert PRESETS["mnist-cnn"].batch(28).inputs.shape == (8, 1, 28, 28)
    with pytest.raises(FrozenInstanceError):
        PRESETS["net-5x5"].network = "LightNet"  # type: ignore[misc]


def test_the_hand_written_update_is_sgd() -> None:
    by_hand, sgd = (run(p, p.model(), p.batch(32)).iteration for p in (PRESETS["net-3x3-by-hand"], PRESETS["net-3x3"]))
    assert by_hand.after is not None
    assert sgd.after is not None
    for name, values in sgd.after.parameters.items():
        np.testing.assert_allclose(by_hand.after.parameters[name].array, values.array, rtol=0, atol=1e-7)

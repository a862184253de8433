"""Ready-made settings of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lenet.networks.models import MODELS
from lenet.record.experiment import SHIPPED, Weights
from lenet.train.settings import TRAINING_DIGITS, Training

FAST: Final = "fast"
NOTES: Final = "notes"

_RECIPE: Final = Training(
    optimizer="AdamW",
    lr=4e-3,
    weight_decay=1e-3,
    batch=192,
    digits=TRAINING_DIGITS,
    hold_out=0,
    augment=True,
    handwriting=30_000,
    handwritten=80,
    smoothing=0.02,
    epochs=20,
)

RECIPES: Final[Mapping[str, Training]] = {name: replace(_RECIPE, network=name) for name in MODELS} | {
    "LeNet5": replace(_RECIPE, network="LeNet5", epochs=40),
    "LightNet": replace(_RECIPE, network="LightNet", epochs=30),
    "DigitCNN": replace(_RECIPE, network="DigitCNN", epochs=14, lr=3e-3, bfloat16=True),
}
"""Recipes of the shipped weights by network; a network without one of its own gets a common one."""


def recipe(network: str) -> Training:
    """Recipe for a network."""
    return RECIPES.get(network) or replace(_RECIPE, network=network)


PRESETS: Final[Mapping[str, Training]] = {
    FAST: Training(network="LeNet5", loss="label_smoothing", lr=1.4e-2, batch=64, epochs=1, digits=36_000),
    NOTES: Training(network="DigitCNN", optimizer="Adam", lr=2e-4, schedule="constant", batch=256, epochs=10),
    **RECIPES,
}
"""The presets: 98.5 % in seconds, the exercise of the notes, and the recipe of each network's shipped weights."""


def fine_tune(network: str, drawings: str) -> Training:
    """A few seconds of training of the shipped weights, on a visitor's own drawings mixed with MNIST's digits.

    Args:
        network: one of `models.MODELS`.
        drawings: SHA-256 of the file with the drawings.
    """
    return Training(
        network=network,
        weights=Weights(SHIPPED),
        lr=5e-4,
        batch=48,
        epochs=1,
        digits=4_800,
        augment=True,
        own=16,
        drawings=drawings,
    )

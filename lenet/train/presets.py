"""Ready-made settings of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from lenet.networks.models import MODELS
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
    "LeNet5": replace(_RECIPE, network="LeNet5", epochs=50),
    "LightNet": replace(_RECIPE, network="LightNet", epochs=30),
    "DigitCNN": replace(_RECIPE, network="DigitCNN", epochs=12, lr=3e-3, bfloat16=True),
}
"""Recipes of the shipped weights by network; a network without one of its own gets a common one."""

PRESETS: Final[Mapping[str, Training]] = {
    FAST: Training(network="LeNet5", optimizer="Adam", lr=5e-3, batch=128, epochs=2),
    NOTES: Training(network="DigitCNN", optimizer="Adam", lr=2e-4, schedule="constant", batch=256, epochs=10),
    **RECIPES,
}
"""The presets: 98.5 % in seconds, the exercise of the notes, and the recipe of each network's shipped weights."""

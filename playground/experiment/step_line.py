"""Line that states which step is shown, the same on every page with a recording."""

from __future__ import annotations

from typing import Final

from lenet.record.iteration import Setup
from lenet.record.losses import LOSSES
from playground.experiment.recording import Recording
from playground.number_words import number
from playground.text import text

TEXT: Final = text("step")


def loss_name(setup: Setup) -> str:
    """Name of the number that the forward pass ends with."""
    return TEXT[f"name-of-{LOSSES[setup.loss].root}"]


def step_line(made: Recording) -> str:
    """Line such as `Step 3: loss 0.12 → 0.08`, as Markdown."""
    losses = " → ".join(f"**{number(value, 5)}**" for value in made.losses[-2:])
    return TEXT["step-number"].format(step=made.steps, name=loss_name(made.setup), losses=losses)

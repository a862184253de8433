"""Which step is shown, in words: the same line on every page that looks at a recording."""

from __future__ import annotations

from typing import Final

from lenet.record.iteration import Setup
from lenet.record.losses import LOSSES
from playground.experiment.recording import Recording
from playground.number_words import number
from playground.text import text

TEXT: Final = text("step")


def loss_name(setup: Setup) -> str:
    """Name of the number at the end of forward."""
    return TEXT[f"name-of-{LOSSES[setup.loss].root}"]


def step_line(made: Recording) -> str:
    """`Step 3: loss 0.12 → 0.08`, as Markdown."""
    losses = " → ".join(f"**{number(value, 5)}**" for value in made.losses[-2:])
    return TEXT["step-number"].format(taken=made.steps, name=loss_name(made.setup), losses=losses)

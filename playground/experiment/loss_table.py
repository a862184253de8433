"""Computation of a loss for one digit, class by class, in words and numbers."""

from __future__ import annotations

from typing import Any, Final

from numpy.typing import NDArray

from lenet.record.iteration import Iteration, Outcome
from lenet.record.losses import LOSSES
from playground.number_words import number
from playground.text import text

TEXT: Final = text("step")


def sentence(iteration: Iteration, outcome: Outcome, digit: int) -> str:
    """Markdown, how the loss of the batch is computed."""
    count = len(outcome.logits)
    batch = TEXT["loss-batch"].format(digit=digit, count=count) if count > 1 else ""
    return TEXT[f"loss-{iteration.setup.loss}"].format(loss=number(outcome.loss, 5), batch=batch)


def rows(iteration: Iteration, outcome: Outcome, target: NDArray[Any], digit: int) -> dict[str, list[str]]:
    """Numbers of each class by their name.

    Args:
        iteration: the recorded one.
        outcome: of its forward pass.
        target: of its loss, (N,) or (N, classes).
        digit: index in the batch.
    """
    taken = LOSSES[iteration.setup.loss].explained(outcome.logits, target)
    found = {TEXT["logit"]: _cells(outcome.logits[digit])}
    return found | {TEXT[f"loss-row-{name}"]: _cells(values[digit]) for name, values in taken.rows.items()}


def _cells(values: NDArray[Any]) -> list[str]:
    """Format a row of numbers; a boolean row, which marks classes, as ticks."""
    return [("✓" if value else "") if values.dtype == bool else number(float(value)) for value in values]

"""Sentences on what an address may say of an experiment, and the number of the stop in it."""

from __future__ import annotations

from typing import Final

from lenet.digits import batch
from lenet.record.experiment import CHOICES, LAST_RATE, OLD_NAMES, RANGES, is_number
from playground.number_words import number
from playground.text import text

TEXT: Final = text("address")


def allowed(name: str) -> str:
    """Sentence on the values that an address may have for a name such as `lr`."""
    now = OLD_NAMES.get(name, name)
    if choices := CHOICES.get(now, ()):
        return TEXT["choices"].format(name=name, choices=", ".join(choices))
    low, high = RANGES.get(now, (0, 0))
    values = {"low": low, "high": high, "rate": number(LAST_RATE), "digits": batch.MOST}
    return TEXT.get(now, TEXT["range"]).format(name=name, **values)


def read_stop(text: str) -> int | None:
    """The stop that an address asks for, counted from 1; None where it isn't a number."""
    return int(text) if is_number(text.removeprefix("-")) else None

"""Sentences on the values that an address may have, and the stop in the address."""

from __future__ import annotations

from typing import Final

from lenet.digits import batch
from lenet.record.experiment import CHOICES, OLD_NAMES, RANGES
from lenet.record.query_text import LAST_RATE, is_number
from playground.number_words import number
from playground.text import text

TEXT: Final = text("address")


def allowed(name: str) -> str:
    """Sentence on the allowed values of a query parameter such as `lr`."""
    now = OLD_NAMES.get(name, name)
    if choices := CHOICES.get(now, ()):
        return TEXT["choices"].format(name=name, choices=", ".join(choices))
    low, high = RANGES.get(now, (0, 0))
    values = {"low": low, "high": high, "rate": number(LAST_RATE), "digits": batch.MOST}
    return TEXT.get(now, TEXT["range"]).format(name=name, **values)


def read_stop(text: str) -> int | None:
    """Read a stop, counted from 1, from the address; None if it isn't a number."""
    return int(text) if is_number(text.removeprefix("-")) else None

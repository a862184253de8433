"""Cards with tensors as small pictures: description, shape, norm, minimum and maximum, and the value of any cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lenet.json_values import plain
from lenet.record.arrays import Values
from playground.components import mount
from playground.number_words import grouped
from playground.text import text

TEXT: Final = text("tensor_cards")
MOST: Final = 65_536
"""Largest number of values sent for one tensor; for a larger tensor, only the first slices are sent."""

_mount = mount.component("tensor_cards")


@dataclass(frozen=True)
class Card:
    """Card of one tensor.

    Attributes:
        title: name of the tensor.
        note: description in words.
        values: the tensor's values, None if it was not computed.
    """

    title: str
    note: str = ""
    values: Values | None = None


def tensor_cards(*, key: str, cards: Sequence[Card]) -> None:
    """Show tensors.

    Args:
        key: key of the component.
        cards: cards in the order in which they are shown.
    """
    sent = [_numbers(card.values) for card in cards]
    _mount(
        key=key,
        data={
            "cards": [_describe(card, numbers) for card, numbers in zip(cards, sent, strict=True)],
            "values": b"".join(numbers.tobytes() for numbers in sent),
        },
    )


def _numbers(values: Values | None) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Values that are sent to the browser: all, or of a large tensor the first slices along its first axis."""
    if values is None or values.array is None:
        return np.zeros(0, "<f4")
    array = values.array
    while array.size > MOST:
        slices = MOST * len(array) // array.size
        array = array[:slices] if slices else array[0]
    return np.ascontiguousarray(array, "<f4")


def _describe(card: Card, numbers: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> dict[str, object]:
    values = card.values
    size = 0 if values is None else math.prod(values.shape)
    cut = TEXT["part"].format(count=grouped(numbers.size), all=grouped(size)) if numbers.size < size else ""
    if values is not None and values.cut and values.array is not None and numbers.shape == values.array.shape:
        cut = TEXT["rows"].format(shown=len(numbers), count=grouped(values.shape[0]))
    shown = {
        "title": card.title,
        "note": card.note,
        "count": numbers.size,
        "part": list(numbers.shape),
        "cut": cut,
    }
    if values is None:
        return {**shown, "shape": None}
    summary = values.summary
    return {
        **shown,
        "shape": list(values.shape),
        "dtype": values.dtype,
        "summary": plain([summary.norm, summary.low, summary.high]),
    }

"""Small tensors as tables of their numbers, each cell coloured by its value: a card for each variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.record.arrays import Values
from playground.components import mount

MOST: Final = 8
"""Rows and columns of a table; of a larger tensor, the first."""

_mount = mount.component("number_tables")


@dataclass(frozen=True, eq=False)
class Table:
    """A tensor.

    Attributes:
        label: what it is, `x.grad`.
        values: its numbers, or None where there are none.
        none: says why there are none.
    """

    label: str
    values: Values | None
    none: str = ""


@dataclass(frozen=True, eq=False)
class Card:
    """What belongs together.

    Attributes:
        title: `y`.
        note: the expression that made it.
        facts: short words, `leaf`.
        tables: its numbers.
    """

    title: str
    note: str = ""
    facts: Sequence[str] = ()
    tables: Sequence[Table] = ()


def number_tables(*, key: str, cards: Sequence[Card], legend: bool = True) -> None:
    """Show cards.

    Args:
        key: of the component.
        cards: what to show, in order.
        legend: say below what the colours mean.
    """
    cuts = [[_cut(table.values) for table in card.tables] for card in cards]
    described = [
        {
            "title": card.title,
            "note": card.note,
            "facts": list(card.facts),
            "tables": [
                {
                    "label": table.label,
                    "none": table.none,
                    "shape": None if table.values is None else list(table.values.shape),
                    "rows": cut.shape[0],
                    "columns": cut.shape[1],
                }
                for table, cut in zip(card.tables, own, strict=True)
            ],
        }
        for card, own in zip(cards, cuts, strict=True)
    ]
    numbers = b"".join(cut.tobytes() for own in cuts for cut in own)
    _mount(key=key, data={"cards": described, "numbers": numbers, "legend": legend})


def _cut(values: Values | None) -> NDArray[np.float32]:
    """The numbers that a table shows (rows, columns): a vector is a row, of more axes than two the first matrix."""
    if values is None or values.array is None:
        return np.zeros((0, 0), "<f4")
    array = np.atleast_2d(values.array)
    while array.ndim > 2:
        array = array[0] if len(array) else array.reshape(0, 0)
    return np.ascontiguousarray(array[:MOST, :MOST], "<f4")

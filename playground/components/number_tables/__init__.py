"""Cards with small tensors as tables, each cell coloured by its value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.record.arrays import Values
from playground.components import mount

MOST: Final = 8
"""Largest number of rows and columns of a table; a larger tensor is cut off."""

_mount = mount.component("number_tables")


@dataclass(frozen=True, eq=False)
class Table:
    """Table of one tensor.

    Attributes:
        label: heading, such as `x.grad`.
        values: the tensor's values, None if there are none.
        none: reason why there are no values.
    """

    label: str
    values: Values | None
    none: str = ""


@dataclass(frozen=True, eq=False)
class Card:
    """Card of one variable.

    Attributes:
        title: name of the variable, such as `y`.
        note: expression that computed it.
        facts: short labels, such as `leaf`.
        tables: its tensors, such as the values and the gradient.
    """

    title: str
    note: str = ""
    facts: Sequence[str] = ()
    tables: Sequence[Table] = ()


def number_tables(*, key: str, cards: Sequence[Card], legend: bool = True) -> None:
    """Show cards.

    Args:
        key: key of the component.
        cards: cards in the order in which they are shown.
        legend: True to explain the colours below the cards.
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
    """Values that a table shows (rows, columns): a vector as one row; of more than two axes, the first matrix."""
    if values is None or values.array is None:
        return np.zeros((0, 0), "<f4")
    array = np.atleast_2d(values.array)
    while array.ndim > 2:
        array = array[0] if len(array) else array.reshape(0, 0)
    return np.ascontiguousarray(array[:MOST, :MOST], "<f4")

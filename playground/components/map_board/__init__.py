"""Labelled maps of numbers, of which cells can be marked, read and picked, and the number that they lead to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from lenet.json_values import plain
from playground.components import mount
from playground.components.browser_values import take_pick, taken
from playground.palette import Scale

SIDE: Final = 168
"""Largest width of a map in pixels."""

_mount = mount.component("map_board")


@dataclass(frozen=True)
class Map:
    """Map of numbers.

    Attributes:
        title: name, shown above the map.
        values: the numbers, (H, W).
        reach: value at the end of the colour scale, larger than 0.
        legend: name of the colour scale in the legend; maps with the same name have the same scale.
        scale: colour scale.
        note: shown under the map.
        sign: arithmetic sign before the map, such as "+".
        marks: cells to mark, (H, W) bool, or None.
        veiled: True to make the other cells paler where some are marked.
        picks: "" for a map whose cells can only be read, "move" if the arrow keys pick a cell, "press" if only a
            click or Enter does.
        selected: row and column of the cell that is picked now.
        start: number of the first row and of the first column.
        group: heading of the maps that stand in one frame; "" for none.
    """

    title: str
    values: NDArray[Any]
    reach: float
    legend: str = ""
    scale: Scale = "diverging"
    note: str = ""
    sign: str = ""
    marks: NDArray[np.bool_] | None = None
    veiled: bool = True
    picks: Literal["", "move", "press"] = ""
    selected: tuple[int, int] | None = None
    start: tuple[int, int] = (0, 0)
    group: str = ""


@dataclass(frozen=True)
class Result:
    """Number at which an experiment arrives.

    Attributes:
        number: as shown.
        sentence: says what it is.
    """

    number: str
    sentence: str


def map_board(
    *,
    key: str,
    maps: Sequence[Map],
    result: Result | None = None,
    side: int = SIDE,
    beside: bool = False,
    name: str = "map-board",
    facts: Mapping[str, str] | None = None,
) -> None:
    """Show maps.

    Args:
        key: key of the component.
        maps: the maps; those of a group follow one another.
        result: shown above them.
        side: largest width of a map in pixels.
        beside: True to show the result beside the maps, and smaller.
        name: `data-testid` of the board.
        facts: further `data-` attributes of the board.
    """
    values = [np.ascontiguousarray(one.values, "<f4") for one in maps]
    marks = [np.zeros(0, np.uint8) if one.marks is None else one.marks.astype(np.uint8) for one in maps]
    _mount(
        key=key,
        data={
            "maps": [_describe(one) for one in maps],
            "values": b"".join(one.tobytes() for one in values),
            "marks": b"".join(one.tobytes() for one in marks),
            "result": None if result is None else [result.number, result.sentence],
            "side": side,
            "beside": beside,
            "name": name,
            "facts": dict(facts or {}),
            "taken": taken(key),
        },
        on_picked_change=mount.keep,
    )


def picked_cell(key: str) -> tuple[int, int, int] | None:
    """Return the number of the map, row and column that the visitor has picked since the last call, or None.

    Call this before `map_board`. The values come from a browser: the caller checks that there is such a cell.
    """
    picked = take_pick(key)
    found = picked.get("map"), picked.get("row"), picked.get("column")
    return found if all(type(one) is int and 0 <= one < 2**20 for one in found) else None  # type: ignore[return-value]


def _describe(one: Map) -> dict[str, object]:
    rows, columns = one.values.shape
    return {
        "title": one.title,
        "rows": rows,
        "columns": columns,
        "reach": plain(float(one.reach)),
        "legend": one.legend,
        "scale": one.scale,
        "note": one.note,
        "sign": one.sign,
        "marked": one.marks is not None,
        "veiled": one.veiled,
        "picks": one.picks,
        "selected": one.selected,
        "start": one.start,
        "group": one.group,
    }

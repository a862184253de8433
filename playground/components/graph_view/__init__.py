"""Clickable drawing of a directed graph: boxes and arrows, from the root at the top to the leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lenet.json_values import plain
from lenet.networks.kinds import OTHER
from playground.components import mount
from playground.components.browser_values import take_pick, taken
from playground.components.graph_view import layout
from playground.components.graph_view.families import FAMILIES

BOX_HEIGHT: Final = 40
LEAST_WIDTH: Final = 138
MOST_WIDTH: Final = 232
LABEL_WIDTH: Final = 7.2
"""Estimated width of a letter in pixels; the browser truncates labels that don't fit."""
SUB_WIDTH: Final = 6.1
WIDE_LETTERS: Final = frozenset("mwMW@%")
"""Letters whose estimated width is 1.5 times as large."""
BESIDE_TEXT: Final = 40
"""Width of a box without its text, in pixels: the symbol of its kind and the margins."""

_mount = mount.component("graph_view")


@dataclass(frozen=True)
class Box:
    """Box of the drawing.

    Attributes:
        id: by which it is found again.
        label: first line.
        sub: a second, shorter line: a shape or a value.
        kind: one of `families.FAMILIES`.
        value: norm for the colours by norm, may be NaN or infinite; None if there is none.
        title: full description, for the tooltip and for assistive technology.
    """

    id: str
    label: str
    sub: str = ""
    kind: str = OTHER
    value: float | None = None
    title: str = ""


@dataclass(frozen=True)
class Arrow:
    """Arrow from one box to another.

    Attributes:
        source: id of the box where it begins.
        target: id of the box where it ends.
        label: shape of the tensor that passes along it.
        value: norm as in `Box.value`, shown instead of the label while the colours are by norm.
    """

    source: str
    target: str
    label: str = ""
    value: float | None = None


def graph_view(
    *,
    key: str,
    boxes: Sequence[Box],
    arrows: Sequence[Arrow],
    selected: str | None,
    revision: int = 0,
    height: int = 620,
) -> str | None:
    """Show a graph.

    Args:
        key: key of the component.
        boxes: boxes of the graph, the root first.
        arrows: arrows between the boxes.
        selected: id of the selected box, unless the visitor has just picked another one.
        revision: number of the graph; another graph has another number.
        height: height of the drawing in pixels.

    Returns:
        The id of the selected box.
    """
    chosen = picked(key, {box.id for box in boxes}) or selected
    data = graph_data(boxes=boxes, arrows=arrows, selected=chosen, revision=revision, height=height)
    _mount(data={**data, "taken": taken(key)}, key=key, on_picked_change=mount.keep)
    return chosen


def graph_data(
    *, boxes: Sequence[Box], arrows: Sequence[Arrow], selected: str | None, revision: int = 0, height: int = 620
) -> dict[str, object]:
    """The component's data without the number of the last pick, see `GraphData` in graph_view.js.

    Arguments as in `graph_view`.
    """
    return {
        **_describe(tuple(boxes), tuple(arrows)),
        "selected": selected,
        "taken": 0,
        "revision": revision,
        "height": height,
    }


def picked(key: str, ids: Collection[str]) -> str | None:
    """Return the id of the box that the visitor has picked since the last call, or None.

    A page that shows the selection above the graph calls this before `graph_view`.
    """
    box = take_pick(key).get("id")
    return box if isinstance(box, str) and box in ids else None


@lru_cache(maxsize=32)
def _describe(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...]) -> dict[str, object]:
    """Graph as JSON values, see `GraphData` in graph_view.js."""
    index = {box.id: place for place, box in enumerate(boxes)}
    ends = tuple((index[arrow.source], index[arrow.target]) for arrow in arrows)
    sizes = tuple((float(_width(box)), float(BOX_HEIGHT)) for box in boxes)
    places = layout.layout(sizes, ends)
    return {
        "boxes": [
            {
                "id": box.id,
                "label": box.label,
                "sub": box.sub,
                "kind": box.kind,
                "value": plain(box.value),
                "title": box.title or f"{box.label}, {box.sub}",
                "x": x,
                "y": y,
                "width": width,
                "height": box_height,
            }
            for box, (x, y), (width, box_height) in zip(boxes, places.centers, sizes, strict=True)
        ],
        "arrows": [
            {
                "source": source,
                "target": target,
                "label": arrow.label,
                "value": plain(arrow.value),
                "points": [coordinate for point in curve for coordinate in point],
            }
            for arrow, (source, target), curve in zip(arrows, ends, places.curves, strict=True)
        ],
        "size": [places.width, places.height],
        "kinds": FAMILIES,
    }


def _width(box: Box) -> int:
    text = max(LABEL_WIDTH * _letters(box.label), SUB_WIDTH * _letters(box.sub))
    return round(min(MOST_WIDTH, max(LEAST_WIDTH, text + BESIDE_TEXT)))


def _letters(text: str) -> float:
    return len(text) + sum(letter in WIDE_LETTERS for letter in text) / 2

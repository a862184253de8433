"""A directed graph to walk in: boxes and arrows, from a root at the top to its leaves."""

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
"""Pixels that a letter of a label takes, about: the browser cuts what doesn't fit after all."""
SUB_WIDTH: Final = 6.1
WIDE_LETTERS: Final = frozenset("mwMW@%")
"""These take half as much again."""
BESIDE_TEXT: Final = 40
"""Pixels of a box beside its text: the sign of its kind and the margins."""

_mount = mount.component("graph_view")


@dataclass(frozen=True)
class Box:
    """A node.

    Attributes:
        id: by which it is found again.
        label: what it is called.
        sub: a second, shorter line: a shape or a value.
        kind: one of `families.FAMILIES`.
        value: for the colours by norm; may be NaN or infinite. None where there is none.
        title: all about it in words, for the pointer and for assistive technology.
    """

    id: str
    label: str
    sub: str = ""
    kind: str = OTHER
    value: float | None = None
    title: str = ""


@dataclass(frozen=True)
class Arrow:
    """What leads from one box to another.

    Attributes:
        source: id of a box.
        target: likewise.
        label: a shape.
        value: as `Box.value`, shown in place of the label while the colours are by norm.
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
        key: of the component.
        boxes: of the graph, the root first.
        arrows: between them.
        selected: id of the box that is selected, unless the visitor has just picked another one.
        revision: number of the graph.
        height: of the drawing in pixels.

    Returns:
        The id of the selected box.
    """
    chosen = picked(key, {box.id for box in boxes}) or selected
    _mount(
        data={
            **_describe(tuple(boxes), tuple(arrows)),
            "selected": chosen,
            "taken": taken(key),
            "revision": revision,
            "height": height,
        },
        key=key,
        on_picked_change=mount.keep,
    )
    return chosen


def picked(key: str, ids: Collection[str]) -> str | None:
    """The box that the visitor has picked since this was last asked, or None.

    A page that shows the selection above the graph asks before `graph_view` does.
    """
    box = take_pick(key).get("id")
    return box if isinstance(box, str) and box in ids else None


@lru_cache(maxsize=32)
def _describe(boxes: tuple[Box, ...], arrows: tuple[Arrow, ...]) -> dict[str, object]:
    """The graph as JavaScript reads it, see `view.js`."""
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

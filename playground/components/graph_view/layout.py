"""Where the boxes and arrows of a graph go: Graphviz's `dot`, from the root at the top to the leaves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final

from pygraphviz import AGraph

Point = tuple[float, float]

INCH: Final = 72
"""Graphviz counts in inches of 72 points; a point is a pixel here."""

BESIDE: Final = 18
"""Pixels between two boxes of a rank."""

BELOW: Final = 34
"""Pixels between two ranks: room for an arrow's label."""

SPINE: Final = 8
"""How much more an arrow that goes on wants to be straight than one that ends at a leaf."""

_LOCK: Final = Lock()  # Graphviz keeps its state in globals


@dataclass(frozen=True)
class Layout:
    """A drawing's places in pixels, from its upper left corner.

    Attributes:
        width: of the whole drawing.
        height: likewise.
        centers: of the boxes.
        curves: of the arrows, each the first point and then three more a cubic Bézier curve.
    """

    width: float
    height: float
    centers: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]


@lru_cache(maxsize=64)
def layout(sizes: tuple[Point, ...], arrows: tuple[tuple[int, int], ...]) -> Layout:
    """Lay out a directed graph, the same for the same structure.

    Args:
        sizes: width and height of each box in pixels.
        arrows: indices of the boxes that they go from and to; each goes down wherever there is no cycle.

    Source: Gansner, Koutsofios, North, Vo, "A technique for drawing directed graphs", 1993, as in Graphviz.
    """
    if not sizes:
        return Layout(0, 0, (), ())
    with _LOCK, AGraph(string=_describe(sizes, arrows)) as graph:
        lines = graph.draw(format="plain", prog="dot").decode().replace("\\\n", "").splitlines()
    return _read(lines, arrows)


def _describe(sizes: tuple[Point, ...], arrows: tuple[tuple[int, int], ...]) -> str:
    """The graph in the DOT language. Empty labels and fixed sizes: no font is ever asked for."""
    goes_on = {source for source, _ in arrows}
    lines = [
        "digraph {",
        f"nodesep={BESIDE / INCH} ranksep={BELOW / INCH}",
        'node [shape=box fixedsize=true label=""]',
        "edge [arrowhead=none]",
        *(f"{index} [width={width / INCH} height={height / INCH}]" for index, (width, height) in enumerate(sizes)),
        *(f"{source}->{target} [weight={SPINE if target in goes_on else 1}]" for source, target in arrows),
        "}",
    ]
    return "\n".join(lines)


def _read(lines: list[str], arrows: tuple[tuple[int, int], ...]) -> Layout:
    """Graphviz's `plain` format, in inches and with y upwards."""
    _, _, width, height = lines[0].split()
    bottom = float(height)

    def point(x: str, y: str) -> Point:
        return round(float(x) * INCH, 1), round((bottom - float(y)) * INCH, 1)

    centers: dict[int, Point] = {}
    curves: dict[tuple[int, int], list[tuple[Point, ...]]] = defaultdict(list)
    for words in map(str.split, lines[1:]):
        if words[0] == "node":
            centers[int(words[1])] = point(words[2], words[3])
        elif words[0] == "edge":
            end = 4 + 2 * int(words[3])
            points = tuple(point(x, y) for x, y in zip(words[4:end:2], words[5:end:2], strict=True))
            curves[int(words[1]), int(words[2])].append(points)
    return Layout(
        round(float(width) * INCH, 1),
        round(bottom * INCH, 1),
        tuple(centers[index] for index in range(len(centers))),
        tuple(curves[arrow].pop(0) for arrow in arrows),
    )

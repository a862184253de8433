"""Positions of a graph's boxes and arrows, by Graphviz's `dot`: the root at the top, the leaves at the bottom."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Final

from pygraphviz import AGraph

Point = tuple[float, float]

INCH: Final = 72
"""Pixels per inch: Graphviz measures in inches of 72 points, and one point becomes one pixel."""

BESIDE: Final = 18
"""Pixels between two boxes of a rank."""

BELOW: Final = 34
"""Pixels between two ranks: room for an arrow's label."""

SPINE: Final = 8
"""Weight of an arrow to an inner node, relative to an arrow to a leaf: a larger weight makes it straighter."""

_LOCK: Final = Lock()  # Graphviz keeps its state in globals


@dataclass(frozen=True)
class Layout:
    """Positions in a drawing, in pixels from its upper left corner.

    Attributes:
        width: width of the whole drawing.
        height: height of the whole drawing.
        centers: centres of the boxes.
        curves: points of each arrow: the first, then three more for each cubic Bézier curve.
    """

    width: float
    height: float
    centers: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]


@lru_cache(maxsize=64)
def layout(sizes: tuple[Point, ...], arrows: tuple[tuple[int, int], ...]) -> Layout:
    """Lay out a directed graph. The same structure always gives the same layout.

    Args:
        sizes: width and height of each box in pixels.
        arrows: indices of each arrow's first and last box. Outside of cycles, every arrow points down.

    Source: Gansner, Koutsofios, North, Vo, "A technique for drawing directed graphs", 1993, as in Graphviz.
    """
    if not sizes:
        return Layout(0, 0, (), ())
    with _LOCK, AGraph(string=_describe(sizes, arrows)) as graph:
        lines = graph.draw(format="plain", prog="dot").decode().replace("\\\n", "").splitlines()
    return _read(lines, arrows)


def _describe(sizes: tuple[Point, ...], arrows: tuple[tuple[int, int], ...]) -> str:
    """Graph in the DOT language, with empty labels and fixed sizes, so that Graphviz needs no font."""
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
    """Parse Graphviz's `plain` format, which is in inches with y upwards."""
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

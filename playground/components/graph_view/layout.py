"""Positions of a graph's boxes and arrows, by Graphviz's `dot`: the root at the top, the leaves at the bottom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
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

MOST_CROSSED: Final = 1000
"""Largest number of ranks that all arrows together may cross: the time that `dot` needs grows faster than its square,
and for a dense network would be hours.
"""

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

    Where arrows cross more than `MOST_CROSSED` ranks, `dot` places the boxes without the longest ones, which are drawn
    straight across.

    Args:
        sizes: width and height of each box in pixels.
        arrows: indices of each arrow's first and last box. Outside of cycles, every arrow that `dot` gets points down.

    Source: Gansner, Koutsofios, North, Vo, "A technique for drawing directed graphs", 1993, as in Graphviz.
    """
    if not sizes:
        return Layout(0, 0, (), ())
    placed = _without_longest(len(sizes), arrows)
    with _LOCK, AGraph(string=_describe(sizes, placed)) as graph:
        lines = graph.draw(format="plain", prog="dot").decode().replace("\\\n", "").splitlines()
    return _read(lines, sizes, arrows)


def _without_longest(count: int, arrows: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """Arrows that together cross few enough ranks: all, or all but the longest; each box keeps its shortest one.

    Args:
        count: number of boxes.
        arrows: indices of each arrow's first and last box.
    """
    ranks = _ranks(count, arrows)
    crossed = [ranks[target] - ranks[source] - 1 for source, target in arrows]
    left, total = Counter(source for source, _ in arrows), sum(max(0, one) for one in crossed)
    dropped = set()
    for place in sorted(range(len(arrows)), key=lambda place: -crossed[place]):
        if total <= MOST_CROSSED or crossed[place] <= 0:
            break
        if left[arrows[place][0]] > 1:
            left[arrows[place][0]] -= 1
            total -= crossed[place]
            dropped.add(place)
    return tuple(arrow for place, arrow in enumerate(arrows) if place not in dropped)


def _ranks(count: int, arrows: tuple[tuple[int, int], ...]) -> list[int]:
    """Number of arrows on the longest way to each box; 0 for those within or below a cycle."""
    targets: dict[int, list[int]] = defaultdict(list)
    waits = Counter(target for _, target in arrows)
    for source, target in arrows:
        targets[source].append(target)
    ranks = [0] * count
    free = [box for box in range(count) if not waits[box]]
    while free:
        box = free.pop()
        for target in targets[box]:
            ranks[target] = max(ranks[target], ranks[box] + 1)
            waits[target] -= 1
            if not waits[target]:
                free.append(target)
    return [0 if waits[box] else rank for box, rank in enumerate(ranks)]


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


def _read(lines: list[str], sizes: tuple[Point, ...], arrows: tuple[tuple[int, int], ...]) -> Layout:
    """Parse Graphviz's `plain` format, which is in inches with y upwards, and draw the arrows that aren't in it."""
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
    drawn = tuple(curves[arrow].pop(0) if curves[arrow] else _across(centers, sizes, *arrow) for arrow in arrows)
    return Layout(
        max([round(float(width) * INCH, 1), *(x for curve in drawn for x, _ in curve)]),
        round(bottom * INCH, 1),
        tuple(centers[index] for index in range(len(centers))),
        drawn,
    )


def _across(centers: Mapping[int, Point], sizes: tuple[Point, ...], source: int, target: int) -> tuple[Point, ...]:
    """Curve from the lower edge of a box to the upper one of another, bent to the right, past those between them."""
    (x1, y1), (x2, y2) = centers[source], centers[target]
    y1, y2 = y1 + sizes[source][1] / 2, y2 - sizes[target][1] / 2
    bend = sizes[source][0] + 0.1 * abs(y2 - y1)
    return (x1, y1), (x1 + bend, y1 + (y2 - y1) / 4), (x2 + bend, y2 - (y2 - y1) / 4), (x2, y2)

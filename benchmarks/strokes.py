"""A hand that draws: the path of a pen over a pad, and the drawings that the pad sends on the way."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

Point = tuple[float, float]

RATE: Final = 60
"""Pointer events a second, as a mouse on a 60-Hz screen has them."""

PEN_WIDTH: Final = 0.09
STROKE_S: Final = 1.2
"""Seconds that a hand takes over one stroke."""


def strokes() -> tuple[tuple[Point, ...], ...]:
    """A digit 2 and a digit 3 side by side with a bar under each: four strokes, a point for each pointer event, as
    shares of the pad's side."""
    two = [*_arc(0.3, 0.33, 0.15, 200, 395), (0.2, 0.68), (0.46, 0.68)]
    three = [*_arc(0.7, 0.3, 0.14, 200, 440), *_arc(0.7, 0.56, 0.15, 280, 520)]
    return tuple(
        _evenly(path, round(RATE * STROKE_S))
        for path in (two, three, [(0.15, 0.85), (0.45, 0.82)], [(0.55, 0.82), (0.85, 0.85)])
    )


def digit() -> tuple[Point, ...]:
    """A digit 3 in the middle of the pad: one stroke, a point for each pointer event."""
    return _evenly([*_arc(0.5, 0.32, 0.16, 200, 440), *_arc(0.5, 0.63, 0.18, 280, 510)], round(RATE * STROKE_S))


def drawings() -> Iterator[dict[str, Any]]:
    """Drawings as the pad sends them while a hand draws without end: growing by two points each, cleared after four
    strokes, numbered from 2 on (the pad itself sends number 1 when it opens)."""
    seq = 1
    while True:
        done: list[dict[str, Any]] = []
        for path in strokes():
            for end in range(1, len(path) + 1, 2):
                seq += 1
                stroke = {"tool": "pen", "width": PEN_WIDTH, "points": [round(v, 4) for p in path[:end] for v in p]}
                yield {"seq": seq, "base": None, "strokes": [*done, stroke]}
            done.append(stroke)


def _arc(x: float, y: float, radius: float, start: float, end: float) -> list[Point]:
    """Points on a circle, from one angle to another in degrees, clockwise on a screen."""
    count = 24
    angles = (math.radians(start + (end - start) * i / count) for i in range(count + 1))
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def _evenly(path: list[Point], count: int) -> tuple[Point, ...]:
    """`count` points at equal distances along a path."""
    lengths = [math.dist(one, other) for one, other in pairwise(path)]
    whole = sum(lengths)
    points = []
    part, before = 0, 0.0
    for i in range(count):
        along = whole * i / (count - 1)
        while part < len(lengths) - 1 and before + lengths[part] < along:
            before += lengths[part]
            part += 1
        share = min(1.0, (along - before) / lengths[part])
        (x0, y0), (x1, y1) = path[part], path[part + 1]
        points.append((x0 + (x1 - x0) * share, y0 + (y1 - y0) * share))
    return tuple(points)

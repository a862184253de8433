"""Ten digits as a person might draw them: strokes of points in 0..1 of the pad, y down."""

from __future__ import annotations

import math
from typing import Final

Point = tuple[float, float]


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 24) -> list[Point]:
    """Points of an ellipse; angles in degrees, 0 at the right, 90 at the bottom."""
    angles = (math.radians(start + (end - start) * i / steps) for i in range(steps + 1))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


DIGITS: Final[dict[int, list[list[Point]]]] = {
    0: [arc(0.5, 0.5, 0.2, 0.32, -100, 260, 40)],
    1: [[(0.42, 0.3), (0.53, 0.18), (0.51, 0.5), (0.5, 0.83)]],
    2: [[*arc(0.48, 0.34, 0.19, 0.16, -160, 50), (0.46, 0.66), (0.28, 0.82), (0.74, 0.8)]],
    3: [[*arc(0.46, 0.33, 0.18, 0.15, -150, 80), *arc(0.46, 0.65, 0.21, 0.17, -80, 150)]],
    4: [[(0.36, 0.18), (0.3, 0.38), (0.27, 0.56), (0.74, 0.53)], [(0.6, 0.2), (0.59, 0.5), (0.58, 0.84)]],
    5: [[(0.7, 0.2), (0.36, 0.2), (0.33, 0.46), *arc(0.46, 0.62, 0.21, 0.19, -110, 150)]],
    6: [[(0.62, 0.17), (0.42, 0.36), (0.33, 0.58), *arc(0.49, 0.66, 0.17, 0.16, 180, -190, 36)]],
    7: [[(0.28, 0.22), (0.72, 0.21), (0.56, 0.5), (0.45, 0.83)]],
    8: [[*arc(0.5, 0.34, 0.15, 0.15, 60, -240, 30), *arc(0.5, 0.67, 0.18, 0.17, -120, 240, 36), (0.58, 0.47)]],
    9: [[*arc(0.48, 0.36, 0.16, 0.15, 0, -350, 36), (0.65, 0.34), (0.63, 0.6), (0.58, 0.84)]],
}

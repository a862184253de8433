"""Stroke that the Draw page draws by itself at the beginning of a visit.

It begins as a 1, then looks like a 6 and a 0, and ends as a 4 or a 9, between which the networks hesitate.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from lenet.digits.drawing import Drawing, Stroke

FILE: Final = Path(__file__).with_suffix(".json")
SAME: Final = 1e-4
"""Largest distance of a point that is still the same one, as a share of the pad's side."""


@cache
def points() -> tuple[float, ...]:
    """x0, y0, x1, y1, ... as shares of the pad's side, y down."""
    return tuple(json.loads(FILE.read_text(encoding="utf-8"))["points"])


def drawing() -> Drawing:
    """The stroke alone on the pad."""
    return Drawing((Stroke(np.array(points(), np.float32).reshape(-1, 2)),))


def is_on(drawn: Drawing | None) -> bool:
    """True if a drawing is this stroke alone, or the part of it that has been drawn so far."""
    if drawn is None or drawn.base is not None or len(drawn.strokes) != 1 or drawn.strokes[0].erase:
        return False
    whole, found = np.array(points(), np.float32).reshape(-1, 2), drawn.strokes[0].points
    return len(found) <= len(whole) and bool(np.allclose(found, whole[: len(found)], rtol=0, atol=SAME))

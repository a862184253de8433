"""A drawing: strokes of a pen and an eraser over an optional picture, and its rendering to ink.

One rasteriser serves the pad, the command line and the training, so that a stroke is the same ink everywhere.
"""

from __future__ import annotations

import base64
import binascii
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lenet.errors import InputError
from lenet.messages import Message

PAD_SIDE: Final = 280
"""Side of the rendered pad in pixels; a pad pixel is a tenth of an MNIST pixel."""

PEN_WIDTH: Final = 0.09
"""Width of the pad's pen as a share of the pad's side (25 px of 280): 12 % of a digit that fills 0.75 of the pad."""

OVERSAMPLING: Final = 2
MAX_POINTS: Final = 20_000
MAX_STROKES: Final = 2_000
MAX_BASE_SIDE: Final = 280

MAX_JSON_BYTES: Final = 16 * MAX_POINTS + 64 * MAX_STROKES + 4 * -(-(MAX_BASE_SIDE**2) // 3) + 4096
"""Bytes of the largest drawing as JSON: 8 for a coordinate such as -0.1234, with its comma; 64 for a stroke; base64."""


@dataclass(frozen=True)
class Stroke:
    """One movement of the pen or the eraser.

    Attributes:
        points: (n, 2) float32, x and y as shares of the pad's side, y down, n >= 1.
        width: as a share of the pad's side.
        erase: whether it takes ink away.
    """

    points: NDArray[np.float32]
    width: float = PEN_WIDTH
    erase: bool = False


@dataclass(frozen=True)
class Drawing:
    """Content of the pad.

    Attributes:
        strokes: in the order in which they were made.
        base: (side, side) uint8 ink under the strokes, 0 for none, or None.
    """

    strokes: tuple[Stroke, ...] = ()
    base: NDArray[np.uint8] | None = None


class Canvas:
    """Incremental renderer: if a drawing continues the last one, only the new part is drawn.

    Args:
        side: of the ink in pixels.
    """

    def __init__(self, side: int = PAD_SIDE) -> None:
        self._fine = side * OVERSAMPLING
        self._drawing: Drawing | None = None
        self._picture = Image.new("L", (0, 0))
        self._lock = threading.Lock()

    def ink(self, drawing: Drawing) -> NDArray[np.uint8]:
        """Render a drawing, with the same result as `rasterize`."""
        with self._lock:
            done = self._drawing
            self._drawing = None  # until the picture shows all of it
            if done is None or not _goes_on(drawing, done):
                done = Drawing(base=drawing.base)
                self._picture = self._ground(drawing.base)
            pen = ImageDraw.Draw(self._picture)
            for index in range(max(0, len(done.strokes) - 1), len(drawing.strokes)):
                drawn = len(done.strokes[index].points) if index < len(done.strokes) else 0
                self._extend(pen, drawing.strokes[index], drawn)
            self._drawing = drawing
            return np.asarray(self._picture.reduce(OVERSAMPLING))

    def _ground(self, base: NDArray[np.uint8] | None) -> Image.Image:
        if base is None:
            return Image.new("L", (self._fine, self._fine))
        # BOX keeps a 28-pixel digit exactly as it is; a larger picture gets smooth edges.
        way = Image.Resampling.BOX if base.shape[0] <= 32 else Image.Resampling.BILINEAR
        return Image.fromarray(base).resize((self._fine, self._fine), way)

    def _extend(self, pen: ImageDraw.ImageDraw, stroke: Stroke, drawn: int) -> None:
        """Draw a stroke from the point with this number on; the points before it have been drawn."""
        fill = 0 if stroke.erase else 255
        width = max(1.0, stroke.width * self._fine)
        radius = width / 2
        points: list[tuple[float, float]] = list(map(tuple, (stroke.points[max(0, drawn - 1) :] * self._fine).tolist()))
        if drawn < len(stroke.points) and len(points) > 1:
            pen.line(points, fill=fill, width=round(width))
        for x, y in points[min(drawn, 1) :]:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def rasterize(drawing: Drawing, side: int = PAD_SIDE) -> NDArray[np.uint8]:
    """Render a drawing as ink: (side, side) uint8, 0 is paper and 255 is full ink, with round caps and joins."""
    return Canvas(side).ink(drawing)


def _goes_on(drawing: Drawing, done: Drawing) -> bool:
    """True if a drawing is the earlier one with more points in its last stroke, or with more strokes."""
    if len(drawing.strokes) < len(done.strokes) or (drawing.base is None) != (done.base is None):
        return False
    if drawing.base is not None and done.base is not None and not np.array_equal(drawing.base, done.base):
        return False
    last = len(done.strokes) - 1
    for index, old in enumerate(done.strokes):
        new = drawing.strokes[index]
        points = new.points[: len(old.points)] if index == last else new.points
        if (new.width, new.erase) != (old.width, old.erase) or not np.array_equal(points, old.points):
            return False
    return True


def parse_strokes(lines: object) -> tuple[Stroke, ...]:
    """Strokes of a `--strokes` file, `[[[x, y], ...], ...]` with x and y in 0..1, drawn with the pad's own pen.

    Raises:
        InputError: the value is not such a list.
    """
    strokes = []
    for line in _list(lines, "drawing-strokes", MAX_STROKES):
        flat = [number for point in _list(line, "drawing-stroke", MAX_POINTS) for number in _pair(point)]
        strokes.append(Stroke(_points(flat)))
    return tuple(strokes)


def parse_drawing(value: object) -> Drawing:
    """Parse and check a drawing that the pad, or anyone else, has sent.

    Args:
        value: `{"strokes": [{"tool": "pen" | "eraser", "width": w, "points": [x0, y0, x1, y1, ...]}, ...],
            "base": null | {"side": n, "pixels": base64 of n·n bytes}}`.

    Raises:
        InputError: any part of the value is invalid.
    """
    if not isinstance(value, dict):
        raise _wrong("drawing", "is-object")
    strokes = []
    total = 0
    for item in _list(value.get("strokes"), "drawing-strokes", MAX_STROKES):
        if not isinstance(item, dict) or item.get("tool") not in ("pen", "eraser"):
            raise _wrong("drawing-stroke", "is-tool")
        width = _number(item.get("width"), "drawing-stroke-width", 0.001, 1.0)
        flat = _list(item.get("points"), "drawing-stroke-points", 2 * MAX_POINTS)
        total += len(flat) // 2
        if total > MAX_POINTS:
            raise _large(
                Message("drawing-points", {"limit": MAX_POINTS}), Message("drawing-points-limit", {"limit": MAX_POINTS})
            )
        strokes.append(Stroke(_points(flat), width, item["tool"] == "eraser"))
    return Drawing(tuple(strokes), _base(value.get("base")))


def _base(value: object) -> NDArray[np.uint8] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _wrong("drawing-picture", "is-object")
    side, pixels = value.get("side"), value.get("pixels")
    if not isinstance(side, int) or isinstance(side, bool) or not 1 <= side <= MAX_BASE_SIDE:
        raise _out_of_range("drawing-picture-side")
    if not isinstance(pixels, str) or len(pixels) != 4 * math.ceil(side * side / 3):
        raise _wrong("drawing-picture", "is-base64-bytes", count=side * side)
    try:
        raw = base64.b64decode(pixels, validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("drawing-picture", "is-base64") from None
    if len(raw) != side * side:
        raise _wrong("drawing-picture", "is-base64-bytes", count=side * side)
    return np.frombuffer(raw, np.uint8).reshape(side, side)


def _list(value: object, what: str, limit: int) -> Sequence[object]:
    if not isinstance(value, list):
        raise _wrong(what, "is-list")
    if len(value) > limit:
        raise _large(Message("drawing-entries", {"count": len(value), "what": Message(what)}), limit)
    return value


def _pair(value: object) -> Sequence[object]:
    if not isinstance(value, list) or len(value) != 2:
        raise _wrong("drawing-point", "is-pair")
    return value


def _number(value: object, what: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _out_of_range(what)
    return float(value)


def _points(flat: Sequence[object]) -> NDArray[np.float32]:
    if not flat or len(flat) % 2:
        raise _wrong("drawing-stroke-points", "is-pairs")
    # One pass over exact types, for speed: this is the longest list in a message.
    if not all(type(number) is float or type(number) is int for number in flat):
        raise _wrong("drawing-coordinate", "is-number")
    try:
        points = np.asarray(flat, np.float64)
    except OverflowError:
        raise _out_of_range("drawing-coordinate") from None
    if not np.isfinite(points).all() or np.abs(points).max() > 2:
        # A finger may leave the pad, but not by much.
        raise _out_of_range("drawing-coordinate")
    return points.reshape(-1, 2).astype(np.float32)


def _wrong(what: str, expected: str, **values: object) -> InputError:
    """Error for a part of a drawing that is of another type; both are keys of messages."""
    return InputError("drawing-type", what=Message(what), expected=Message(expected, values))


def _out_of_range(what: str) -> InputError:
    return InputError("drawing-number", what=Message(what))


def _large(what: Message, limit: object) -> InputError:
    return InputError("drawing-size", what=what, limit=limit)

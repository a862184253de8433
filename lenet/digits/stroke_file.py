"""Labelled pen strokes as JSON lines: `{"label": d, "strokes": [[[x, y], ...], ...]}`, x and y in 0..1, y down."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet.digits.drawing import Drawing, Stroke, parse_strokes, rasterize
from lenet.digits.ink import FIELD, normalize
from lenet.digits.mnist import CLASSES, Digits
from lenet.errors import InputError

MAX_FILE: Final = 256 * 2**20
DECIMALS: Final = 4
"""Decimal places of a coordinate in a file: a fortieth of a pixel of the pad."""


@dataclass(frozen=True)
class LabelledStrokes:
    """One drawn digit.

    Attributes:
        label: 0 to 9.
        strokes: (n, 2) each, x and y as shares of the pad's side.
        image: (28, 28) uint8, the digit in MNIST's form, as `ink.normalize` makes it.
    """

    label: int
    strokes: tuple[NDArray[np.float32], ...]
    image: NDArray[np.uint8]


def of_drawing(label: int, drawing: Drawing) -> LabelledStrokes:
    """A drawing with its label. Its strokes get the pen's usual width, because a file of strokes has no widths.

    Raises:
        InputError: the label is no digit, there is no ink, or the drawing has more than strokes of the pen, which a
            file of strokes can't hold.
    """
    if not 0 <= label < CLASSES:
        raise InputError("strokes-label")
    if drawing.base is not None or any(one.erase for one in drawing.strokes):
        raise InputError("strokes-only")
    # Rounded as in a file, so that the digit is the same before and after it was in one.
    rounded = [np.round(stroke.points.astype(np.float64), DECIMALS).tolist() for stroke in drawing.strokes]
    return _labelled(label, parse_strokes(rounded))


def read(path: str | os.PathLike[str]) -> Digits:
    """Digits of a file, drawn with the pad's pen and brought into MNIST's form; empty lines are skipped.

    Raises:
        InputError: the file or one of its lines can't be read.
    """
    file = Path(path)
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE + 1)
    except OSError as error:
        raise InputError("strokes-file", path=file, reason=error.strerror or error) from None
    return digits(parse(data, file))


def parse(data: bytes, source: object, most: int | None = None) -> list[LabelledStrokes]:
    """Drawings of a file's content.

    Args:
        data: the content.
        source: what a message calls it.
        most: largest number of drawings, None for any.

    Raises:
        InputError: the content is too large, one of its lines can't be read, or it has no digit or too many.
    """
    if len(data) > MAX_FILE:
        raise InputError("strokes-size", path=source, limit=MAX_FILE // 2**20)
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise InputError("strokes-file", path=source, reason="it is not UTF-8 text") from None
    found: list[LabelledStrokes] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            if most is not None and len(found) == most:
                raise InputError("strokes-many", path=source, limit=most)
            try:
                found.append(_parse_line(line))
            except InputError as error:
                raise InputError("strokes-line", path=source, line=number, reason=error) from None
    if not found:
        raise InputError("strokes-file", path=source, reason="it has no line with a digit")
    return found


def write(drawings: Iterable[LabelledStrokes]) -> str:
    """Content of a file with these drawings, a line each."""
    return "".join(json.dumps(_plain(one), separators=(",", ":")) + "\n" for one in drawings)


def digits(drawings: Iterable[LabelledStrokes]) -> Digits:
    """These drawings as digits in MNIST's form."""
    kept = list(drawings)
    images = np.stack([one.image for one in kept]) if kept else np.zeros((0, FIELD, FIELD), np.uint8)
    return Digits(images, np.array([one.label for one in kept], np.int64))


def _parse_line(line: str) -> LabelledStrokes:
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        raise InputError("strokes-json") from None
    label = item.get("label") if isinstance(item, dict) else None
    if not isinstance(label, int) or isinstance(label, bool) or not 0 <= label < CLASSES:
        raise InputError("strokes-label")
    return _labelled(label, parse_strokes(item.get("strokes")))


def _labelled(label: int, strokes: tuple[Stroke, ...]) -> LabelledStrokes:
    ink = normalize(rasterize(Drawing(strokes)), FIELD)
    if ink.empty:
        raise InputError("strokes-empty")
    return LabelledStrokes(label, tuple(stroke.points for stroke in strokes), ink.centered)


def _plain(one: LabelledStrokes) -> dict[str, Any]:
    strokes = [[[round(float(x), DECIMALS), round(float(y), DECIMALS)] for x, y in points] for points in one.strokes]
    return {"label": one.label, "strokes": strokes}

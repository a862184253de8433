"""Synthetic handwriting: digits as pen strokes, in the styles of different countries.

MNIST was written by Americans with a pen on paper. On a pad people also cross their 7s, put a bar under their 1s, hook
their 9s and draw a 5 in two strokes. `digit_shapes` has the forms of each digit; `write` bends, slants, stretches and
shakes one of them, and the pad's own pen draws it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.digits.digit_shapes import FORMS
from lenet.digits.drawing import PEN_WIDTH, Drawing, Stroke, rasterize
from lenet.digits.ink import FIELD, normalize
from lenet.digits.mnist import Digits

Points = NDArray[np.float64]
"""(n, 2), x and y. A point given twice in a row is a corner; elsewhere the pen runs smoothly through."""

SIDE: Final = 140
"""Side of the pad that synthetic digits are drawn on, in pixels: half the app's, at a quarter of its cost."""

SAMPLES: Final = 6
"""Points that a smooth curve gets between two key points."""

_ASPECT: Final = (0.72, 0.5, 0.72, 0.65, 0.72, 0.68, 0.6, 0.68, 0.6, 0.6)
"""Typical ratio of width to height of each digit."""

_t = np.arange(SAMPLES)[:, None] / SAMPLES
_HERMITE: Final = (2 * _t**3 - 3 * _t**2 + 1, _t**3 - 2 * _t**2 + _t, -2 * _t**3 + 3 * _t**2, _t**3 - _t**2)


def smooth(keys: Points) -> Points:
    """A Catmull-Rom curve through the key points, with corners where a point is given twice: (n, 2) -> (m, 2)."""
    if len(keys) < 3:
        return keys
    around = np.vstack([2 * keys[0] - keys[1], keys, 2 * keys[-1] - keys[-2]])
    slopes = (around[2:] - around[:-2]) / 2
    a, b, c, d = _HERMITE
    pieces = (
        a[None] * keys[:-1, None] + b[None] * slopes[:-1, None] + c[None] * keys[1:, None] + d[None] * slopes[1:, None]
    )
    moves = np.abs(np.diff(keys, axis=0)).sum(1) > 0
    curve: Points = np.vstack([pieces[moves].reshape(-1, 2), keys[-1:]])
    return curve


def write(digit: int, rng: np.random.Generator, form: str | None = None) -> tuple[Points, ...]:
    """Strokes of one handwritten digit, its longer side 1, around (0, 0); y down.

    Args:
        digit: 0 to 9.
        rng: source of the style and its variation.
        form: name of one of the digit's `FORMS`; None for any of them, by their shares.
    """

    def u(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def chance(probability: float) -> bool:
        return bool(rng.random() < probability)

    forms = FORMS[digit]
    names = [each.name for each in forms]
    number = names.index(form) if form else int(rng.choice(len(forms), p=[each.share for each in forms]))
    skeleton = forms[number].strokes(u, chance)
    shake = u(0.0, 0.05)
    strokes = []
    for index, keys in enumerate(skeleton):
        points = np.array(keys)
        # A corner's two points move together.
        same = np.r_[False, (points[1:] == points[:-1]).all(1)]
        # Where key points lie close together the same shake would make a jagged line of a curve.
        moved = rng.normal(0, shake * min(1.0, 6 / len(points)), points.shape)
        moved[same] = moved[np.flatnonzero(same) - 1]
        offset = rng.normal(0, 0.03, 2) if index else np.zeros(2)
        strokes.append(smooth(points + moved + offset) - 0.5)
    lengths = np.cumsum([len(stroke) for stroke in strokes])[:-1]
    flat = np.vstack(strokes)
    # The hand: a slow bend of the whole plane, then width, slant and turn.
    amount = u(0.0, 0.06)
    for _ in range(2):
        wave, phase, push = rng.normal(0, 3.0, 2), u(0, 6.28), rng.normal(0, 1, 2)
        flat = flat + amount * np.sin(flat @ wave + phase)[:, None] * push
    slant, turn = rng.normal(0.12, 0.22), np.radians(rng.normal(0, 7))
    aspect = _ASPECT[digit] * float(np.exp(rng.normal(0, 0.32)))
    cosine, sine = np.cos(turn), np.sin(turn)
    flat = flat @ np.array([[aspect, 0.0], [-slant, 1.0]]) @ np.array([[cosine, sine], [-sine, cosine]])
    if chance(0.3):  # a shaky hand or a mouse
        noise = rng.normal(0, u(0.004, 0.015), flat.shape)
        flat = flat + noise + np.roll(noise, 1, 0)
    low, high = flat.min(0), flat.max(0)
    flat = (flat - (low + high) / 2) / max(float((high - low).max()), 1e-6)
    return tuple(np.split(flat, lengths))


def draw(digit: int, rng: np.random.Generator, size: float, width: float = PEN_WIDTH) -> Drawing:
    """A handwritten digit on the middle of the pad.

    Args:
        digit: 0 to 9.
        rng: source of the style and its variation.
        size: longer side of the pen's path as a share of the pad's.
        width: of the pen, as a share of the pad's side.
    """
    lines = write(digit, rng)
    return Drawing(tuple(Stroke((0.5 + size * line).astype(np.float32), width) for line in lines))


def make(count: int, seed: int) -> Digits:
    """Handwritten digits in MNIST's form, drawn small and large with the pad's pen, as many of each class.

    Args:
        count: how many.
        seed: of styles, variation, sizes and pen widths.
    """
    rng = np.random.default_rng(seed)
    images = np.empty((count, FIELD, FIELD), np.uint8)
    labels = np.arange(count, dtype=np.int64) % 10
    for index, digit in enumerate(labels):
        # Most people fill the pad; some draw small, and then the pen is thick for the digit.
        size = rng.uniform(0.5, 0.95) if rng.random() < 0.7 else rng.uniform(0.32, 0.6)
        images[index] = normalize(rasterize(draw(int(digit), rng, size), SIDE), FIELD).centered
    return Digits(images, labels)

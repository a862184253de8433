"""Synthetic handwriting: digits as pen strokes, in the styles of different countries.

MNIST was written by Americans with a pen on paper. On a pad people also cross their 7s, put a bar under their 1s, hook
their 9s and draw a 5 in two strokes. Each class has several skeletons, a few key points per stroke in a unit square
(x to the right, y down); `write` bends, slants, stretches and shakes one of them, and the pad's own pen draws it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.digits.drawing import PEN_WIDTH, Drawing, Stroke, rasterize
from lenet.digits.ink import FIELD, normalize
from lenet.digits.mnist import Digits

Points = NDArray[np.float64]
"""(n, 2), x and y. A point given twice in a row is a corner; elsewhere the pen runs smoothly through."""

SIDE: Final = 140
"""Side of the pad that synthetic digits are drawn on, in pixels: half the app's, at a quarter of its cost."""

SAMPLES: Final = 6
"""Points that a smooth curve gets between two key points."""


def _arc(
    x: float, y: float, rx: float, ry: float, start: float, end: float, count: int = 9
) -> list[tuple[float, float]]:
    """Key points on an ellipse around (x, y); angles in degrees, 0 to the right, 90 down, so growing is clockwise."""
    turn = np.radians(np.linspace(start, end, count))
    return [(x + rx * float(np.cos(t)), y + ry * float(np.sin(t))) for t in turn]


def _corner(x: float, y: float) -> list[tuple[float, float]]:
    return [(x, y), (x, y)]


Skeleton = list[list[tuple[float, float]]]


def _zero(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    start, sweep = u(-150, -20), u(330, 400)
    way = -1 if chance(0.8) else 1
    ring = _arc(0.5, 0.5, 0.5, 0.5, start, start + way * sweep, 13)
    # The pen rarely comes back to where it began: the radius drifts along the way.
    drift = np.linspace(u(0.8, 1.05), u(0.85, 1.1), len(ring))
    strokes: Skeleton = [[(0.5 + (x - 0.5) * d, 0.5 + (y - 0.5) * d) for (x, y), d in zip(ring, drift, strict=True)]]
    if chance(0.06):
        reach = u(0.0, 0.25)
        strokes.append([(1 - reach, reach), (reach, 1 - reach)])
    return strokes


def _one(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    lean = u(-0.06, 0.06)
    stem = [(0.5 + lean, 0.5)] if chance(0.5) else []
    foot = (0.5 + u(-0.05, 0.05), 1.0)
    strokes: Skeleton
    if chance(0.45):
        strokes = [[(0.5, 0.0), *stem, foot]]
    else:
        # The further a flag reaches, the lower it hangs; a level one would make it a 7.
        reach = u(0.1, 0.6) if chance(0.6) else u(0.4, 1.4)
        flag = (0.5 - reach, u(0.1, 0.35) + 0.25 * reach)
        middle = [((flag[0] + 0.5) / 2 + u(-0.03, 0.06), flag[1] / 2 + u(-0.12, 0.06))] if chance(0.5) else []
        strokes = [[flag, *middle, *_corner(0.5, 0.0), *stem, foot]]
    if chance(0.12):  # a foot that turns to the left
        strokes[0] += [foot, (foot[0] - u(0.1, 0.4), foot[1] - u(-0.04, 0.08))]
    elif chance(0.28):  # a bar under it
        half, tilt = u(0.15, 0.5), u(-0.05, 0.05)
        side = u(-0.1, 0.1)
        strokes.append([(0.5 - half + side, 1 + tilt), (0.5 + half + side, 1 - tilt)])
    return strokes


def _two(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    base, right = u(0.9, 1.0), u(0.8, 1.05)
    kind = u(0, 1)
    if kind < 0.15:  # angular, like a Z
        head = [(u(0, 0.15), u(0, 0.15)), *_corner(u(0.75, 1), u(0, 0.1))]
    else:
        ry = u(0.2, 0.32)
        head = [*_arc(0.48, ry, u(0.38, 0.48), ry, u(-215, -150), u(-10, 25), 7), (u(0.6, 0.75), u(0.55, 0.65))]
    if kind < 0.55:  # a corner at the foot
        foot = [*_corner(u(0, 0.15), base), (0.5, base + u(-0.04, 0.04)), (right, base + u(-0.08, 0.05))]
    elif kind < 0.82:  # a loop at the foot, wide or flat
        low, size = base - u(0.0, 0.06), u(0.04, 0.13)
        foot = [
            (0.22, low),
            (0.08, low - 0.01),
            (0.03, low - size),
            (0.14, low - 1.6 * size),
            (0.35, low - 0.5 * size),
            (0.6, low + u(-0.02, 0.05)),
            (right, low - u(-0.03, 0.12)),
        ]
    else:  # round, in one sweep
        foot = [
            (0.3, 0.82),
            (0.1, base),
            (0.3, base + u(-0.02, 0.03)),
            (0.65, base + u(-0.05, 0.05)),
            (right, base - u(0, 0.12)),
        ]
    return [[*head, *foot]]


def _three(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    waist, inset = u(0.38, 0.52), u(0.25, 0.6)
    kind = u(0, 1)
    lower = _arc(0.45, (waist + 1) / 2, u(0.42, 0.55), (1 - waist) / 2, -80, u(120, 175), 7)
    if kind < 0.18:  # a flat top
        head = [(u(0, 0.15), u(0, 0.06)), *_corner(u(0.8, 1), u(0, 0.04)), *_corner(inset, waist)]
        return [[*head, *lower[1:]]]
    upper = _arc(0.45, waist / 2, u(0.32, 0.48), waist / 2, u(-190, -130), 75, 7)
    if kind < 0.55:  # a pointed waist
        return [[*upper, *_corner(inset, waist), *lower]]
    if kind < 0.75:  # a small loop at the waist
        size = u(0.03, 0.08)
        return [[*upper, (inset, waist + size), (inset - 0.1, waist), (inset, waist - size), *lower]]
    return [[*upper, (max(inset, 0.4), waist), *lower]]  # a soft waist


def _four(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    bar, stem, reach = u(0.48, 0.76), u(0.55, 0.85), u(0.85, 1.1)
    if chance(0.35):  # the bar ends at the stem
        reach = stem + u(-0.03, 0.1)
    lift = u(-0.1, 0.05)
    foot = (stem + u(-0.12, 0.06), 1.0)
    kind = u(0, 1)
    if kind < 0.3:  # closed, the stem from the same point
        top = (stem + u(-0.06, 0.06), u(0, 0.06))
        return [
            [
                top,
                *([(0.35 + u(-0.05, 0.05), bar * 0.5)] if chance(0.4) else []),
                *_corner(u(0, 0.08), bar),
                (reach, bar + lift),
            ],
            [(stem + u(-0.06, 0.06), u(0.0, 0.3)), foot],
        ]
    start = (u(0.1, 0.45), u(0, 0.15))
    height = u(-0.05, 0.3)
    if chance(0.5):  # a narrow cup, and a stem that begins well below its head
        narrow = u(0.6, 1)
        bar = u(0.55, 0.88)
        height, stem, reach = u(0.2, 0.6), stem * narrow, reach * narrow
        foot = (stem + u(-0.12, 0.06), 1.0)
    if kind < 0.62:  # open, with a corner
        return [
            [start, *_corner(u(0, 0.12), bar), (reach, bar + lift)],
            [(stem + u(-0.06, 0.1), height), foot],
        ]
    if kind < 0.85:  # open, rounded like a u
        depth = u(0.0, 0.08)
        left = u(0, 0.12)
        return [
            [start, (left + 0.04, bar * 0.6), (left + 0.05, bar - 0.05), (0.35, bar + depth), (reach, bar + lift)],
            [(stem + u(-0.06, 0.1), height), foot],
        ]
    if kind < 0.95:  # in one stroke: down, across, up to the stem's head and down
        left = u(0, 0.12)
        return [
            [
                start,
                *_corner(left, bar),
                *_corner(stem + 0.03, bar + lift),
                *_corner(stem + u(0, 0.1), u(0.0, 0.3)),
                foot,
            ]
        ]
    # closed in one stroke, from the foot up
    return [[foot, *_corner(stem, 0.0), *_corner(u(0, 0.1), bar), (reach, bar + lift)]]


def _five(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    neck, left = u(0.32, 0.5), u(0.05, 0.28)
    radius = (1 - neck) / 2 + u(0.0, 0.06)
    bowl = _arc(u(0.38, 0.5), 1 - radius, u(0.4, 0.55), radius, u(-110, -60), u(110, 175), 7)
    bend = _corner(left + u(-0.08, 0.04), neck + u(-0.02, 0.08)) if chance(0.7) else [(left, neck)]
    end = u(0.65, 1.05)
    tilt = u(-0.1, 0.08)
    kind = u(0, 1)
    if kind < 0.35:  # one stroke, beginning with the bar
        corner = _corner(left + u(0, 0.1), u(0, 0.05)) if chance(0.8) else [(left + 0.1, 0.03)]
        return [[(end, tilt), *corner, *bend, *bowl]]
    if kind < 0.9:  # body first, then the bar, which need not meet it
        top = u(0.0, 0.06)
        gap = u(-0.1, 0.12)
        rise = u(-0.1, 0.1)
        return [[(left + u(0, 0.12), top), *bend, *bowl], [(left + gap, rise), (end, rise + tilt)]]
    return [[(end, u(0, 0.05)), (0.5, u(0, 0.04)), (left + 0.03, 0.18), (left + 0.15, neck), *bowl[1:]]]  # like an S


def _six(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    height = u(0.36, 0.62)
    middle, ry = 1 - height / 2, height / 2
    rx = u(0.36, 0.5)
    start = (u(0.4, 1.0), u(0, 0.08))
    way = [(u(0.2, 0.45), 0.25), (u(0.0, 0.12), 0.55)] if chance(0.7) else [(0.2, 0.35)]
    if chance(0.12):  # a hook at the head
        start = (start[0], 0.1)
        way = [(start[0] - 0.15, 0.0), *way]
    loop = _arc(0.5, middle, rx, ry, 180, u(-245, -130), 10)
    shrink = np.linspace(1.0, u(0.65, 1.05), len(loop))
    loop = [(0.5 + (x - 0.5) * s, middle + (y - middle) * s) for (x, y), s in zip(loop, shrink, strict=True)]
    return [[start, *way, *loop]]


def _seven(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    foot = (u(0.15, 0.6), 1.0)
    right = (u(0.85, 1), u(-0.03, 0.08))
    head = [(0.0, u(0.0, 0.1))]
    if chance(0.35):  # a tick at the left
        head = [(u(-0.05, 0.05), u(0.15, 0.35)), *_corner(u(0, 0.05), u(0.0, 0.08))]
    elif chance(0.2):  # a wave
        head = [(0.0, u(0.05, 0.15)), (0.25, 0.0), (0.6, u(0.03, 0.09))]
    bend = u(-0.12, 0.06)
    middle = [((right[0] + foot[0]) / 2 + bend, 0.45)] if chance(0.6) else []
    turn = _corner(*right) if chance(0.65) else [right]
    strokes: Skeleton = [[*head, *turn, *middle, foot]]
    if chance(0.5):
        cross, half, tilt = u(0.38, 0.8), u(0.18, 0.45), u(-0.08, 0.1)
        stem = right[0] + (foot[0] - right[0]) * cross + (bend if middle else 0) + u(-0.12, 0.15)
        strokes.append([(stem - half, cross - tilt), (stem + half, cross + tilt)])
    return strokes


def _eight(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    waist = u(0.38, 0.55)
    upper, lower = u(0.32, 0.48), u(0.4, 0.52)
    if chance(0.15):  # two rings
        gap = u(-0.05, 0.05)
        first, second = u(-180, 0), u(-150, -30)
        return [
            _arc(0.5, waist / 2, upper, waist / 2, first, first - u(330, 390)),
            _arc(0.5, (waist + 1 + gap) / 2, lower, (1 - waist) / 2, second, second - u(330, 390)),
        ]
    start = u(15, 110) if chance(0.75) else u(110, 340)
    # Figure eight: y goes down and up once while x swings twice.
    turn = np.radians(start + (-1 if chance(0.85) else 1) * np.linspace(0, u(325, 385), 17))
    strokes = []
    for t in turn:
        fall = (1 - float(np.cos(t))) / 2
        half = upper if fall < 0.5 else lower
        y = fall * 2 * waist if fall < 0.5 else waist + (fall - 0.5) * 2 * (1 - waist)
        strokes.append((0.5 + half * float(np.sin(2 * t)), y))
    return [strokes]


def _nine(u: Callable[[float, float], float], chance: Callable[[float], bool]) -> Skeleton:
    height = u(0.24, 0.45) if chance(0.4) else u(0.4, 0.62)
    middle, rx = height / 2, u(0.36, 0.5)
    x = 0.5
    if chance(0.45):  # a small ring far over the tail
        rx, x = u(0.2, 0.36), u(0.35, 0.65)
    edge = x + rx
    bulge = u(0, 0.25) if chance(0.4) else 0.0  # how far the tail swings out beyond the ring
    kind = u(0, 1)
    tail: list[tuple[float, float]]
    if kind < 0.3:  # straight
        tail = [(edge + u(-0.08, 0.03), 0.6), (edge - u(0.0, 0.35), 1.0)]
    elif kind < 0.6:  # a curled hook
        tail = [
            (edge + bulge, 0.65),
            (edge + bulge - u(0.05, 0.2), 0.92),
            (u(0.35, 0.5), 1.0),
            (u(0, 0.25), u(0.8, 0.95)),
        ]
    elif kind < 0.8:  # a flat hook
        tail = [
            (edge + bulge, 0.65),
            (edge + bulge - u(0, 0.15), 0.88),
            (u(0.4, 0.55), 1.0),
            (u(0, 0.2), 1.0 + u(-0.05, 0.03)),
        ]
    else:  # a bow
        tail = [(edge + u(0, 0.12), 0.6), (edge - u(0, 0.15), 0.85), (u(0.0, 0.4), 1.0)]
    if chance(0.18):  # ring and stem apart
        start = u(-90, 0)
        begin = (edge + u(-0.06, 0.04), u(0, 0.3))
        return [_arc(x, middle, rx, middle, start, start - u(320, 380)), [begin, *tail]]
    # From the right over the top, or open there; or wound out of the ring's middle.
    start, inner = (u(-100, 0), u(0.85, 1.05)) if chance(0.7) else (u(-60, 90), u(0.3, 0.85))
    ring = _arc(x, middle, rx, middle, start, -360 + u(-20, 20), 11)
    growth = np.linspace(inner, 1.0, len(ring))
    ring = [(x + (px - x) * g, middle + (py - middle) * g) for (px, py), g in zip(ring, growth, strict=True)]
    # The pen turns back on the ring's right edge: sharply, or round.
    turn = _corner(edge, u(0.0, middle)) if chance(0.5) else []
    return [[*ring, *turn, *tail]]


SKELETONS: Final = (_zero, _one, _two, _three, _four, _five, _six, _seven, _eight, _nine)

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


def write(digit: int, rng: np.random.Generator) -> tuple[Points, ...]:
    """Strokes of one handwritten digit, its longer side 1, around (0, 0); y down.

    Args:
        digit: 0 to 9.
        rng: source of the style and its variation.
    """

    def u(low: float, high: float) -> float:
        return float(rng.uniform(low, high))

    def chance(probability: float) -> bool:
        return bool(rng.random() < probability)

    skeleton = SKELETONS[digit](u, chance)
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

"""Shapes of the ten digits in people's handwriting: a few key points for each stroke of the pen.

Each digit has several forms, and a form is a family of shapes: its proportions are drawn at random. Coordinates are
shares of the digit's box, x to the right and y down; a stroke may leave the box a little.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Uniform = Callable[[float, float], float]
"""A random number between two bounds."""

Chance = Callable[[float], bool]
"""True with a given probability."""

Line = list[tuple[float, float]]
"""Key points x, y, in the order of writing. A point given twice in a row is a corner; elsewhere the line is smooth."""

Skeleton = list[Line]
"""Strokes of a digit; between two strokes the pen is lifted."""


class Form(NamedTuple):
    """One way to write a digit.

    Attributes:
        name: unique among the forms of the digit.
        share: of this form among the digit's forms; the shares of a digit add up to 1.
        strokes: draws a shape of this form.
    """

    name: str
    share: float
    strokes: Callable[[Uniform, Chance], Skeleton]


def _arc(x: float, y: float, rx: float, ry: float, start: float, end: float, count: int = 9) -> Line:
    """Key points on an ellipse around (x, y); angles in degrees, 0 to the right, 90 down, so growing is clockwise."""
    turn = np.radians(np.linspace(start, end, count))
    return [(x + rx * float(np.cos(t)), y + ry * float(np.sin(t))) for t in turn]


def _scaled(line: Line, x: float, y: float, factors: NDArray[np.float64]) -> Line:
    """Key points moved to `factors` times their distances from (x, y)."""
    return [(x + (px - x) * f, y + (py - y) * f) for (px, py), f in zip(line, factors.tolist(), strict=True)]


def _corner(x: float, y: float) -> Line:
    return [(x, y), (x, y)]


def _long_tail(u: Uniform, chance: Chance, x: float) -> Line:
    """A tail from the bottom at x to the left: flat, or curled up and perhaps inwards again."""
    end = u(-0.35, 0.15)
    if chance(0.55):
        level = 1.0 + u(-0.04, 0.04)
        return [(x, 1.0), (end, level)]
    rise = u(0.08, 0.3)
    curl = [(0.6 * x + 0.4 * end, 1.02), (end + 0.04, 1.0 - 0.3 * rise), (end, 1.0 - rise)]
    if chance(0.3):
        curl.append((end + u(0.08, 0.2), 1.0 - rise - u(-0.02, 0.08)))
    return curl


def _zero(u: Uniform, chance: Chance) -> Skeleton:
    start, sweep = u(-150, -20), u(330, 400)
    way = -1 if chance(0.8) else 1
    ring = _arc(0.5, 0.5, 0.5, 0.5, start, start + way * sweep, 13)
    # The pen rarely comes back to where it began: the radius drifts along the way.
    drift = np.linspace(u(0.8, 1.05), u(0.85, 1.1), len(ring))
    if chance(0.1):  # it begins above the ring
        drift[0] = u(1.1, 1.4)
    strokes: Skeleton = [_scaled(ring, 0.5, 0.5, drift)]
    if chance(0.06):
        reach = u(0.0, 0.25)
        strokes.append([(1 - reach, reach), (reach, 1 - reach)])
    return strokes


def _one_flag(u: Uniform, reach: float) -> Line:
    """The flag of a 1, up to its tip. The further it reaches, the lower it hangs; a level one would make it a 7."""
    start = (0.5 - reach, u(0.1, 0.35) + 0.25 * reach)
    middle = ((start[0] + 0.5) / 2 + u(-0.03, 0.06), start[1] / 2 + u(-0.12, 0.06))
    return [start, middle, *_corner(0.5, 0.0)]


def _one_foot(u: Uniform, chance: Chance, foot: tuple[float, float]) -> Line:
    """A long foot, written without lifting the pen from the stem that ends at `foot`."""
    x, y = foot
    left, right, tilt = u(0.15, 0.9), u(0.2, 0.9), u(-0.06, 0.06)
    kind = u(0, 1)
    if kind < 0.3:  # a curl to the left
        return [(x - 0.03, y - 0.1), (x - 0.3 * left, y), (x - left, y - u(-0.02, 0.12))]
    if kind < 0.45:  # to the right only
        return [*_corner(x, y), (x + 0.6 * right, y + tilt)]
    there = (x - left, y + u(-0.05, 0.04))
    turn = [there, there] if chance(0.5) else [there]
    if chance(0.5):  # to the left round, and back over it to the right
        return [(x - 0.02, y - 0.08), *turn, (x + right, y + tilt)]
    return [*_corner(x, y), *turn, (x + right, y + tilt)]


def _one(u: Uniform, chance: Chance) -> Skeleton:
    lean = u(-0.06, 0.06)
    stem = [(0.5 + lean, 0.5)] if chance(0.5) else []
    foot = (0.5 + u(-0.05, 0.05), 1.0)
    if chance(0.45):
        strokes = [[(0.5, 0.0), *stem, foot]]
    else:
        reach = u(0.1, 0.6) if chance(0.6) else u(0.4, 1.4)
        flag = _one_flag(u, reach)
        strokes = [[*(flag if chance(0.5) else [flag[0], *flag[2:]]), *stem, foot]]
    if chance(0.12):  # a foot that turns to the left
        strokes[0] += [foot, (foot[0] - u(0.1, 0.4), foot[1] - u(-0.04, 0.08))]
    elif chance(0.28):  # a bar under it
        half, tilt = u(0.15, 0.5), u(-0.05, 0.05)
        side = u(-0.1, 0.1)
        strokes.append([(0.5 - half + side, 1 + tilt), (0.5 + half + side, 1 - tilt)])
    return strokes


def _one_with_foot(u: Uniform, chance: Chance) -> Skeleton:
    foot = (0.5 + u(-0.12, 0.05), 1.0)
    head = _one_flag(u, u(0.1, 0.5))
    return [[*head, *([(0.5 + u(-0.06, 0.06), 0.5)] if chance(0.5) else []), *_one_foot(u, chance, foot)]]


def _one_loop(u: Uniform, chance: Chance) -> Skeleton:
    """A 1 whose flag runs into the stem by a narrow loop at the top."""
    width, height = u(0.06, 0.2), u(0.2, 0.42)
    flag = [(0.5 - u(0.1, 0.45), height + u(-0.1, 0.12)), (0.5 + 0.3 * width, 0.8 * height)]
    loop = [(0.5 + width, 0.3 * height), (0.5 + 0.4 * width, 0.0), (0.5 - 0.3 * width, 0.35 * height), (0.5, height)]
    foot = (0.5 + u(-0.15, 0.05), 1.0)
    return [[*flag, *loop, *(_one_foot(u, chance, foot) if chance(0.6) else [foot])]]


def _one_wide_flag(u: Uniform, chance: Chance) -> Skeleton:
    """A 1 whose flag is almost as long as its stem and rises steeply, where the top of a 7 is level."""
    reach = u(0.6, 1.7)
    hang = u(0.2, 0.42) + 0.13 * reach
    middle = [(0.5 - 0.5 * reach, 0.5 * hang + u(-0.06, 0.1))] if chance(0.6) else []
    tip = _corner(0.5, 0.0) if chance(0.65) else [(0.46, 0.0), (0.5 + u(0.0, 0.06), 0.06)]
    stem = [(0.5 - u(-0.05, 0.2), u(0.4, 0.6))] if chance(0.5) else []
    return [[(0.5 - reach, hang), *middle, *tip, *stem, (0.5 - u(0.0, 0.5), 1.0)]]


def _one_upstroke(u: Uniform, chance: Chance) -> Skeleton:
    """A 1 whose flag begins far down and climbs beside the stem."""
    start = (0.5 - u(0.02, 0.45), u(0.45, 0.95))
    tip = _corner(0.5, 0.0) if chance(0.6) else [(0.5 - u(0.0, 0.05), 0.02), (0.5 + u(0.0, 0.06), 0.03)]
    foot = (0.5 + u(-0.08, 0.12), 1.0)
    middle = [((start[0] + 0.5) / 2 + u(-0.04, 0.06), start[1] / 2)] if chance(0.5) else []
    return [[start, *middle, *tip, *(_one_foot(u, chance, foot) if chance(0.15) else [foot])]]


def _two_head(u: Uniform) -> Line:
    """A round head, down to the middle of the neck."""
    ry = u(0.2, 0.32)
    return [*_arc(0.48, ry, u(0.38, 0.48), ry, u(-215, -150), u(-10, 25), 7), (u(0.6, 0.75), u(0.55, 0.65))]


def _two(u: Uniform, chance: Chance) -> Skeleton:
    base, right = u(0.9, 1.0), u(0.8, 1.05) if chance(0.85) else u(1.0, 1.4)
    kind = u(0, 1)
    angular = [(u(0, 0.15), u(0, 0.15)), *_corner(u(0.75, 1), u(0, 0.1))]  # like a Z
    head = angular if kind < 0.15 else _two_head(u)
    if kind < 0.55:  # a corner at the foot
        foot = [*_corner(u(0, 0.15), base), (0.5, base + u(-0.04, 0.04)), (right, base + u(-0.08, 0.05))]
    elif kind < 0.82:  # a loop at the foot, wide or flat
        low, size = base - u(0.0, 0.06), u(0.04, 0.2)
        foot = [
            (0.22, low),
            (0.08, low - 0.01),
            (0.03, low - size),
            (0.14, low - 1.6 * size),
            (0.35, low - 0.5 * size),
            (0.6, low + u(-0.02, 0.05)),
            (right, low - u(-0.06, 0.12)),
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


def _two_without_foot(u: Uniform, chance: Chance) -> Skeleton:
    """A 2 whose neck ends at the bottom in a short flick to the right."""
    low = u(0.25, 0.55)
    flick = [(low + u(0.02, 0.06), 0.99), (low + u(0.14, 0.36), 1.0 - u(-0.02, 0.08))]
    return [[*_two_head(u), (low, u(0.84, 0.92)), *flick]]


def _two_falling_foot(u: Uniform, chance: Chance) -> Skeleton:
    """A 2 whose foot falls to the right."""
    left, base = u(0.0, 0.25), u(0.72, 0.88)
    turn = _corner(left, base) if chance(0.5) else [(left + 0.06, base - 0.03), (left + 0.1, base + 0.04)]
    return [[*_two_head(u), *turn, (u(0.5, 0.65), 0.93 + u(-0.04, 0.02)), (u(0.9, 1.2), 1.0)]]


def _three(u: Uniform, chance: Chance) -> Skeleton:
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


def _three_long_tail(u: Uniform, chance: Chance) -> Skeleton:
    """A 3 that ends in a long tail, flat or curled."""
    waist, inset = u(0.35, 0.52), u(0.25, 0.6)
    upper = _arc(0.45, waist / 2, u(0.32, 0.48), waist / 2, u(-190, -130), u(45, 75), 6)
    lower = _arc(0.45, (waist + 1) / 2, u(0.45, 0.65), (1 - waist) / 2, -70, u(50, 80), 5)
    turn = _corner(inset, waist) if chance(0.5) else [(max(inset, 0.4), waist)]
    return [[*upper, *turn, *lower, *_long_tail(u, chance, u(0.35, 0.55))]]


def _three_slanting_tail(u: Uniform, chance: Chance) -> Skeleton:
    """A 3 with a narrow lower bow, from which the tail falls straight to the left."""
    waist, bulge = u(0.38, 0.55), u(0.6, 0.95)
    upper = _arc(0.5, waist / 2, u(0.3, 0.45), waist / 2, u(-190, -130), u(20, 60), 6)
    inset = (u(0.35, 0.6), waist + u(0.0, 0.06))
    bow = [(bulge, waist + u(0.12, 0.2)), (bulge - u(0.02, 0.12), u(0.76, 0.85))]
    return [[*upper, *(_corner(*inset) if chance(0.3) else [inset]), *bow, (u(-0.2, 0.35), 1.0)]]


def _three_slight_waist(u: Uniform, chance: Chance) -> Skeleton:
    """A 3 whose two bows hardly part."""
    waist = u(0.42, 0.58)
    head = _arc(0.5, 0.24, u(0.3, 0.45), 0.24, u(-200, -150), u(-5, 25), 6)
    inset = u(0.45, 0.62)
    bow = [(inset, waist), (inset + u(0.08, 0.22), waist + u(0.16, 0.24)), (inset - u(-0.05, 0.1), u(0.92, 0.97))]
    return [[*head, *bow, (u(0.05, 0.35), 1.0 + u(-0.04, 0.02))]]


def _four(u: Uniform, chance: Chance) -> Skeleton:
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


def _four_low_cup(u: Uniform, chance: Chance) -> Skeleton:
    """A 4 whose long left stroke ends in a small cup, with a short stem beside it."""
    bar, width = u(0.72, 0.95), u(0.3, 0.65)
    start, left = (u(0.05, 0.5), 0.0), u(0.0, 0.1)
    head = (left + width + u(0.0, 0.12), bar - u(0.12, 0.4))
    foot = (left + width + u(-0.15, 0.05), max(1.0, bar + u(0.1, 0.3)))
    middle = [(left + 0.3 * (start[0] - left) + u(-0.03, 0.03), 0.5 * bar)] if chance(0.6) else []
    base = [(left, bar - 0.1), (left + 0.4 * width, bar + u(0.0, 0.03))] if chance(0.5) else _corner(left, bar)
    down = [start, *middle, *base]
    if chance(0.35):  # in one stroke
        return [[*down, *(_corner(*head) if chance(0.6) else [head]), foot]]
    end = (left + width + u(-0.1, 0.25), bar + u(-0.08, 0.04))
    return [[*down, end], [head, foot]]


def _four_bent_stem(u: Uniform, chance: Chance) -> Skeleton:
    """An open 4 whose stem comes from the right in a bend."""
    bar, stem = u(0.45, 0.75), u(0.5, 0.75)
    left = u(0.0, 0.12)
    cup = [
        (u(0.15, 0.45), u(0.0, 0.1)),
        (left + 0.02, bar - 0.15),
        (left + 0.12, bar),
        (stem + u(0.0, 0.3), bar + u(-0.1, 0.05)),
    ]
    top = u(0.0, 0.35)
    bend = [(stem + u(0.15, 0.5), top), (stem + u(0.04, 0.12), top + u(0.05, 0.15)), (stem - 0.03, bar)]
    return [cup, [*bend, (stem - u(0.05, 0.25), 1.0)]]


def _five(u: Uniform, chance: Chance) -> Skeleton:
    neck, left = u(0.32, 0.5), u(0.05, 0.28)
    radius = (1 - neck) / 2 + u(0.0, 0.06)
    x, rx, start = u(0.38, 0.5), u(0.4, 0.55), u(-110, -60)
    if chance(0.2):
        bowl = [*_arc(x, 1 - radius, rx, radius, start, u(50, 80), 5), *_long_tail(u, chance, u(0.3, 0.5))]
    else:
        bowl = _arc(x, 1 - radius, rx, radius, start, u(110, 175), 7)
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


def _five_loose_bar(u: Uniform, chance: Chance) -> Skeleton:
    """A 5 in two strokes whose bar doesn't meet the body."""
    left, top = u(0.05, 0.3), u(0.12, 0.25)
    radius = u(0.25, 0.34)
    bowl = _arc(u(0.38, 0.48), 1 - radius, u(0.4, 0.52), radius, u(-80, -50), u(100, 170), 6)
    begin = (left + u(0.05, 0.4), top)
    body = [begin, *(_corner(left, u(0.3, 0.42)) if chance(0.4) else [(left, u(0.34, 0.42))]), *bowl]
    tilt = u(-0.12, 0.08)
    bar = [(left + u(-0.1, 0.25), u(-0.02, 0.08)), (u(0.75, 1.1), tilt)]
    return [body, bar]


def _five_straight_neck(u: Uniform, chance: Chance) -> Skeleton:
    """A 5 whose neck falls straight into the bowl, under a long bar."""
    top = (u(0.2, 0.5), u(0.05, 0.15))
    side = u(0.65, 0.95)
    body = [top, (0.4 * top[0] + 0.6 * side - u(0.05, 0.15), u(0.42, 0.52)), (side, u(0.66, 0.78))]
    tail = [(side - u(0.05, 0.15), 0.92), (u(0.3, 0.5), 1.0), (u(-0.1, 0.2), u(0.92, 1.02))]
    bar = [(top[0] - u(0.1, 0.35), top[1] + u(0.02, 0.15)), (0.6, u(0.0, 0.06)), (u(0.9, 1.2), u(-0.05, 0.02))]
    return [[*body, *tail], bar]


def _six(u: Uniform, chance: Chance) -> Skeleton:
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
    loop = _scaled(loop, 0.5, middle, shrink)
    return [[start, *way, *loop]]


def _six_small_loop(u: Uniform, chance: Chance) -> Skeleton:
    """A 6 that is a long stem with a tiny closed loop at its foot."""
    height, rx = u(0.2, 0.36), u(0.14, 0.34)
    y, ry = 1 - height / 2, height / 2
    x = u(0.2, 0.45)
    start = (x + u(-0.1, 0.6), 0.0)
    stem = [(x - rx + 0.35 * (start[0] - x + rx) + u(-0.08, 0.06), u(0.45, 0.55)), (x - rx, y - ry)]
    if chance(0.2):  # a hook at the head
        start = (start[0] + 0.04, 0.1)
        stem.insert(0, (start[0] - 0.08, 0.0))
    loop = _arc(x, y, rx, ry, 170, u(-250, -195), 10)
    if chance(0.25):  # the pen goes on across the stem
        loop = [*_arc(x, y, rx, ry, 170, -100, 8), (x - rx - u(0.0, 0.4), y + u(-0.05, 0.1))]
    return [[start, *stem, *loop]]


def _six_open(u: Uniform, chance: Chance) -> Skeleton:
    """A 6 whose loop stays open: a bowl that ends under its middle, or a tail that winds in."""
    height, rx = u(0.2, 0.45), u(0.2, 0.5)
    y, ry = 1 - height / 2, height / 2
    start = (u(0.3, 1.1), 0.0)
    way = [(u(0.15, 0.35), 0.3), (u(0.0, 0.08), 0.62)]
    loop = _arc(rx, y, rx, ry, 170, u(-130, -60), 8)
    shrink = np.linspace(1.0, u(0.4, 0.9), len(loop))
    return [[start, *way, *_scaled(loop, rx, y, shrink)]]


def _seven_top(u: Uniform, chance: Chance) -> Line:
    """The top of a 7, up to and with its turn into the stem: straight, with a hook, waved or curved."""
    right = (u(0.85, 1), u(-0.03, 0.08))
    turn = _corner(*right) if chance(0.65) else [right]
    kind = u(0, 1)
    if kind < 0.3:  # straight
        return [(0.0, u(0.0, 0.1)), *turn]
    if kind < 0.5:  # a tick at the left
        return [(u(-0.05, 0.05), u(0.15, 0.35)), *_corner(u(0, 0.05), u(0.0, 0.08)), *turn]
    if kind < 0.58:  # a wave
        return [(0.0, u(0.05, 0.15)), (0.25, 0.0), (0.6, u(0.03, 0.09)), *turn]
    side = u(0.8, 1.0)
    if kind < 0.78:  # curved at the right
        return [(0.0, u(0.0, 0.12)), (0.35, 0.01), (0.72, u(0.0, 0.05)), (side, u(0.15, 0.28))]
    # curved all the way, rising from a hook
    start = (u(0.0, 0.3), u(0.12, 0.38))
    return [start, (start[0] + u(0.03, 0.15), 0.08), (0.55, 0.0), (0.85, u(0.04, 0.12)), (side, u(0.18, 0.35))]


def _seven_stem(u: Uniform, chance: Chance, top: tuple[float, float]) -> Line:
    """The stem of a 7 under its top's last point: slanting or upright, straight or bent."""
    foot = (u(0.15, 0.6), 1.0) if chance(0.7) else (top[0] - u(-0.02, 0.2), 1.0)
    bend = u(-0.12, 0.1) if chance(0.7) else u(-0.2, -0.1)
    middle = [((top[0] + foot[0]) / 2 + bend, u(0.4, 0.6))] if chance(0.6) else []
    return [*middle, foot]


def _across(line: Line, y: float) -> float:
    """The x at which the end of a line, which runs down, passes a height."""
    (x0, y0), (x1, y1) = next(pair for pair in zip(line[-2::-1], line[:0:-1], strict=True) if pair[0][1] <= y)
    return x0 + (x1 - x0) * (y - y0) / max(y1 - y0, 0.01)


def _seven(u: Uniform, chance: Chance) -> Skeleton:
    top = _seven_top(u, chance)
    return [[*top, *_seven_stem(u, chance, top[-1])]]


def _seven_crossed(u: Uniform, chance: Chance) -> Skeleton:
    """A 7 with a bar across its stem, or from the left up to it, in a second stroke."""
    (line,) = _seven(u, chance)
    height = u(0.38, 0.84)
    stem, tilt = _across(line, height), u(-0.1, 0.12)
    left, right = u(0.15, 0.5), u(0.15, 0.5)
    if chance(0.25):
        right = u(-0.12, 0.06)
    bar = [(stem - left, height + tilt), (stem + right, height - tilt)]
    if chance(0.35):  # it rises from a hook, or is bent
        bar = [(stem - left - u(-0.03, 0.05), height + u(0.06, 0.14)), (stem - 0.5 * left, height), bar[1]]
    return [line, bar]


def _seven_joined_bar(u: Uniform, chance: Chance) -> Skeleton:
    """A 7 whose pen turns at the foot, goes back up to the left and draws the bar without being lifted."""
    (line,) = _seven(u, chance)
    x, y = line[-1]
    height = u(0.42, 0.84)
    stem, tilt = _across(line, height), u(-0.03, 0.1)
    begin = (stem - u(0.1, 0.5), height + u(-0.04, 0.08))
    end = (stem + u(0.05, 0.5), height - tilt)
    if chance(0.45):  # a tail, straight back up
        back = [(x, y), *(_corner(*begin) if chance(0.6) else [begin])]
    else:  # a loop
        reach = u(0.06, 0.3)
        low, side = (x - 0.5 * reach, y - u(-0.02, 0.06)), (min(x, begin[0]) - u(-0.08, 0.1), (y + height) / 2 + 0.05)
        back = [low, side, (begin[0] + u(0.02, 0.08), height + u(-0.04, 0.03))]
    return [[*line, *back, end]]


def _eight(u: Uniform, chance: Chance) -> Skeleton:
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


def _nine_tail(u: Uniform, chance: Chance, edge: float, straight: float = 0.3) -> Line:
    """The tail of a 9 whose ring ends at x = edge, straight with a given probability."""
    bulge = u(0, 0.25) if chance(0.4) else 0.0  # how far the tail swings out beyond the ring
    if chance(straight):
        return [(edge + u(-0.08, 0.03), 0.6), (edge - u(0.0, 0.35), 1.0)]
    kind = u(0, 1)
    if kind < 0.42:  # a curled hook
        return [
            (edge + bulge, 0.65),
            (edge + bulge - u(0.05, 0.2), 0.92),
            (u(0.35, 0.5), 1.0),
            (u(0, 0.25), u(0.8, 0.95)),
        ]
    if kind < 0.72:  # a flat hook
        return [
            (edge + bulge, 0.65),
            (edge + bulge - u(0, 0.15), 0.88),
            (u(0.4, 0.55), 1.0),
            (u(0, 0.2), 1.0 + u(-0.05, 0.03)),
        ]
    # a bow
    return [(edge + u(0, 0.12), 0.6), (edge - u(0, 0.15), 0.85), (u(0.0, 0.4), 1.0)]


def _nine(u: Uniform, chance: Chance) -> Skeleton:
    height = u(0.24, 0.45) if chance(0.4) else u(0.4, 0.62)
    middle, rx = height / 2, u(0.36, 0.5)
    x = 0.5
    if chance(0.45):  # a small ring far over the tail
        rx, x = u(0.2, 0.36), u(0.35, 0.65)
    edge = x + rx
    tail = _nine_tail(u, chance, edge)
    if chance(0.18):  # ring and stem apart
        start = u(-90, 0)
        begin = (edge + u(-0.06, 0.04), u(0, 0.3))
        return [_arc(x, middle, rx, middle, start, start - u(320, 380)), [begin, *tail]]
    # From the right over the top, or open there; or wound out of the ring's middle.
    start, inner = (u(-100, 0), u(0.85, 1.05)) if chance(0.7) else (u(-60, 90), u(0.3, 0.85))
    ring = _arc(x, middle, rx, middle, start, -360 + u(-20, 20), 11)
    growth = np.linspace(inner, 1.0, len(ring))
    ring = _scaled(ring, x, middle, growth)
    # The pen turns back on the ring's right edge: sharply, or round.
    turn = _corner(edge, u(0.0, middle)) if chance(0.5) else []
    return [[*ring, *turn, *tail]]


def _nine_long_tail(u: Uniform, chance: Chance) -> Skeleton:
    """A 9 whose tail runs far to the left at the bottom, flat or curled."""
    middle, rx = u(0.14, 0.27), u(0.25, 0.5)
    x = u(0.4, 0.6)
    edge = x + rx
    start = u(-100, 60)
    ring = _arc(x, middle, rx, middle, start, -360 + u(-20, 20), 10)
    growth = np.linspace(u(0.6, 1.0), 1.0, len(ring))
    ring = _scaled(ring, x, middle, growth)
    turn = _corner(edge, u(0.0, middle)) if chance(0.5) else []
    if chance(0.3):  # a corner at the bottom
        right = edge - u(0.0, 0.12)
        return [[*ring, *turn, *_corner(right, 1.0), (u(-0.3, 0.1), 1.0 + u(-0.03, 0.03))]]
    bulge = u(0.0, 0.3)
    stem = [(edge + bulge, u(0.6, 0.72)), (edge + bulge - u(0.04, 0.2), 0.91)]
    return [[*ring, *turn, *stem, *_long_tail(u, chance, u(0.35, 0.55))]]


def _nine_swung(u: Uniform, chance: Chance) -> Skeleton:
    """A 9 with a small ring from which the stem swings out to the right, and a tail back to the left."""
    height, rx = u(0.2, 0.38), u(0.15, 0.32)
    x, y = u(0.25, 0.55), height / 2
    if chance(0.6):  # from the ring's left, under it
        ring = _arc(x, y, rx, y, u(40, 120), u(-215, -180), 8)
        ring.append((x + u(0.0, 0.15), height + u(0.0, 0.06)))
    else:  # from its right
        ring = _arc(x, y, rx, y, u(-60, 10), -360 + u(-35, 5), 9)
    side = x + u(0.2, 0.5)
    return [[*ring, (side, u(0.66, 0.78)), (side - u(0.05, 0.2), 0.94), *_long_tail(u, chance, u(0.25, 0.45))]]


def _nine_open(u: Uniform, chance: Chance) -> Skeleton:
    """A 9 whose head stays open at the top or at the right."""
    x, middle, rx = 0.45, u(0.2, 0.3), u(0.34, 0.5)
    edge = x + rx
    # With a straight tail, an open head would make it a 4.
    tail = _nine_tail(u, chance, edge, straight=0.05)
    if chance(0.5):  # a cup, hooked at its left, up to the stem
        cup = [(x + u(-0.25, 0.04), u(0.0, 0.08)), *_arc(x, middle, rx, middle, -170, -320, 7)]
        join = (edge, u(0.15, 0.35))
        return [[*cup, *(_corner(*join) if chance(0.6) else [join]), *tail]]
    if chance(0.3):  # a ring from the left round to the top, and a stem
        ring = _arc(x, middle, rx, middle, u(150, 200), u(-125, -70), 9)
        growth = np.linspace(u(0.5, 0.9), 1.0, len(ring))
        ring = _scaled(ring, x, middle, growth)
        return [ring, [(edge + u(-0.08, 0.05), middle + u(-0.15, 0.1)), *tail]]
    # An arch that isn't led back to its beginning, and a stem beside it or out of it.
    arch = _arc(x, middle, rx, middle, u(-100, -50), -360 + u(35, 70), 9)
    if chance(0.5):
        return [[*arch, (edge + u(-0.03, 0.1), middle + u(0.1, 0.25)), *tail]]
    return [arch, [(edge + u(0.02, 0.12), middle + u(-0.06, 0.12)), *tail]]


FORMS: Final = (
    (Form("ring", 1.0, _zero),),
    (
        Form("plain", 0.5, _one),
        Form("with foot", 0.14, _one_with_foot),
        Form("loop", 0.1, _one_loop),
        Form("wide flag", 0.12, _one_wide_flag),
        Form("upstroke", 0.14, _one_upstroke),
    ),
    (
        Form("plain", 0.88, _two),
        Form("without foot", 0.05, _two_without_foot),
        Form("falling foot", 0.07, _two_falling_foot),
    ),
    (
        Form("plain", 0.5, _three),
        Form("long tail", 0.22, _three_long_tail),
        Form("slanting tail", 0.15, _three_slanting_tail),
        Form("slight waist", 0.13, _three_slight_waist),
    ),
    (Form("plain", 0.68, _four), Form("low cup", 0.2, _four_low_cup), Form("bent stem", 0.12, _four_bent_stem)),
    (
        Form("plain", 0.7, _five),
        Form("loose bar", 0.15, _five_loose_bar),
        Form("straight neck", 0.15, _five_straight_neck),
    ),
    (Form("plain", 0.6, _six), Form("small loop", 0.25, _six_small_loop), Form("open", 0.15, _six_open)),
    (Form("plain", 0.22, _seven), Form("crossed", 0.48, _seven_crossed), Form("joined bar", 0.3, _seven_joined_bar)),
    (Form("figure", 1.0, _eight),),
    (
        Form("plain", 0.5, _nine),
        Form("long tail", 0.2, _nine_long_tail),
        Form("swung", 0.15, _nine_swung),
        Form("open", 0.15, _nine_open),
    ),
)
"""Forms of each digit, 0 to 9."""

"""Ink in a photograph: several readings of what is ground and what is ink, and the one that looks most like strokes.

Light that falls unevenly, shadows, tables, noise and coloured pens each need another ground, so a few are tried: the
ground is the morphological closing of the brightness (either polarity) or of the colour, which fills what is narrower
than its window and keeps slopes and steps as they are. Each ground gives one mask of ink. Printed lines, frames and
edges of the paper are taken out of it, and what is left is judged by its shape alone (no network is asked): strokes
are of one width, narrow for their length, sharp at their edges, few and apart from the picture's edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from lenet.digits.picture_lines import without_lines
from lenet.errors import InputError

SURVEY_SIDE: Final = 448
"""Longer side in pixels of the picture in which ink is looked for."""

WINDOWS: Final = (0.24, 0.1, 0.5, None)
"""Windows of the closing, as shares of the longer side: a little more than a stroke is wide.

None: the same ground everywhere, for a digit so bold and so closely cropped that there is next to no ground.
"""

BLURS: Final = ((0.6, 1.0), (2.4, 0.95))
"""Standard deviations of the smoothing in pixels, and factors of their readings' scores.

The larger makes strokes of dots and removes noise, and fills small loops.
"""

GOOD: Final = 0.8
"""A reading with this score is taken without looking for a better one."""

POOR: Final = 0.36
"""A shape of a lower score, apart from its size, is no ink: waves of the paper, an edge of the light."""

MOST: Final = 0.5
"""Largest share of a picture that ink covers."""

MOST_CROPPED: Final = 0.85
"""Largest share of ink in a picture with next to no ground."""

SEVERAL: Final = 0.8
"""Factor of the score of a reading with several digits."""

MIN_CONTRAST: Final = 0.08
"""Smallest share of the light reflected by the paper that ink absorbs."""

DARKEST: Final = 1 / 16
"""No ground is taken to be darker than this, so that the noise of black isn't blown up."""

SOLID: Final = 0.72
"""Share of its box above which a shape with holes is no digit, but the paper around one."""

Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]
Box = tuple[slice, slice]
_EIGHT: Final = np.ones((3, 3), bool)


@dataclass(frozen=True)
class View:
    """A picture in which ink is dark.

    Attributes:
        grey: (h, w) in 0..1.
        weight: factor of its readings' scores.
    """

    kind: str
    grey: Grey
    weight: float


@dataclass(frozen=True)
class Reading:
    """One way to read a picture.

    Attributes:
        view: kind of the view that it was made of.
        ink: (h, w) in 0..1, with grey edges, of everything that is kept.
        digits: (h, w) mask of each digit, left to right.
        score: how much it looks like strokes, in 0..1.
    """

    view: str
    ink: Grey
    digits: tuple[Mask, ...]
    score: float


def find_ink(picture: NDArray[np.uint8]) -> list[Grey]:
    """The ink of each digit in a picture, left to right.

    Args:
        picture: (h, w, 3) uint8, sRGB.

    Returns:
        For each digit its ink, (h, w) in 0..1 with grey edges; sizes differ.

    Raises:
        InputError: there is none.
    """
    best = survey(_fit(picture, SURVEY_SIDE))
    return [_closer(picture, best, mask) for mask in best.digits]


def survey(picture: NDArray[np.uint8]) -> Reading:
    """The best reading of a picture of at most `SURVEY_SIDE`.

    Args:
        picture: (h, w, 3) uint8, sRGB.

    Raises:
        InputError: there is no ink.
    """
    found = _best(reading for view in _views(picture) for reading in _read(view))
    if found is None:
        raise InputError("picture-blank")
    return found


def _best(readings: Iterable[Reading]) -> Reading | None:
    best = None
    for reading in readings:
        if best is None or reading.score > best.score:
            best = reading
        if best.score >= GOOD:
            break
    return best


def _closer(picture: NDArray[np.uint8], reading: Reading, digit: Mask) -> Grey:
    """The ink of one digit; of a small digit in a large picture, looked at again from nearby."""
    ink = np.where(ndimage.binary_dilation(digit, _EIGHT, 2), reading.ink, 0)
    rows, columns = _box(digit)
    size = max(rows.stop - rows.start, columns.stop - columns.start)
    scale = max(picture.shape[:2]) / max(digit.shape)
    if scale < 1.2 or size > 0.3 * SURVEY_SIDE:
        return ink
    margin = size // 2 + 4
    part = (_wider(rows, margin, digit.shape[0]), _wider(columns, margin, digit.shape[1]))
    large = tuple(slice(round(side.start * scale), round(side.stop * scale)) for side in part)
    cut = _fit(picture[large], SURVEY_SIDE)
    near = ndimage.binary_dilation(digit[part], _EIGHT, max(2, size // 12))
    allowed = np.asarray(Image.fromarray(near).resize((cut.shape[1], cut.shape[0])))
    best = _best(again for view in _views(cut) if view.kind == reading.view for again in _read(view, allowed))
    if best is None:
        return ink
    return np.where(ndimage.binary_dilation(best.digits[0], _EIGHT, 2), best.ink, 0)


def _box(mask: Mask) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _wider(side: slice, by: int, end: int) -> slice:
    return slice(max(0, side.start - by), min(end, side.stop + by))


def _fit(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    scale = side / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def _views(picture: NDArray[np.uint8]) -> list[View]:
    rgb = picture.astype(np.float32) / 255
    grey = np.asarray(rgb @ np.array((0.299, 0.587, 0.114)), np.float32)
    views = [View("dark", grey, 1), View("light", np.float32(1) - grey, 0.95)]
    # Shares of red and blue in the light don't change with its strength. Dark pixels have none that could be trusted.
    total = np.maximum(rgb.sum(-1), 0.3)
    shares = np.stack((rgb[..., 0] / total, rgb[..., 2] / total), -1)
    middle = np.median(shares.reshape(-1, 2), 0)
    colour = 3 * np.hypot(*np.moveaxis(shares - middle, -1, 0))
    if colour.max() > MIN_CONTRAST:
        # A JPEG keeps colour at half its size, and a frame may be the only thing that has any.
        views.append(View("colour", np.clip(1 - colour, 0, 1).astype(np.float32), 0.85))
    return views


def _read(view: View, allowed: Mask | None = None) -> Iterator[Reading]:
    longer = max(view.grey.shape)
    for sigma, weight in BLURS:
        blur = sigma * longer / SURVEY_SIDE
        grey = ndimage.gaussian_filter(view.grey, blur, mode="nearest")
        for window in WINDOWS:
            if window is None:
                ground = np.full_like(grey, max(float(np.quantile(grey, 0.95)), DARKEST))
            else:
                ground = np.maximum(_close(grey, max(1, round(window * longer / 2))), DARKEST)
            reading = _reading(view, grey, ground, blur, allowed, window is None)
            if reading:
                yield replace(reading, score=reading.score * view.weight * weight)


def _close(grey: Grey, reach: int) -> Grey:
    """Morphological closing; the picture ends at its edges, so that a stroke along an edge is as narrow as it is."""
    size = 2 * reach + 1
    wide: Grey = ndimage.maximum_filter(grey, size, mode="constant", cval=-1)
    return np.asarray(ndimage.minimum_filter(wide, size, mode="constant", cval=2), np.float32)


def _reading(view: View, grey: Grey, ground: Grey, blur: float, allowed: Mask | None, cropped: bool) -> Reading | None:
    strength = np.clip(1 - grey / ground, 0, 1)
    middle = float(np.quantile(strength, 0.1 if cropped else 0.5))
    noise = 0.0 if cropped else 1.4826 * float(np.median(np.abs(strength - middle)))
    # Thirty pixels at least are ink; Otsu's threshold would drown a stroke as fine as that in the noise.
    few = min(30, strength.size)
    peak = float(np.partition(strength.ravel(), -few)[-few])
    if peak - middle < max(MIN_CONTRAST, 6 * noise):
        return None
    ink = np.clip((strength - middle) / (peak - middle), 0, 1)
    everything = ink > 0.45
    if everything.mean() > (MOST_CROPPED if cropped else MOST):
        return None
    if allowed is None:
        kept, everything = _without_structures(everything)
        digits = _digits(kept)
    else:
        everything &= allowed
        digits = [everything] if everything.any() else []
    # The ground has edges of its own where the window ends; the picture has none there.
    slope = ndimage.gaussian_gradient_magnitude(grey, 1.0, mode="nearest") / ground / (peak - middle)
    slope /= 0.28 / np.hypot(1.2, blur)
    scores = [_score(np.minimum(slope, 1), digit) for digit in digits]
    if max(scores, default=0) == 0:
        return None
    best = [digit for digit, score in zip(digits, scores, strict=True) if score > 0.6 * max(scores)]
    pure = float(sum(digit.sum() for digit in best)) / float(everything.sum())
    # A ground that cuts a bold digit in two makes several; where there are several, every ground finds them.
    score = max(scores) * pure**0.5 * (SEVERAL if len(best) > 1 else 1)
    longer = max(max(_size(_box(digit))) for digit in best) / max(grey.shape)
    if score < POOR:
        return None
    size = min(1.0, longer / 0.25) ** 0.5
    return Reading(view.kind, np.clip((ink - 0.25) / 0.45, 0, 1).astype(np.float32), tuple(best), score * size)


def _without_structures(mask: Mask) -> tuple[Mask, Mask]:
    """The mask without printed lines, frames, underlines, the ends of the paper and specks, and it with the specks."""
    mask = without_lines(mask)
    labels, count = ndimage.label(mask, _EIGHT)
    if count == 0 or count > 3000:
        return np.zeros_like(mask), mask
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    boxes = ndimage.find_objects(labels)
    large = [i for i in np.argsort(-area)[:40] if area[i] >= 0.02 * area.max()]
    keep, lost = set(large), set[int]()
    for drop in (_edges, _frames, _rules):
        gone = drop(labels, boxes, area, sorted(keep))
        if keep - gone:
            keep -= gone
            lost |= gone
    top = max(area[i] for i in keep)
    kept = np.isin(labels, [i + 1 for i in keep if area[i] >= 0.03 * top])
    return kept, mask & ~np.isin(labels, [i + 1 for i in lost])


def _size(box: Box) -> tuple[int, int]:
    return box[0].stop - box[0].start, box[1].stop - box[1].start


def _edges(labels: NDArray[np.int32], boxes: list[Box], area: NDArray[np.intp], keep: list[int]) -> set[int]:
    """Shapes along the picture's edge: the table beside the paper, a frame."""
    gone = set()
    for i in keep:
        share = [float((line == i + 1).mean()) for line in (labels[0], labels[-1], labels[:, 0], labels[:, -1])]
        others = [j for j in keep if j != i and max(_size(boxes[j])) >= 0.1 * max(labels.shape)]
        if others and (max(share) >= 0.4 or sum(share) >= 0.6):
            gone.add(i)
    return gone


def _frames(labels: NDArray[np.int32], boxes: list[Box], area: NDArray[np.intp], keep: list[int]) -> set[int]:
    """Thin shapes around something else: boxes, circles."""
    gone = set()
    for i in keep:
        rows, columns = boxes[i]
        height, width = _size(boxes[i])
        if area[i] > 0.35 * height * width:
            continue
        hull = None
        for j in keep:
            if j == i:
                continue
            r, c = boxes[j]
            inside = rows.start < r.start and r.stop < rows.stop and columns.start < c.start and c.stop < columns.stop
            if not inside or max(_size(boxes[j])) < 0.25 * max(height, width):
                continue
            if hull is None:
                hull = ndimage.binary_fill_holes(labels[boxes[i]] == i + 1)
            within = labels[boxes[i]] == j + 1
            if hull[within].mean() > 0.9 and (height > 0.5 * labels.shape[0] or area[j] > 0.2 * area[i]):
                gone.add(i)
                break
    return gone


def _rules(labels: NDArray[np.int32], boxes: list[Box], area: NDArray[np.intp], keep: list[int]) -> set[int]:
    """Straight lines beside a digit: an underline, a margin."""
    gone = set()
    for i in keep:
        height, width = _size(boxes[i])
        flat = height <= 0.25 * width
        upright = width <= 0.2 * height
        others = [j for j in keep if j != i and j not in gone and area[j] >= 0.1 * area[i]]
        if not others or not (flat or upright):
            continue
        top = min(boxes[j][0].start for j in others)
        bottom = max(boxes[j][0].stop for j in others)
        left = min(boxes[j][1].start for j in others)
        right = max(boxes[j][1].stop for j in others)
        y = (boxes[i][0].start + boxes[i][0].stop) / 2
        x = (boxes[i][1].start + boxes[i][1].stop) / 2
        if flat and (bottom - top) > 0.5 * width * 0.5:
            below = y > bottom - 0.05 * (bottom - top)
            above = y < top - 0.1 * (bottom - top)
            if below or (above and width > 1.1 * (right - left)):
                gone.add(i)
        elif upright and height > 1.4 * (bottom - top) and not left < x < right:
            gone.add(i)
    return gone


def _digits(mask: Mask) -> list[Mask]:
    """The shapes of the mask put together to digits, left to right."""
    labels, count = ndimage.label(ndimage.binary_closing(np.pad(mask, 4), _EIGHT, 2)[4:-4, 4:-4] | mask, _EIGHT)
    boxes = ndimage.find_objects(labels)
    tallest = max((_size(box)[0] for box in boxes), default=0)
    groups: list[tuple[Box, list[int]]] = []
    for i in sorted(range(count), key=lambda i: -max(_size(boxes[i]))):
        box = boxes[i]
        for n, (other, members) in enumerate(groups):
            gap = max(box[1].start - other[1].stop, other[1].start - box[1].stop)
            down = max(box[0].start - other[0].stop, other[0].start - box[0].stop)
            size = max(_size(other))
            whole = _size(box)[0] >= 0.6 * tallest
            if down < 0.3 * size and gap < (-0.3 * _size(box)[1] if whole else 0.15 * size):
                groups[n] = (
                    (
                        slice(min(box[0].start, other[0].start), max(box[0].stop, other[0].stop)),
                        slice(min(box[1].start, other[1].start), max(box[1].stop, other[1].stop)),
                    ),
                    [*members, i],
                )
                break
        else:
            groups.append((box, [i]))
    largest = max((max(_size(box)) for box, _ in groups), default=0)
    kept = [(box, members) for box, members in groups if max(_size(box)) >= 0.5 * largest]
    kept.sort(key=lambda group: group[0][1].start)
    return [np.isin(labels, [i + 1 for i in members]) & mask for _, members in kept]


def _score(slope: Grey, mask: Mask) -> float:
    """Likeness of a shape to a digit's strokes, in 0..1.

    Args:
        slope: (h, w) steepness of the picture, 1 for the edge of ink.
        mask: (h, w) of the shape.
    """
    box = _box(mask)
    height, width = _size(box)
    cut = np.pad(mask[box], 1)
    holes = int(ndimage.binary_fill_holes(cut).sum()) - int(cut.sum())
    if holes > 0.002 * height * width and cut.sum() > SOLID * height * width:
        return 0.0
    depth = ndimage.distance_transform_edt(cut)
    ridge = (depth == ndimage.maximum_filter(depth, 3)) & cut
    widths = 2 * depth[ridge] - 0.5
    stroke = float(widths.mean())
    even = 1 / (1 + float(widths.std()) / stroke)
    slender = min(1.0, float(mask.sum()) / stroke**2 / 5)
    rim = mask & ~ndimage.binary_erosion(mask, _EIGHT, border_value=1)
    sharp = float(slope[rim].mean()) if rim.any() else 0.0
    upright = min(1.0, height / width / 0.5)
    frame = np.concatenate((mask[0], mask[-1], mask[1:-1, 0], mask[1:-1, -1]))
    return even * slender * sharp * upright * (1 - float(frame.mean()))

"""Printed lines in a mask of ink: ruled and squared paper, margins, frames, the edge of a form's square."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]

SLOPES: Final = np.linspace(-0.12, 0.12, 25)
"""A line is taken to be horizontal or vertical up to 7°."""

THROUGH: Final = 0.8
"""A line that goes through the picture has this share of its side at least."""

ALONG_EDGE: Final = 0.45
"""Share of the side that a line along the picture's edge has at least; a part of it may lie outside."""

EDGE: Final = 0.14
"""Distance from an edge, as a share of the side, up to which a line lies along it."""

THICKEST: Final = 0.035
"""A line is no thicker than this share of the shorter side; a pen's stroke in a close crop is."""

_EIGHT: Final = np.ones((3, 3), bool)


def without_lines(mask: Mask) -> Mask:
    """The mask without lines that go through the picture or along its edge; strokes that cross them stay whole.

    A mask that would have nothing left, or that is a digit cropped to its ink, comes back as it is.
    """
    labels, _ = ndimage.label(mask, _EIGHT)
    boxes = ndimage.find_objects(labels)
    long = [
        i + 1
        for i, (rows, columns) in enumerate(boxes)
        if rows.stop - rows.start >= ALONG_EDGE * mask.shape[0]
        or columns.stop - columns.start >= ALONG_EDGE * mask.shape[1]
    ]
    if not long:
        return mask
    spanning = np.isin(labels, long)
    across = _removable(spanning)
    down = _removable(spanning.T).T
    rest: Mask = mask & ~(across | down)
    if (rest == mask).all() or not _holds_a_digit(rest):
        return mask
    if _is_cropped(mask, rest, across, down):
        return mask
    return rest


def run_lengths(mask: Mask) -> NDArray[np.intp]:
    """Length of the vertical run that each pixel of the mask is in; 0 outside the mask."""
    columns = np.ascontiguousarray(mask.T)
    steps = np.diff(np.pad(columns, ((0, 0), (1, 1))).astype(np.int8), axis=1).ravel()
    lengths = np.flatnonzero(steps == -1) - np.flatnonzero(steps == 1)
    result = np.zeros(columns.shape, np.intp)
    result[columns] = np.repeat(lengths, lengths)
    return result.T


def _removable(mask: Mask) -> Mask:
    """Pixels of horizontal lines that are the line's alone, and no stroke's that crosses it."""
    line = _horizontal(mask)
    if not line.any():
        return line
    runs = run_lengths(mask)
    # One by one: the bar of a 7 beside a line, along the same edge, is a stroke.
    labels, count = ndimage.label(line, _EIGHT)
    widths = ndimage.median(runs[line], labels[line], np.arange(1, count + 1))
    line &= ~np.isin(labels, 1 + np.flatnonzero(widths > max(3.0, THICKEST * min(mask.shape))))
    if not line.any():
        return line
    thickness = float(np.median(runs[line]))
    near = ndimage.binary_dilation(line, np.ones((3, 1), bool), max(1, round(thickness / 2)))
    return np.asarray(near & mask & (runs <= 1.6 * thickness + 1.5))


def _horizontal(mask: Mask) -> Mask:
    """Pixels on straight lines, horizontal but for a slope."""
    # Half the size is enough to find them.
    half = np.pad(mask, ((0, mask.shape[0] % 2), (0, mask.shape[1] % 2)))
    half = half[::2, ::2] | half[1::2, ::2] | half[::2, 1::2] | half[1::2, 1::2]
    height, width = half.shape
    # A pixel up or down, for what a slope between two of those tried is off by.
    thick = half.copy()
    thick[1:] |= half[:-1]
    thick[:-1] |= half[1:]
    found = np.zeros_like(half)
    gap = max(2, width // 60)
    row_number = np.arange(height)
    along_edge = np.minimum(row_number, height - 1 - row_number) <= EDGE * height
    needed = np.where(along_edge, ALONG_EDGE, THROUGH) * width
    x = np.arange(width)
    shifts = np.round(SLOPES[:, None] * (x - width / 2)).astype(np.intp)
    # Rows above and below the picture, in which a slope has no ink.
    margin = int(np.abs(shifts).max())
    padded = np.pad(thick, ((margin, margin), (0, 0)))
    until = np.cumsum(np.pad(padded, ((0, 0), (1, 0))), 1, np.int32)
    for shift in shifts:
        rows = np.flatnonzero(_inked(until, shift + margin, height) >= 0.8 * needed)
        if not len(rows):
            continue
        sheared = padded[rows[:, None] + (shift + margin), x]
        row, column = _on_runs(sheared, gap, needed[rows])
        found[rows[row] + shift[column], column] = True
    whole = np.repeat(np.repeat(found, 2, 0), 2, 1)[: mask.shape[0], : mask.shape[1]]
    return np.asarray(whole & mask)


def _inked(until: NDArray[np.int32], shift: NDArray[np.intp], height: int) -> NDArray[np.int32]:
    """Number of pixels of ink on each of the lines that are moved down by `shift` in each column.

    Args:
        until: number of pixels of ink in each row, left of each column and at last of the right edge.
        shift: monotonous, and 0 at least.
        height: number of lines.
    """
    steps = np.flatnonzero(np.diff(shift)) + 1
    count = np.zeros(height, np.int32)
    for start, stop in zip([0, *steps], [*steps, len(shift)], strict=True):
        rows = slice(shift[start], shift[start] + height)
        count += until[rows, stop] - until[rows, start]
    return count


def _on_runs(rows: Mask, gap: int, needed: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Row and column of each pixel on a run as long as its row needs, gaps up to a length counted in."""
    row, column = np.nonzero(rows)
    # Between a row's last pixel and the next row's first, no gap is as short.
    breaks = np.flatnonzero(np.diff(row * (rows.shape[1] + gap) + column) > gap) + 1
    first = np.concatenate(([0], breaks))
    behind = np.concatenate((breaks, [len(row)]))
    long = column[behind - 1] + 1 - column[first] >= needed[row[first]]
    kept = np.repeat(long, behind - first)
    return row[kept], column[kept]


def _holds_a_digit(mask: Mask) -> bool:
    labels, _ = ndimage.label(mask, _EIGHT)
    sides = [max(r.stop - r.start, c.stop - c.start) for r, c in ndimage.find_objects(labels)]
    return bool(sides) and max(sides) >= 0.12 * max(mask.shape)


def _is_cropped(mask: Mask, rest: Mask, across: Mask, down: Mask) -> bool:
    """True if the picture ends where the digit does, so that the lines are the digit's own.

    What is left then still reaches an edge that no line reaches.
    """

    def edges(of: Mask) -> NDArray[np.bool_]:
        return np.array([of[:2].any(), of[-2:].any(), of[:, :2].any(), of[:, -2:].any()])

    if not edges(mask).all():
        return False
    height, width = mask.shape
    y, x = round(EDGE * height), round(EDGE * width)
    near = np.array([across[:y].any(), across[-y:].any(), down[:, :x].any(), down[:, -x:].any()])
    lined = edges(across | down) | near
    labels, _ = ndimage.label(rest, _EIGHT)
    largest = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    return bool((edges(largest) & ~lined).any())

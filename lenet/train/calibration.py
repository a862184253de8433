"""Calibration: whether a network is right as often as its probabilities say.

Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 10


@dataclass(frozen=True)
class Calibration:
    """Digits grouped by the largest probability, in bins of equal width from 0 to 1.

    Attributes:
        edges: (bins + 1,) of the bins; a probability on an edge is in the upper bin, 1 in the last.
        counts: (bins,) number of digits.
        confidence: (bins,) mean of the largest probability; NaN where there are no digits.
        accuracy: (bins,) share that is right; NaN where there are no digits.
        error: expected calibration error, the mean of |accuracy - confidence| over all digits; NaN without digits.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    error: float


def calibrate(probabilities: NDArray[np.float32], labels: NDArray[np.int64], bins: int = BINS) -> Calibration:
    """Group digits by their largest probability.

    Args:
        probabilities: (n, classes), finite.
        labels: (n,).
        bins: number of groups.
    """
    largest = probabilities.max(1).astype(np.float64) if len(labels) else np.zeros(0)
    right = probabilities.argmax(1) == labels if len(labels) else np.zeros(0, bool)
    place = np.minimum((largest * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        confidence = np.bincount(place, largest, bins) / counts
        accuracy = np.bincount(place, right, bins) / counts
        gaps = np.nansum(counts * np.abs(accuracy - confidence))
        error = float(gaps / len(labels)) if len(labels) else float("nan")
    return Calibration(np.linspace(0, 1, bins + 1), counts.astype(np.int64), confidence, accuracy, error)

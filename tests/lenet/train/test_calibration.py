"""Calibration agrees with a plain loop over the digits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lenet.train.calibration import BINS, calibrate


@pytest.mark.parametrize("count", [1, 7, 500])
def test_the_bins_agree_with_a_loop(count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    probabilities = (4 * torch.randn(count, 10, generator=generator)).softmax(1).numpy()
    labels = torch.randint(10, (count,), generator=generator).numpy()
    found = calibrate(probabilities, labels)
    groups: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for row, label in zip(probabilities, labels, strict=True):
        most = float(row.max())
        groups[min(int(most * BINS), BINS - 1)].append((most, bool(row.argmax() == label)))
    assert found.counts.tolist() == [len(group) for group in groups]
    error = 0.0
    for index, group in enumerate(groups):
        if not group:
            assert math.isnan(found.accuracy[index])
            continue
        confidence = sum(most for most, _ in group) / len(group)
        accuracy = sum(right for _, right in group) / len(group)
        assert found.confidence[index] == pytest.approx(confidence)
        assert found.accuracy[index] == pytest.approx(accuracy)
        error += len(group) * abs(accuracy - confidence)
    assert found.error == pytest.approx(error / count)


def test_a_network_that_is_always_sure_and_right_has_no_error() -> None:
    found = calibrate(np.eye(10, dtype=np.float32), np.arange(10))
    assert (found.counts[-1], found.error) == (10, 0)


def test_without_digits_there_is_no_error() -> None:
    found = calibrate(np.zeros((0, 10), np.float32), np.zeros(0, np.int64))
    assert math.isnan(found.error)
    assert found.counts.sum() == 0

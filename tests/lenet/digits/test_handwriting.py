"""Synthetic handwriting is handwriting: fits the pad, differs each time, and the shipped networks read it."""

from __future__ import annotations

import numpy as np
import pytest

from lenet.digits import handwriting
from lenet.digits.drawing import PEN_WIDTH, rasterize
from lenet.digits.ink import normalize
from lenet.digits.mnist import Digits
from lenet.networks import checkpoint
from lenet.networks.models import MODELS
from lenet.train import evaluate


@pytest.mark.parametrize("digit", range(10))
def test_strokes_fill_their_size(digit: int) -> None:
    rng = np.random.default_rng(digit)
    for _ in range(50):
        points = np.vstack(handwriting.write(digit, rng))
        assert np.isfinite(points).all()
        assert np.ptp(points, 0).max() == pytest.approx(1)
        assert (points.max(0) + points.min(0)) == pytest.approx([0, 0], abs=1e-9)


def test_a_drawing_has_the_size_and_the_pads_pen() -> None:
    drawing = handwriting.draw(8, np.random.default_rng(0), size=0.6)
    points = np.vstack([stroke.points for stroke in drawing.strokes])
    assert np.ptp(points, 0).max() == pytest.approx(0.6, abs=1e-5)
    assert {stroke.width for stroke in drawing.strokes} == {PEN_WIDTH}
    assert 0.1 < points.min() < points.max() < 0.9


def test_a_curve_runs_through_its_key_points() -> None:
    keys = np.array([[0, 0], [1, 0], [1, 1], [1, 1], [0, 2]], float)
    curve = handwriting.smooth(keys)
    for key in keys:
        assert np.abs(curve - key).sum(1).min() < 1e-12
    straight = np.array([[0, 0], [1, 1]], float)
    assert np.array_equal(handwriting.smooth(straight), straight)


def test_making_repeats_with_the_seed_and_has_every_class() -> None:
    first, again, other = handwriting.make(40, 5), handwriting.make(40, 5), handwriting.make(40, 6)
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)
    assert np.bincount(first.labels).tolist() == [4] * 10
    assert len(np.unique(first.images, axis=0)) == 40


@pytest.mark.parametrize("name", list(MODELS))
@pytest.mark.parametrize("size", [0.4, 0.7, 0.9])
def test_the_shipped_networks_read_it_small_and_large(name: str, size: float) -> None:
    rng = np.random.default_rng(12345)
    labels = np.arange(200) % 10
    images = [normalize(rasterize(handwriting.draw(int(d), rng, size)), 28).centered for d in labels]
    assert evaluate.evaluate(checkpoint.load(name), Digits(np.stack(images), labels)).accuracy >= 0.95

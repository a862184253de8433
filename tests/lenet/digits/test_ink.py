"""The way from a drawing to MNIST's form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from lenet.digits import handwriting, mnist
from lenet.digits.drawing import Drawing, rasterize
from lenet.digits.ink import BOX, CENTER, FIELD, Steps, normalize


def test_real_mnist_digits_come_back() -> None:
    """The recipe is MNIST's own, so a digit that went through it once stays: within a shift of one pixel."""
    images = mnist.load("test").images[:2000]
    back = 0
    for image in images:
        # Drawn on the pad ten times as large, as "Random" does.
        found = normalize(rasterize(Drawing(base=image)), FIELD).centered
        shifts = (np.roll(found, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1))
        back += any(np.abs(shift.astype(int) - image).max() <= 1 for shift in shifts)
    assert back / len(images) >= 0.999


def blob(side: int = 280) -> NDArray[np.uint8]:
    rng = np.random.default_rng(1)
    return rasterize(handwriting.draw(5, rng, 0.6), side)


def test_the_box_is_twenty_pixels_and_the_center_of_mass_is_on_fourteen() -> None:
    rng = np.random.default_rng(0)
    for index in range(200):
        ink = normalize(rasterize(handwriting.draw(index % 10, rng, rng.uniform(0.2, 0.95))), 32)
        rows, columns = np.flatnonzero(ink.smoothed.any(1)), np.flatnonzero(ink.smoothed.any(0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == BOX
        y, x = np.average(np.indices((FIELD, FIELD)).reshape(2, -1), axis=1, weights=ink.centered.ravel())
        assert ink.center == pytest.approx((x, y))
        assert abs(x - CENTER) <= 0.51
        assert abs(y - CENTER) <= 0.51
        assert ink.padded.shape == (32, 32)
        assert np.array_equal(ink.padded[2:-2, 2:-2], ink.centered)
        assert ink.padded.sum() == ink.smoothed.sum()


def test_where_and_how_large_it_was_drawn_does_not_matter() -> None:
    large = blob()
    small = np.zeros((280, 280), np.uint8)
    small[140:, 20:160] = np.asarray(Image.fromarray(large).reduce(2))
    a, b = normalize(large, 28).centered.astype(int), normalize(small, 28).centered.astype(int)
    shifts = [np.roll(b, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    assert min(np.abs(a - shift).mean() for shift in shifts) < 6


def test_antialiasing_averages_the_ink_under_a_pixel() -> None:
    drawn = np.zeros((280, 280), np.uint8)
    drawn[40:240, 100:180] = np.arange(80) * 3
    ink = normalize(drawn, 28)
    # Ink from column 101 to 179, 200 tall: ten pixels of the pad to one.
    area = drawn[40:240, 101:180]
    expected = area.reshape(20, 10, 79).mean(1)
    assert ink.box == (101, 40, 180, 240)
    assert ink.smoothed.shape == (20, 8)
    assert ink.smoothed.mean() == pytest.approx(expected.mean(), abs=1)
    assert set(np.unique(normalize(drawn, 28, Steps(antialias=False)).smoothed)) <= set(np.unique(drawn))


def test_each_step_can_be_left_out() -> None:
    drawn = np.zeros((280, 280), np.uint8)
    drawn[20:60, 30:40] = 255
    drawn[50:60, 30:70] = 255
    whole = normalize(drawn, 32, Steps(box=False, center=False))
    assert whole.centered[2:6, 3].tolist() == [255] * 4
    assert normalize(drawn, 32, Steps(box=False)).center == pytest.approx((CENTER, CENTER), abs=0.51)
    boxed = normalize(drawn, 32, Steps(center=False))
    rows, columns = np.flatnonzero(boxed.centered.any(1)), np.flatnonzero(boxed.centered.any(0))
    # The middle of a 20-pixel box lies between two pixels, and the nearest place is half a pixel from 14.
    assert abs((rows[0] + rows[-1]) / 2 - CENTER) <= 0.5
    assert abs((columns[0] + columns[-1]) / 2 - CENTER) <= 0.5
    stretched = normalize(drawn, 32, Steps(pad=False))
    assert stretched.padded.shape == (32, 32)
    assert np.ptp(np.flatnonzero(stretched.padded.any(1))) > 20
    for steps in (Steps(), Steps(False, False, False, False)):
        ink = normalize(drawn, 32, steps)
        assert ink.input.shape == (1, 32, 32)
        assert ink.input.dtype == np.float32
        assert 0.5 < ink.input.max() <= 1


@pytest.mark.parametrize("size", [28, 32])
def test_no_ink_is_said_to_be_none(size: int) -> None:
    ink = normalize(np.zeros((280, 280), np.uint8), size)
    assert ink.empty
    assert not ink.input.any()
    assert ink.input.shape == (1, size, size)


@pytest.mark.parametrize(
    "where", [np.s_[0, 0], np.s_[279, 279], np.s_[140, :], np.s_[:, 3], np.s_[:, :], np.s_[[0, 279], [0, 279]]]
)
def test_odd_ink_stays_in_the_field(where: tuple[object, object]) -> None:
    drawn = np.zeros((280, 280), np.uint8)
    drawn[where] = 255  # type: ignore[index]
    for box in (True, False):
        for center in (True, False):
            ink = normalize(drawn, 32, Steps(box=box, center=center))
            assert ink.centered.shape == (28, 28)
            assert not ink.empty
            if box:
                assert ink.padded.sum() == ink.smoothed.sum() > 0


@pytest.mark.parametrize("turns", range(4))
def test_ink_with_a_long_tail_stops_at_the_edge_of_the_field_and_loses_nothing(turns: int) -> None:
    drawn = np.zeros((280, 280), np.uint8)
    drawn[110:170, 40:100] = 255  # a blot, whose centre of mass alone would put the tail's end outside
    drawn[138:142, 100:240] = 255
    ink = normalize(np.rot90(drawn, turns).copy(), 32)
    assert ink.centered.sum() == ink.smoothed.sum()
    edges = ink.centered[:, -1], ink.centered[0], ink.centered[:, 0], ink.centered[-1]
    assert [bool(edge.any()) for edge in edges] == [turns == side for side in range(4)]

"""Pictures of weights hold the recorded weights, their magnified change, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lenet.explain import weight_pictures
from lenet.explain.weight_pictures import LEVELS, LINEAR, MOST, WILD
from lenet.networks import models
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record
from tests.lenet.recordings import recorded_failure


def made(name: str = "LeNet5", lr: float = 0.01, ink: float = 1) -> Iteration:
    model = models.build(name, 0)
    side = models.input_size(model)
    inputs = np.random.default_rng(0).random((2, 1, side, side), np.float32) * np.float32(ink)
    return record(model, inputs, np.array([3, 5]), Setup(lr=lr))


def joined(done: Iteration, layer: str, when: str) -> NDArray[np.float64]:
    assert done.after is not None
    values = {"before": done.before.parameters, "after": done.after.parameters, "gradient": done.gradients}[when]
    arrays = [values[f"{layer}.{part}"].array for part in ("weight", "bias")]  # type: ignore[union-attr]
    return np.concatenate([array.reshape(len(array), -1) for array in arrays if array is not None], 1, dtype=float)


@pytest.mark.parametrize("name", sorted(models.MODELS))
def test_cells_are_the_recorded_numbers(name: str) -> None:
    done = made(name)
    found = weight_pictures.pictures(done)
    layers = [layer for layer in done.layers if layer.weight]
    assert [one.layer for one in found.layers] == [layer.name for layer in layers]
    for one in found.layers:
        before, after, gradient = (joined(done, one.layer, when) for when in ("before", "after", "gradient"))
        assert one.largest == np.abs(before).max()
        assert one.largest_gradient == np.abs(gradient).max()
        moved = before + found.factor * (after - before)
        assert one.after is not None
        assert one.gradient is not None
        cells = int(np.prod(one.shape))
        assert one.before.shape == one.after.shape == one.gradient.shape == (len(before), cells + 1)
        each = -(-(before.shape[1] - 1) // cells)
        for unit in range(len(before)):
            change = np.abs(after - before)[unit]
            for cell in range(cells + 1):
                own = slice(cell * each, min((cell + 1) * each, before.shape[1] - 1))
                if cell == cells:
                    own = slice(before.shape[1] - 1, None)
                place = own.start + int(change[own].argmax())
                assert one.before[unit, cell] == np.rint(before[unit, place] / one.largest * LEVELS)
                expected = np.clip(moved[unit, place] / one.largest, -1, 1)
                assert one.after[unit, cell] == np.rint(expected * LEVELS)
                steepest = gradient[unit, own][np.abs(gradient[unit, own]).argmax()]
                assert one.gradient[unit, cell] == np.rint(steepest / one.largest_gradient * LEVELS)


def test_large_layers_share_cells() -> None:
    shapes = {one.layer: one.shape for one in weight_pictures.pictures(made()).layers}
    assert shapes["conv1"] == (1, 5, 5)
    assert shapes["conv2"] == (6, 5, 5)
    assert shapes["fc1"] == (80, 1, 1)  # 400 weights, five in a cell
    for count, height, width in shapes.values():
        assert count * height * width <= (MOST if height * width > 1 else LINEAR)


@pytest.mark.parametrize("lr", [1e-6, 0.01, 0.1])
def test_no_change_is_magnified_beyond_half_of_the_largest_weight(lr: float) -> None:
    done = made(lr=lr)
    found = weight_pictures.pictures(done)
    shares = []
    for one in found.layers:
        change = np.abs(joined(done, one.layer, "after") - joined(done, one.layer, "before"))
        shares.append(change.max() / one.largest)
    assert max(shares) * found.factor <= 0.5 or found.factor == 1
    assert max(shares) * found.factor * 2.5 > 0.5 or found.factor == 1  # the next factor would be too large


def test_what_is_not_finite_has_a_level_of_its_own() -> None:
    done = made(lr=1e38, ink=1e6)
    first = weight_pictures.pictures(done).layers[0]
    wild = ~np.isfinite(joined(done, "conv1", "after"))
    assert wild.any()
    assert first.after is not None
    assert np.array_equal(first.after == WILD, wild)  # each weight has a cell of its own
    assert np.isfinite(first.largest)


def test_without_a_step_only_the_weights_are_there() -> None:
    found = weight_pictures.pictures(recorded_failure())
    assert [one.layer for one in found.layers] == ["fc"]
    assert all(one.after is None and one.gradient is None for one in found.layers)

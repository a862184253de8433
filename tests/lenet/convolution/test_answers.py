"""A network's answers to moved digits are those that it gives one by one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.convolution import answers, apply
from lenet.convolution.answers import ANGLES, FACTORS
from lenet.convolution.equivariance import FURTHEST
from lenet.digits import batch
from lenet.networks import checkpoint, forward, models


@pytest.mark.parametrize("name", list(models.MODELS))
def test_each_answer_is_that_of_the_moved_digit_alone(name: str) -> None:
    model = checkpoint.load(name)
    size = models.input_size(model)
    given = batch.of_mnist([3], size)
    assert given.pictures is not None
    found = answers.of(model, given.inputs[0])
    side = 2 * FURTHEST + 1
    assert found.shifts.shape == (side, side, 10)
    for dx, dy in ((0, 0), (3, -2), (-10, 10), (10, 10)):
        ink = np.pad(answers.shifted_ink(given.pictures[0], dx, dy), (size - 28) // 2)
        alone = forward.run(model, ink[None].astype(np.float32) / np.float32(255)).probabilities
        assert np.allclose(found.shifts[dy + FURTHEST, dx + FURTHEST], alone, atol=1e-5)
    plain = forward.run(model, given.inputs[0]).probabilities
    assert np.allclose(found.angles[ANGLES.index(0)], plain, atol=1e-5)
    assert np.allclose(found.factors[FACTORS.index(1.0)], plain, atol=1e-5)
    turned = np.rot90(given.inputs[0, 0])[None].copy()
    assert np.allclose(found.angles[ANGLES.index(90)], forward.run(model, turned).probabilities, atol=1e-3)
    assert found.prediction == plain.argmax()
    assert found.right(0) == (found.shifts.argmax(2) == 0).sum()
    assert found.right(0) < side**2


def test_a_turned_digit_for_the_pad() -> None:
    given = batch.of_mnist([3], 32)
    assert given.pictures is not None
    inner = given.pictures[0, 2:-2, 2:-2]
    assert np.array_equal(answers.turned_ink(given.pictures[0], 0, 1), inner)
    assert np.abs(answers.turned_ink(given.pictures[0], 90, 1).astype(int) - np.rot90(inner)).max() <= 1
    assert answers.turned_ink(given.pictures[0], 0, 0.5).sum() < 0.3 * inner.sum()


def test_what_leaves_the_field_is_lost() -> None:
    picture = np.arange(1, 1 + 28 * 28).astype(np.uint8).reshape(28, 28)
    moved = answers.shifted_ink(np.pad(picture, 2), 3, -2)
    assert np.array_equal(moved[:26, 3:], picture[2:, :25])
    assert not moved[26:].any()
    assert not moved[:, :3].any()
    x = torch.rand(2, 1, 6, 6)
    assert torch.equal(apply.shifted(x, -1, 2), F.pad(x, (-1, 1, 2, -2)))

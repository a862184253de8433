"""Variants stay digits in MNIST's form."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lenet.digits import mnist
from lenet.digits.augmentation import Strength, _bicubic, _restroke, augment

NOTHING = Strength(0, 0, 0, (), 0, 0, 0, 0, 0)


@pytest.fixture(scope="module")
def digits() -> Tensor:
    return torch.from_numpy(mnist.load("test").images[:500].copy())[:, None].float() / 255


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_no_strength_gives_the_digit_back(digits: Tensor) -> None:
    same = augment(digits, generator(), NOTHING)
    # Only the fraction of a pixel goes that MNIST's own rounding left between the centre of mass and pixel 14.
    difference = (same - digits).abs().mean((1, 2, 3)) / digits.mean((1, 2, 3))
    assert difference.median() < 0.35
    assert np.corrcoef(same.numpy().ravel(), digits.numpy().ravel())[0, 1] > 0.93


def test_variants_are_in_mnists_form(digits: Tensor) -> None:
    variants = augment(digits, generator())
    assert variants.shape == digits.shape
    assert variants.min() >= 0
    assert variants.max() <= 1
    pixel = torch.arange(28.0)
    total = variants.sum((1, 2, 3))
    x, y = variants.sum((1, 2)) @ pixel / total, variants.sum((1, 3)) @ pixel / total
    assert (x - 14).abs().quantile(0.95) < 1
    assert (y - 14).abs().quantile(0.95) < 1
    inked = variants[:, 0] > 0.15
    longer = torch.maximum(inked.any(1).sum(1), inked.any(2).sum(1))
    assert 18.5 < longer.float().mean() < 21.5


def test_variants_differ_and_repeat_with_the_seed(digits: Tensor) -> None:
    first, again, other = (augment(digits, generator(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_it_leaves_the_process_random_state_alone(digits: Tensor) -> None:
    before = torch.random.get_rng_state()
    augment(digits[:4], generator())
    assert torch.equal(before, torch.random.get_rng_state())


def test_an_empty_picture_stays_finite() -> None:
    assert torch.isfinite(augment(torch.zeros(3, 1, 28, 28), generator())).all()


def test_thicker_is_the_maximum_and_thinner_the_minimum(digits: Tensor) -> None:
    full = Strength(thicker=1, thinner=1)
    most = F.max_pool2d(digits, 3, 1, 1)
    assert torch.allclose(_restroke(digits, torch.ones(500), full), most)
    assert torch.allclose(_restroke(digits, torch.zeros(500), full), digits)
    inner = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    least = -F.max_pool2d(-digits, 3, 1, 1)
    assert torch.allclose(_restroke(digits, -torch.ones(500), full)[inner], least[inner])


def test_the_bending_is_bicubic() -> None:
    coarse = torch.randn(1, 2, 5, 5, generator=generator())
    basis = _bicubic(5, 28)
    expected = F.interpolate(coarse, (28, 28), mode="bicubic", align_corners=True)
    assert torch.allclose(basis @ coarse @ basis.T, expected, atol=1e-5)

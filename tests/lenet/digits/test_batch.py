"""The inputs of an iteration."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lenet.digits import batch, mnist
from lenet.errors import InputError


def test_mnist_digits_are_framed_as_the_network_needs_them() -> None:
    digits = mnist.load("test")
    found = batch.of_mnist([0, 9999, 0], 32)
    assert found.inputs.shape == (3, 1, 32, 32)
    assert found.inputs.dtype == np.float32
    assert found.labels is not None
    assert found.labels.tolist() == [7, digits.labels[9999], 7]
    assert found.labels.dtype == np.int64
    assert found.pictures is not None
    assert np.array_equal(found.pictures[1, 2:30, 2:30], digits.images[9999])
    assert found.pictures.sum() == digits.images[[0, 9999, 0]].sum(dtype=np.int64)
    assert np.array_equal(batch.of_mnist([4], 28).pictures, digits.images[[4]])
    assert found.seed is None


def test_pictures_become_what_pytorch_makes_of_them() -> None:
    picture = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    found = batch.of_pictures(picture, None)
    assert np.array_equal(found.inputs[0, 0], (torch.from_numpy(picture)[0] / 255).numpy())
    assert found.labels is None


def test_noise_is_torch_randn_from_a_generator_of_its_own() -> None:
    state = torch.get_rng_state()
    found = batch.of_noise(3, 32)
    assert torch.equal(torch.get_rng_state(), state)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        assert np.array_equal(found.inputs, torch.randn(1, 1, 32, 32).numpy())
    assert (found.labels, found.pictures, found.seed) == (None, None, 3)
    assert batch.of_noise(0, 8, 3).inputs.shape == (1, 3, 8, 8)


@pytest.mark.parametrize("indices", [[], range(9)])
def test_too_few_or_too_many(indices: list[int]) -> None:
    with pytest.raises(InputError, match="1 to 8 digits"):
        batch.of_mnist(indices, 32)


@pytest.mark.parametrize("index", [-1, 10_000, 2**70])
def test_a_digit_that_is_not_there(index: int) -> None:
    with pytest.raises(InputError, match="numbered from 0 to 9999"):
        batch.of_mnist([0, index], 32)

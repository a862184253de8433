"""Differences between moving a digit before and after a convolution: exactly 0 if it is equivariant, else not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lenet.convolution import equivariance
from lenet.convolution.equivariance import (
    FURTHEST,
    NONE,
    PADDINGS,
    POOLINGS,
    ROTATION,
    SCALING,
    STRIDES,
    Experiment,
)
from lenet.digits import batch
from lenet.networks import checkpoint, forward, models

DIGIT = batch.of_mnist([0], 32).inputs[0, 0]
SHIFTS = st.integers(-FURTHEST, FURTHEST)


def random_kernel(seed: int, side: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)


@given(st.integers(0, 10**6), st.integers(1, 7), SHIFTS, SHIFTS, st.sampled_from(POOLINGS), st.sampled_from((1, 2, 4)))
def test_circular_padding_and_whole_cells_give_exactly_0(
    seed: int, side: int, dx: int, dy: int, pooling: str, stride: int
) -> None:
    experiment = Experiment(padding="circular", stride=stride, pooling=pooling)
    step = experiment.step
    whole = Experiment(dx=dx // step * step, dy=dy // step * step, padding="circular", stride=stride, pooling=pooling)
    found = equivariance.compare(DIGIT, random_kernel(seed, side), 0.3, whole)
    assert found.largest == 0
    assert found.output.shape == (32 // step, 32 // step)


@pytest.mark.parametrize("name", list(models.MODELS))
@pytest.mark.parametrize("padding", PADDINGS)
def test_every_kernel_of_the_networks(name: str, padding: str) -> None:
    """Exactly 0 with circular padding; with others not at the experiment's own shift, which brings ink to a border."""
    model = checkpoint.load(name)
    size = models.input_size(model)
    layer = forward.layers(model)[1]
    digit = batch.of_mnist([0], size).inputs[0, 0]
    for channel in range(layer.shape[0]):
        weight, bias = equivariance.kernel(model, layer, channel)
        found = equivariance.compare(digit, weight, bias, Experiment(padding=padding))
        assert (found.largest == 0) == (padding == "circular")
    over = equivariance.over_shifts(digit, weight, bias, Experiment(padding=padding))
    assert (over.holds == 441) == (padding == "circular")
    assert over.holds > 0
    if padding == "circular":
        assert over.multiple == 1


@given(
    st.sampled_from(PADDINGS), st.sampled_from(STRIDES), st.sampled_from(POOLINGS), SHIFTS, SHIFTS, st.integers(1, 5)
)
def test_all_shifts_at_once_are_those_one_by_one(
    padding: str, stride: int, pooling: str, dx: int, dy: int, side: int
) -> None:
    kernel = random_kernel(0, side)
    experiment = Experiment(dx=dx, dy=dy, padding=padding, stride=stride, pooling=pooling)
    single = equivariance.compare(DIGIT, kernel, 0.1, experiment).largest
    over = equivariance.over_shifts(DIGIT, kernel, 0.1, experiment).differences
    assert over[dy + FURTHEST, dx + FURTHEST] == single


@pytest.mark.parametrize(("stride", "pooling", "step"), [(2, NONE, 2), (1, "max", 2), (1, "average", 2), (4, "max", 8)])
def test_stride_and_pooling_leave_the_multiples(stride: int, pooling: str, step: int) -> None:
    experiment = Experiment(stride=stride, pooling=pooling)
    assert equivariance.over_shifts(DIGIT, random_kernel(0, 5), 0.1, experiment).multiple == step


@given(st.sampled_from(PADDINGS), st.integers(1, 5), st.sampled_from(STRIDES))
def test_the_convolution_is_pytorchs(padding: str, side: int, stride: int) -> None:
    kernel = random_kernel(3, 2 * side - 1)
    found = equivariance.compare(DIGIT, kernel, 0.2, Experiment(padding=padding, stride=stride))
    conv = torch.nn.Conv2d(1, 1, 2 * side - 1, stride, padding=side - 1, padding_mode=padding).double()
    with torch.no_grad():
        conv.weight[:] = torch.from_numpy(kernel)
        conv.bias.fill_(np.float64(0.2))  # type: ignore[union-attr]
        expected = conv(torch.from_numpy(DIGIT.astype(np.float64))[None, None])[0, 0].numpy()
    assert np.allclose(found.output, expected, rtol=0, atol=1e-12)


def test_rotation_and_scaling_are_not_equivariant_but_for_none() -> None:
    kernel = random_kernel(4, 5)
    for moved, still in (
        (Experiment(ROTATION, angle=90), Experiment(ROTATION, angle=0)),
        (Experiment(SCALING, factor=1.5), Experiment(SCALING, factor=1)),
    ):
        assert equivariance.compare(DIGIT, kernel, 0.0, moved).largest > 0.1
        assert equivariance.compare(DIGIT, kernel, 0.0, still).largest < 1e-9
    symmetric = kernel + np.rot90(kernel) + np.rot90(kernel, 2) + np.rot90(kernel, 3)
    assert equivariance.compare(DIGIT, symmetric, 0.0, Experiment(ROTATION, angle=90)).largest < 1e-6


def test_turning_is_counterclockwise_and_about_the_centre() -> None:
    x = torch.from_numpy(np.random.default_rng(0).random((1, 1, 9, 9)))
    angles, factors = torch.tensor([90.0, 0.0], dtype=x.dtype), torch.tensor([1.0, 2.0], dtype=x.dtype)
    turned, larger = equivariance.turn(x, angles, factors)
    assert np.allclose(turned[0], np.rot90(x[0, 0]), atol=1e-9)
    assert np.allclose(larger[0, 4, 4], x[0, 0, 4, 4])
    assert np.allclose(larger[0, 2:7:2, 2:7:2], x[0, 0, 3:6, 3:6])


def test_a_shift_rolls_the_digit() -> None:
    found = equivariance.compare(DIGIT, random_kernel(0, 3), 0.0, Experiment(dx=3, dy=-2))
    assert np.array_equal(found.moved, np.roll(DIGIT, (-2, 3), (0, 1)))
    assert np.array_equal(found.of_moved - found.moved_output, found.difference)

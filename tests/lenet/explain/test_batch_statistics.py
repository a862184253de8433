"""Batch norm and dropout in training mode are explained by the numbers with which PyTorch computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.explain import after_step, batch_statistics, dropout_masks, gradient_terms, recorded_layers
from lenet.networks import kinds, models, weights
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record

MIXED = "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.4~flatten~linear"
SETUP = Setup(mode="train", mask_seed=6)


def build() -> nn.Module:
    model = models.build(MIXED, 1)
    with torch.no_grad():
        model.bn1.weight.uniform_(-2, 2)
        model.bn1.bias.uniform_(-1, 1)
        model.bn1.running_mean.normal_()
        model.bn1.running_var.uniform_(0.5, 2)
    return model.eval()


def digits(count: int) -> np.ndarray:
    return np.random.default_rng(2).random((count, 1, 28, 28), np.float32)


def taken(model: nn.Module, count: int = 3, shown: int | None = None) -> Iteration:
    return record(model, digits(count), np.arange(count) % 10, SETUP, shown=shown)


def wide(values: Any) -> np.ndarray:
    return np.asarray(values.array, np.float64)


@pytest.mark.parametrize(("count", "shown"), [(1, None), (3, None), (12, 4)])
def test_statistics_are_those_of_the_whole_batch(count: int, shown: int | None) -> None:
    model = build()
    done = taken(model, count, shown)
    found = batch_statistics.of(done, "bn1")
    assert found is not None
    conv = model.conv1.double()(torch.from_numpy(digits(count)).double())
    assert found.count == count * 24 * 24
    np.testing.assert_allclose(found.mean, conv.mean((0, 2, 3)).detach(), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.variance, conv.var((0, 2, 3), correction=0).detach(), rtol=1e-4)
    np.testing.assert_allclose(found.unbiased, conv.var((0, 2, 3)).detach(), rtol=1e-4)
    for running in (found.running_mean, found.running_variance):
        assert running is not None
        np.testing.assert_allclose(running.worked(found.momentum), running.after, rtol=1e-4, atol=1e-6)
        assert (running.before != running.after).all()
    # The sums of gradients are those of bias and weight.
    assert found.gradient_mean is not None
    assert found.gradient_times_input is not None
    bias, weight = (wide(done.gradients[f"bn1.{name}"]) for name in ("bias", "weight"))
    np.testing.assert_allclose(found.gradient_mean * found.count, bias, rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(found.gradient_times_input * found.count, weight, rtol=1e-3, atol=1e-7)


def test_the_gradient_has_three_terms() -> None:
    model = build()
    done = taken(model)
    found = batch_statistics.of(done, "bn1")
    assert found is not None
    assert found.gradient_mean is not None
    assert found.gradient_times_input is not None
    x, g = (wide(done.by_name["conv1"].output), wide(done.gradient_of("bn1")))
    channel = (1, -1, 1, 1)
    factor = 1 / np.sqrt(found.variance + found.epsilon)
    normalized = (x - found.mean.reshape(channel)) * factor.reshape(channel)
    three = (g - found.gradient_mean.reshape(channel) - normalized * found.gradient_times_input.reshape(channel)) * (
        factor * wide(done.before.parameters["bn1.weight"])
    ).reshape(channel)
    np.testing.assert_allclose(three, wide(done.gradient_of("conv1")), rtol=1e-3, atol=1e-8)
    (part,) = gradient_terms.of(done, "conv1.bias", [0]).parts
    assert (part.gate, part.centred) == (None, "bn1")
    assert abs(part.total) < 1e-6 * np.abs(part.terms).sum()
    evaluated = record(model, digits(3), np.arange(3), Setup(mode="eval"))
    (part,) = gradient_terms.of(evaluated, "conv1.bias", [0]).parts
    assert part.centred is None


def test_a_batch_norm_in_evaluation_mode_has_none() -> None:
    done = record(build(), digits(2), np.arange(2), Setup(mode="eval"))
    assert batch_statistics.layers(done) == ()
    assert batch_statistics.of(done, "bn1") is None
    assert dropout_masks.of(done, "dropout1") is None
    assert batch_statistics.of(done, "none") is None


@pytest.mark.parametrize("count", [1, 3])
def test_a_mask_is_that_of_plain_pytorch(count: int) -> None:
    model = build()
    done = taken(model, count)
    mask = dropout_masks.of(done, "dropout1")
    assert mask is not None
    torch.manual_seed(6)
    plain = F.dropout(torch.ones(mask.shape), 0.4)
    assert np.array_equal(mask, plain.numpy())
    np.testing.assert_array_equal(done.by_name["dropout1"].output.array, done.by_name["pool1"].output.array * mask)
    arrived, passed_on = (done.gradient_of(name) for name in ("dropout1", "pool1"))
    assert arrived is not None
    assert passed_on is not None
    np.testing.assert_array_equal(passed_on.array, arrived.array * mask)


class Dropped(nn.Module):
    """Dropout of the input itself, for which there is no node."""

    input_size = 28

    def __init__(self, p: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(p)
        self.fc = nn.Linear(784, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        return self.fc(self.drop(x).flatten(1))


@pytest.mark.parametrize("p", [0.3, 1.0])
def test_a_mask_without_a_node_is_seen_where_the_input_is_not_zero(p: float) -> None:
    given = digits(2)
    given[:, :, :5] = 0
    done = record(Dropped(p), given, np.arange(2), SETUP)
    mask = dropout_masks.of(done, "dropout1")
    assert mask is not None
    torch.manual_seed(6)
    plain = F.dropout(torch.ones(mask.shape), p).numpy()
    assert np.array_equal(mask[given != 0], plain[given != 0])
    assert np.isnan(mask[given == 0]).all() == (p < 1)


def test_numbers_of_a_unit_in_training_mode() -> None:
    model = build()
    done = taken(model)
    numbers = recorded_layers.numbers(done, 1)
    norm, drop = (next(layer for layer in done.layers if layer.name == name) for name in ("bn1", "dropout1"))
    found, mask = batch_statistics.of(done, "bn1"), dropout_masks.of(done, "dropout1")
    assert found is not None
    assert mask is not None
    kernel, bias = weights.numbers_of_unit(norm, numbers, 2)
    assert kernel.tolist() == pytest.approx(
        [
            float(model.bn1.weight[2]),
            found.mean[2],
            found.variance[2],
            3 * 576,
            found.gradient_mean[2],  # type: ignore[index]
            found.gradient_times_input[2],  # type: ignore[index]
        ]
    )
    assert bias == float(model.bn1.bias[2])
    assert np.array_equal(weights.numbers_of_unit(drop, numbers, 3)[0], mask[1, 3])
    assert kinds.in_training(norm)
    assert not kinds.is_copied(drop)


def test_numbers_after_the_step_are_those_of_the_pass_after_it() -> None:
    model = build()
    done = taken(model)
    passed = after_step.passed(done, model, 2)
    assert passed is not None
    numbers = recorded_layers.numbers_after(done, passed, 2)
    norm = next(layer for layer in done.layers if layer.name == "bn1")
    for unit in range(4):
        (scale, mean, variance, count, *_), bias = weights.numbers_of_unit(norm, numbers, unit)
        worked = (passed.outputs["conv1"][unit] - mean) / np.sqrt(variance + 1e-5) * scale + bias
        np.testing.assert_allclose(passed.outputs["bn1"][unit], worked, rtol=1e-4, atol=1e-5)
        assert count == 3 * 576
    assert numbers("conv1.weight") is not None
    nothing = recorded_layers.numbers_after(done, None, 2)
    assert weights.numbers_of_unit(norm, nothing, 0)[0].size == 0

"""Records of the kinds of operations, compared with PyTorch's own operations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.explain import finite_differences, gradient_terms, recorded_layers
from lenet.networks import forward, kinds, models, weights, windows
from lenet.record import recorder
from lenet.record.iteration import Iteration, Setup
from tests.lenet.networks.every_kind import EveryKind

ODD = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-30, -1e-30, 3e38, -3e38, 5.0, -5.0, 0.3, -0.3]
"""Numbers on which an operation may do something of its own."""


def batch_norm() -> nn.Module:
    made = nn.BatchNorm1d(len(ODD))
    made.running_mean.fill_(0.5)
    made.running_var.fill_(3)
    nn.init.constant_(made.weight, -2.0)
    return made.eval()


ELEMENTWISE: dict[str, list[nn.Module]] = {
    "relu": [nn.ReLU(), nn.ReLU(inplace=True)],
    "batch_norm": [batch_norm()],
    "sigmoid": [nn.Sigmoid()],
    "tanh": [nn.Tanh()],
    "gelu": [nn.GELU(), nn.GELU("tanh")],
    "leaky_relu": [nn.LeakyReLU(), nn.LeakyReLU(0.2, inplace=True)],
}


class Before(nn.Module):
    """A layer that is read by another: its output is x · weight, with a 1 for each weight."""

    def __init__(self, reader: nn.Module, size: int) -> None:
        super().__init__()
        self.fc = nn.Linear(size, size, bias=True)
        with torch.no_grad():
            self.fc.weight.copy_(torch.eye(size))
            self.fc.bias.zero_()
        self.reader = reader

    def forward(self, x: Tensor) -> Tensor:
        return self.reader(self.fc(x.flatten(1)))


def record(model: nn.Module, inputs: np.ndarray, **setup: str) -> Iteration:
    return recorder.record(model, inputs, None, Setup(loss="none", target="random", **setup))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [kind for kind in kinds.KINDS.values() if kind.slope], ids=lambda kind: kind.name)
def test_backward_multiplies_by_the_slope(kind: kinds.Kind) -> None:
    for reader in ELEMENTWISE.get(kind.name, []):
        model = Before(reader, len(ODD))
        for value in ODD:  # one number alone, because a NaN spreads through the matrix product
            with torch.no_grad():
                model.fc.bias.fill_(value)
            recorded = record(model, np.zeros((2, 1, 1, len(ODD)), np.float32))
            (part,) = gradient_terms.of(recorded, "fc.bias", [3]).parts
            assert part.gate is not None, reader
            assert part.gate.kind == kind.name
            x = torch.full((2, len(ODD)), value, requires_grad=True)
            upstream = torch.zeros(2, len(ODD))
            upstream[:, 3] = torch.from_numpy(np.array(part.gate.arrived))
            reader(x + 0).backward(upstream)
            assert x.grad is not None
            np.testing.assert_array_equal(part.arriving, x.grad[:, 3].numpy())
            expected = part.gate.slope * part.gate.arrived
            np.testing.assert_allclose(part.arriving, expected, rtol=1e-5, atol=1e-7, err_msg=f"{reader} {value}")


@pytest.mark.parametrize("kind", [kind for kind in kinds.KINDS.values() if kind.keeps_zero], ids=lambda kind: kind.name)
def test_a_channel_of_zeros_stays_one(kind: kinds.Kind) -> None:
    function = getattr(F, kind.name, None) or getattr(torch, kind.name)
    more = {"max_pool2d": (2,), "avg_pool2d": (2,), "adaptive_avg_pool2d": (2,), "dropout": (0.5, False)}
    made = function(torch.zeros(1, 2, 4, 4), *more.get(kind.name, ()))
    assert not made.any()


@pytest.mark.parametrize("wanted", [1, 5, (2, 3), (None, 4), (7, None), (6, 8), [3, 2]])
def test_adaptive_pooling_reads_these_rows_and_columns(wanted: Any) -> None:
    x = torch.randn(1, 1, 7, 11, dtype=torch.float64)
    spans = windows.of_adaptive_pooling({"input": x, "output_size": wanted})
    means = [[x[0, 0, slice(*rows), slice(*columns)].mean() for columns in spans["columns"]] for rows in spans["rows"]]
    torch.testing.assert_close(torch.tensor(means, dtype=torch.float64), F.adaptive_avg_pool2d(x, wanted)[0, 0])


def test_the_test_network_has_every_kind() -> None:
    layers = forward.layers(EveryKind().eval())
    others = {layer.kind for name in models.MODELS for layer in forward.layers(models.build(name))}
    assert {layer.kind for layer in layers} | others == set(kinds.KINDS)
    assert all(kinds.of(layer) for layer in layers)


def test_each_layer_of_the_test_network_follows_from_what_is_sent_of_it() -> None:
    model = EveryKind().eval()
    recorded = recorder.record(
        model, np.random.default_rng(1).random((2, 1, 28, 28), np.float32), np.arange(2), Setup()
    )
    sent, kept = weights.numbers(model), recorded_layers.numbers(recorded)
    for layer in recorded.layers:
        for unit in range(layer.shape[0]):
            ours, theirs = (weights.numbers_of_unit(layer, numbers, unit) for numbers in (sent, kept))
            for own, other in zip(ours, theirs, strict=True):
                np.testing.assert_array_equal(own.ravel(), other.ravel())


def test_each_gradient_of_the_test_network_is_the_sum_of_its_terms() -> None:
    model = EveryKind().eval()
    inputs = np.random.default_rng(2).normal(size=(3, 1, 28, 28)).astype(np.float32)
    recorded = recorder.record(model, inputs, np.arange(3), Setup())
    random = np.random.default_rng(3)
    for name, values in recorded.before.parameters.items():
        for _ in range(3):
            index = tuple(int(random.integers(side)) for side in values.shape)
            found = gradient_terms.of(recorded, name, index)
            assert all(part.kind != kinds.OTHER for part in found.parts), name
            assert all(part.readers or part.head for part in found.parts), name
            assert found.total == pytest.approx(found.value, rel=1e-4, abs=1e-7), name
            check = finite_differences.check(model, recorded, name, index)
            assert check.best is not None
            assert check.differences[check.best] == pytest.approx(found.value, rel=1e-3, abs=1e-6), name

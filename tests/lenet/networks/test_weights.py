"""The weights page's numbers are those of the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lenet.networks import weights
from lenet.networks.models import MODELS, build


@pytest.mark.parametrize("name", list(MODELS))
def test_every_parameter_is_there_once(name: str) -> None:
    model = build(name, seed=0)
    layers = weights.of(model)
    assert sum(layer.weight.size + layer.bias.size for layer in layers) == sum(p.numel() for p in model.parameters())
    state = model.state_dict()
    for layer in layers:
        assert np.array_equal(layer.weight, state[f"{layer.name}.weight"].numpy())
        assert np.array_equal(layer.bias, state[f"{layer.name}.bias"].numpy())


def test_they_are_copies() -> None:
    model = build("LeNet5", seed=0)
    layer = weights.of(model)[0]
    layer.weight[:] = 7
    assert model.conv1.weight.max() < 1


@pytest.mark.parametrize("name", list(MODELS))
def test_a_fresh_network_stays_within_the_bound(name: str) -> None:
    for layer in weights.of(build(name, seed=3)):
        assert layer.bound == pytest.approx(layer.fan_in**-0.5)
        assert np.abs(layer.weight).max() <= layer.bound
        assert np.abs(layer.bias).max() <= layer.bound
        # Uniform in ±b has a standard deviation of b/√3.
        if layer.weight.size > 1000:
            assert weights.summarize(layer.weight).std == pytest.approx(layer.bound / 3**0.5, rel=0.05)


def test_summary_is_torchs() -> None:
    values = torch.randn(5, 7, generator=torch.Generator().manual_seed(0))
    summary = weights.summarize(values.numpy())
    assert summary.count == 35
    assert summary.mean == pytest.approx(values.double().mean().item())
    assert summary.std == pytest.approx(values.double().std(correction=0).item())
    assert (summary.minimum, summary.maximum) == (values.min().item(), values.max().item())


def test_histograms_lose_nothing_and_share_their_bins() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.normal(size=1000).astype(np.float32), generator.random(500, np.float32)
    edges, first, second = weights.histograms(one, other)
    assert (first.sum(), second.sum()) == (1000, 500)
    assert np.allclose(edges, -edges[::-1])
    zeros = np.zeros(3, np.float32)
    assert weights.histograms(zeros, zeros)[1].sum() == 3

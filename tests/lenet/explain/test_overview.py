"""Overview of a large network: every number in it is one of the pass, in its own place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from lenet.explain import overview
from lenet.explain.overview import CHANNELS, CLASSES, MODULE
from lenet.networks import forward, models, own, own_file
from lenet.networks.forward import Pass

RESNET = "torchvision:resnet18"


@pytest.fixture(scope="module")
def passed() -> Iterator[Pass]:
    model = own_file.read(RESNET).own.given
    x = torch.randn(3, 64, 64, generator=torch.Generator().manual_seed(0)).numpy()
    yield forward.run(model, x)
    own.forget(RESNET)


def test_small_networks_are_shown_whole(passed: Pass) -> None:
    assert overview.is_large(passed.layers)
    for name in models.MODELS:
        assert not overview.is_large(forward.layers(models.build(name)))


@pytest.mark.parametrize("opened", ["", "layer1.0", "layer2.0", "layer4"])
def test_what_is_shown_are_numbers_of_the_pass(passed: Pass, opened: str) -> None:
    found = overview.of(passed, opened)
    assert found.opened == opened
    ends = {"layer1.0": "relu3", "layer4.1": "relu17"}  # what a folded module gives
    for layer in found.passed.layers:
        numbers, whole, step = found.parts[layer.name]
        source = ends.get(layer.name) if layer.kind == MODULE else layer.name
        assert found.passed.outputs[layer.name].shape == layer.shape
        if source is None:
            continue
        values = passed.outputs[source]
        assert whole == values.shape
        cells = (slice(None), *[slice(None, None, step)] * (values.ndim - 1))
        assert np.array_equal(found.passed.outputs[layer.name], values[numbers][cells])
    names = [layer.name for layer in found.passed.layers]
    assert all(source in names for layer in found.passed.layers for source in layer.sources)


def test_modules_are_folded_and_unfold(passed: Pass) -> None:
    whole = overview.of(passed)
    assert whole.folded == tuple(f"layer{stage}.{block}" for stage in range(1, 5) for block in range(2))
    kinds = [layer.kind for layer in whole.passed.layers]
    assert kinds == ["input", "conv2d", "batch_norm", "relu", "max_pool2d", *[MODULE] * 8, *kinds[13:]]
    assert kinds[13:] == ["adaptive_avg_pool2d", "linear", "softmax"]
    inside = [layer.name for layer in overview.of(passed, "layer2.0").passed.layers]
    assert inside[1:] == [
        *("layer2.0.conv1", "layer2.0.bn1", "relu6", "layer2.0.conv2", "layer2.0.bn2"),
        *("layer2.0.downsample.0", "layer2.0.downsample.1", "add3", "relu7"),
    ]
    assert overview.of(passed, "nothing").opened == ""


def test_the_channels_that_answer_most_come_first(passed: Pass) -> None:
    found = overview.of(passed)  # up to the end of layer1, its skips add up the same 64 channels
    size = np.abs(passed.outputs["relu5"]).mean((1, 2))
    assert found.parts["conv1"].numbers.tolist() == np.argsort(-size, kind="stable")[:CHANNELS].tolist()
    best = np.argsort(-passed.probabilities, kind="stable")[:CLASSES].tolist()
    assert found.parts["softmax"].numbers.tolist() == found.parts["fc"].numbers.tolist() == best


def test_layers_that_go_on_with_the_same_channels_show_the_same_ones(passed: Pass) -> None:
    found = overview.of(passed, "layer1.0")
    by_name = {layer.name: layer for layer in found.passed.layers}
    assert not overview.mixes(found, by_name["layer1.0.bn1"])
    assert not overview.mixes(found, by_name["add1"])
    assert overview.mixes(found, by_name["layer1.0.conv2"])


def test_infinite_values_don_t_break_it() -> None:
    layers = forward.layers(models.build("LeNet5"))
    outputs = {layer.name: np.full(layer.shape, np.nan, np.float32) for layer in layers}
    found = overview.of(Pass(layers, outputs))
    assert found.parts["conv1"].numbers.tolist() == list(range(6))

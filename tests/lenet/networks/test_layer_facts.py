"""The sums of a layer's parameters and of its output's size are what PyTorch has."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from lenet.networks import forward, layer_facts, models
from lenet.networks.forward import Layer


def worked(words: str) -> int:
    """Value of the left side of a calculation."""
    left, _, right = words.rpartition(" = ")
    plain = left.replace("·", "*").replace("−", "-").replace("⌊", "(").replace(" / ", " // ").replace("⌋", ")")
    assert eval(plain, {"__builtins__": {}}) == int(right.replace(",", ""))  # a test's own text
    return int(right.replace(",", ""))


@pytest.mark.parametrize("name", models.MODELS)
def test_of_each_network(name: str) -> None:
    model = models.build(name, 0)
    layers = {layer.name: layer for layer in forward.layers(model)}
    counted = 0
    for layer in layers.values():
        source = layers.get(layer.sources[0]) if layer.sources else None
        found = layer_facts.facts(layer, source)
        if layer.weight:
            assert found.parameters is not None
            own = sum(p.numel() for p in model.get_submodule(layer.name).parameters())
            assert worked(found.parameters) == own
            counted += own
        else:
            assert found.parameters is None
        if layer.kernel:
            assert found.size is not None
            assert worked(found.size) == layer.shape[1]
        else:
            assert found.size is None
    assert counted == models.count_parameters(model)


def test_lenet5_s_first_layer_in_words() -> None:
    layers = forward.layers(models.build("LeNet5", 0))
    found = layer_facts.facts(layers[1], layers[0])
    assert found.parameters == "6·1·5·5 + 6 = 156"
    assert found.size == "⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28"


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(8, 20), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2), st.booleans())
def test_of_any_convolution(side: int, kernel: int, stride: int, padding: int, dilation: int, bias: bool) -> None:
    conv = nn.Conv2d(4, 6, kernel, stride, padding, dilation, groups=2, bias=bias)
    made = conv(torch.zeros(1, 4, side, side))
    shape = tuple(made.shape[1:])
    source = Layer("input", "input", (4, side, side))
    window = [(value, value) for value in (kernel, stride, padding, dilation)]
    layer = Layer("c", "conv2d", shape, ("input",), "c.weight", "c.bias" if bias else None, *window, groups=2)
    found = layer_facts.facts(layer, source)
    assert found.parameters is not None
    assert found.size is not None
    assert worked(found.parameters) == sum(p.numel() for p in conv.parameters())
    assert worked(found.size) == shape[1]


def test_a_size_that_is_rounded_up_has_no_sum() -> None:
    made = F.max_pool2d(torch.zeros(1, 1, 5, 5), 2, ceil_mode=True)
    layer = Layer("pool1", "max_pool2d", tuple(made.shape[1:]), ("a",), None, None, (2, 2), (2, 2), (0, 0), (1, 1))
    assert layer_facts.facts(layer, Layer("a", "relu", (1, 5, 5))).size is None
    assert np.prod(made.shape) == 9

"""Parameters and multiply-adds are those that PyTorch counts."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from lenet.convolution import counts
from lenet.networks import forward, models, resnet
from lenet.networks.forward import Layer
from tests.lenet.networks.every_kind import EveryKind


@pytest.mark.parametrize("name", [*models.MODELS, counts.RESNET])
def test_the_table_of_a_network_adds_up_to_all_its_parameters(name: str) -> None:
    model = resnet.resnet18(0) if name == counts.RESNET else models.build(name)
    rows, total = counts.of_network(name)
    assert total == sum(p.numel() for p in model.parameters())
    assert sum(row.parameters.value for row in rows) == total
    for row in rows:
        module = model.get_submodule(row.layer.name)
        assert row.parameters.value == sum(p.numel() for p in module.parameters())


def test_a_layer_with_a_scale_for_each_channel_is_in_the_table() -> None:
    model = EveryKind().eval()
    rows = counts.table(forward.layers(model))
    assert sum(row.parameters.value for row in rows) == models.count_parameters(model)


@given(st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(0, 1), st.booleans())
def test_the_three_costs_of_a_convolution(
    groups: int, inputs: int, kernel: int, stride: int, padding: int, biased: bool
) -> None:
    conv = nn.Conv2d(groups * inputs, groups * 2, kernel, stride, padding, groups=groups, bias=biased)
    x = torch.randn(1, groups * inputs, 7, 6)
    with FlopCounterMode(display=False) as flops:
        y = conv(x)
    layer = Layer(
        "conv", "conv2d", tuple(y.shape[1:]), ("input",), "weight", "bias" if biased else None,
        (kernel,) * 2, (stride,) * 2, (padding,) * 2, (1, 1), groups,
    )  # fmt: skip
    source = Layer("input", "input", tuple(x.shape[1:]))
    assert counts.is_convolution(layer)
    shared, unshared, dense = (one(layer, source) for one in (counts.shared, counts.unshared, counts.dense))
    assert shared.parameters.value == sum(p.numel() for p in conv.parameters())
    assert 2 * shared.multiply_adds.value == flops.get_total_flops()
    # A locally connected layer: each patch times a kernel of its own.
    patches = F.unfold(x, kernel, padding=padding, stride=stride).view(groups, inputs * kernel**2, -1)
    own = torch.randn(groups, 2, *patches.shape[1:])
    assert (own * patches[:, None]).numel() == unshared.multiply_adds.value
    assert own.numel() + (y.numel() if biased else 0) == unshared.parameters.value
    linear = nn.Linear(x.numel(), y.numel(), bias=biased)
    assert dense.parameters.value == sum(p.numel() for p in linear.parameters())
    with FlopCounterMode(display=False) as flops:
        nn.functional.linear(x.flatten(1), linear.weight)
    assert 2 * dense.multiply_adds.value == flops.get_total_flops()


def test_a_formula_is_its_number() -> None:
    rows, _ = counts.of_network("DigitCNN")
    for row in rows:
        for count in (row.parameters, row.dense):
            terms = [int(np.prod([int(one) for one in term.split("·")])) for term in count.formula.split(" + ")]
            assert sum(terms) == count.value

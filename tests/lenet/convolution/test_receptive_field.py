"""Receptive fields computed from the layers' sizes equal those measured with autograd, at borders too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.convolution import measured_field, receptive_field
from lenet.convolution.receptive_field import cell, sides
from lenet.errors import InputError
from lenet.networks import checkpoint, forward, models, resnet
from lenet.networks.forward import Layer
from lenet.networks.kinds import INPUT, SOFTMAX
from tests.lenet.networks.every_kind import EveryKind

NETWORKS = [*models.MODELS, "EveryKind", "resnet18"]


def network(name: str) -> nn.Module:
    if name == "resnet18":
        return resnet.resnet18(0)
    return EveryKind().eval() if name == "EveryKind" else models.build(name, seed=0).eval()


def layers_of(model: nn.Module, size: tuple[int, int, int]) -> tuple[Layer, ...]:
    return forward.run(model, np.zeros(size, np.float32)).layers


def input_shape(name: str, model: nn.Module) -> tuple[int, int, int]:
    return (3, resnet.SIDE, resnet.SIDE) if name == "resnet18" else (1, *[models.input_size(model)] * 2)


@pytest.mark.parametrize("name", NETWORKS)
def test_what_an_output_depends_on(name: str) -> None:
    model = network(name)
    size = input_shape(name, model)
    layers, positive = layers_of(model, size), measured_field.positive(model)
    for layer in layers:
        if layer.name in (INPUT, SOFTMAX):
            continue
        rows, columns = sides(layer)
        for row, column in {(0, 0), (rows // 2, columns // 2), (rows - 1, columns - 1)}:
            computed = receptive_field.backwards(layers, layer.name, cell(layer, row, column))[INPUT]
            measured = measured_field.backwards(positive, size, layer.name, row, column) != 0
            assert np.array_equal(computed, measured), (layer.name, row, column)
            assert computed.any()


@pytest.mark.parametrize("name", NETWORKS)
def test_what_a_pixel_can_reach(name: str) -> None:
    model = network(name)
    size = input_shape(name, model)
    layers, positive = layers_of(model, size), measured_field.positive(model)
    for row, column in ((0, 0), (size[1] // 2, 3), (size[1] - 1, size[2] - 1)):
        computed = receptive_field.forwards(layers, INPUT, cell(layers[0], row, column))
        measured = measured_field.forwards(positive, size, row, column)
        for layer in layers[:-1]:
            assert np.array_equal(computed[layer.name], measured[layer.name]), (layer.name, row, column)


class Stack(nn.Module):
    """Two convolutions of any setting, a max-pooling between them, and a linear layer."""

    def __init__(self, first: dict[str, Any], pool: dict[str, Any], second: dict[str, Any], side: int) -> None:
        super().__init__()
        self.input_size = side
        self.conv1, self.conv2 = nn.Conv2d(1, 2, **first), nn.Conv2d(2, 2, **second)
        self.pool = nn.MaxPool2d(**pool)
        with torch.inference_mode():
            self.fc = nn.Linear(self.maps(torch.zeros(1, 1, side, side)).numel(), 2)

    def maps(self, x: Tensor) -> Tensor:
        return F.relu(self.conv2(self.pool(F.relu(self.conv1(x)))))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.maps(x).flatten(1))


def windows(largest_dilation: int = 3) -> st.SearchStrategy[dict[str, Any]]:
    pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
    return st.builds(
        lambda kernel, stride, padding, dilation: {
            "kernel_size": kernel,
            "stride": stride,
            "padding": tuple(min(one, side // 2) for one, side in zip(padding, kernel, strict=True)),
            "dilation": dilation,
        },
        pairs,
        pairs,
        st.tuples(st.integers(0, 1), st.integers(0, 1)),
        st.tuples(st.integers(1, largest_dilation), st.integers(1, largest_dilation)),
    )


@given(windows(), windows(2), windows(), st.booleans(), st.data())
def test_any_kernel_stride_padding_and_dilation(
    first: dict[str, Any], pool: dict[str, Any], second: dict[str, Any], ceil_mode: bool, data: st.DataObject
) -> None:
    try:
        model = Stack(first, pool | {"ceil_mode": ceil_mode}, second, side=24).eval()
    except RuntimeError:  # PyTorch: the output would be empty
        return
    layers, positive = layers_of(model, (1, 24, 24)), measured_field.positive(model)
    layer = data.draw(st.sampled_from(layers[1:-1]))
    rows, columns = sides(layer)
    row, column = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    computed = receptive_field.backwards(layers, layer.name, cell(layer, row, column))[INPUT]
    assert np.array_equal(computed, measured_field.backwards(positive, (1, 24, 24), layer.name, row, column) != 0)


def test_a_convolution_of_five_sees_25_pixels_and_a_linear_layer_all() -> None:
    layers = forward.layers(models.build("LeNet5"))
    by_name = {layer.name: layer for layer in layers}
    found = {
        name: int(receptive_field.backwards(layers, name, cell(by_name[name], 0, 3))[INPUT].sum())
        for name in ("conv1", "pool1", "conv2", "pool2", "fc1")
    }
    assert found == {"conv1": 25, "pool1": 36, "conv2": 14 * 14, "pool2": 16 * 16, "fc1": 32 * 32}


def test_the_gradient_in_the_network_itself_is_autograds() -> None:
    model = checkpoint.load("LeNet5")
    digit = np.random.default_rng(0).random((1, 32, 32), np.float32)
    channel = int(forward.run(model, digit).outputs["pool1"][:, 3, 4].argmax())
    found = measured_field.own_gradient(model, digit, "pool1", channel, 3, 4)
    x = torch.from_numpy(digit)[None].requires_grad_()
    F.max_pool2d(F.relu(model.get_submodule("conv1")(x)), 2)[0, channel, 3, 4].backward()
    assert x.grad is not None
    assert np.array_equal(found, x.grad[0].numpy())
    assert 0 < (found != 0).sum() <= 36


class Odd(nn.Module):
    """A layer that reads other rows than its sizes say."""

    input_size = 8

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4 * 8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.flip(3)[..., :4].flatten(1))


def test_a_layer_of_an_unknown_kind_is_said() -> None:
    layers = layers_of(Odd().eval(), (1, 8, 8))
    with pytest.raises(InputError, match="don't say which cells"):
        receptive_field.backwards(layers, "fc", cell(layers[-2], 0, 0))

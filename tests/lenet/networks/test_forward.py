"""A recorded pass agrees with running the module by hand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from lenet.networks import forward
from lenet.networks.models import MODELS, build


def digit(size: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((1, size, size), np.float32)


@pytest.mark.parametrize("name", list(MODELS))
def test_each_layer_follows_from_its_sources(name: str) -> None:
    model = build(name, seed=0).eval()
    passed = forward.run(model, digit(model.input_size))
    tensors = {key: torch.from_numpy(value)[None] for key, value in passed.outputs.items()}
    parameters = dict(model.named_parameters())
    for layer in passed.layers[1:]:
        x = tensors[layer.sources[0]]
        if layer.kind == "conv2d":
            y = F.conv2d(x, parameters[layer.weight], parameters[layer.bias], layer.stride, layer.padding)
        elif layer.kind == "linear":
            y = F.linear(x.flatten(1), parameters[layer.weight], parameters[layer.bias])
        elif layer.kind == "max_pool2d":
            y = F.max_pool2d(x, layer.kernel, layer.stride, layer.padding)
        else:
            y = {"relu": torch.relu, "softmax": lambda z: torch.softmax(z, -1)}[layer.kind](x)
        assert tuple(y.shape[1:]) == layer.shape
        assert torch.equal(y, tensors[layer.name]), layer.name


@pytest.mark.parametrize("name", list(MODELS))
def test_the_pass_ends_in_the_modules_own_answer(name: str) -> None:
    model = build(name, seed=0).eval()
    x = digit(model.input_size)
    passed = forward.run(model, x)
    with torch.no_grad():
        expected = torch.softmax(model(torch.from_numpy(x)[None]), -1)[0]
    assert np.array_equal(passed.probabilities, expected.numpy())
    assert passed.prediction == int(expected.argmax())


def test_lenet5_has_the_layers_of_the_notes() -> None:
    passed = forward.run(build("LeNet5"), digit(32))
    assert [(layer.name, layer.shape) for layer in passed.layers] == [
        ("input", (1, 32, 32)),
        ("conv1", (6, 28, 28)),
        ("relu1", (6, 28, 28)),
        ("pool1", (6, 14, 14)),
        ("conv2", (16, 10, 10)),
        ("relu2", (16, 10, 10)),
        ("pool2", (16, 5, 5)),
        ("fc1", (120,)),
        ("relu3", (120,)),
        ("fc2", (84,)),
        ("relu4", (84,)),
        ("fc3", (10,)),
        ("softmax", (10,)),
    ]


class Odd(nn.Module):
    """Odd operations: padding, stride, a shared layer, in-place ReLU, two sources, batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding="same")
        self.shared = nn.Conv2d(4, 4, 3, stride=1, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4 * 4 * 4, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x)
        y = self.shared(self.shared(x))
        y = F.relu(self.norm(y), inplace=True)
        y = F.max_pool2d(x + y, kernel_size=3, stride=2, padding=1)
        return self.head(torch.flatten(y, 1))


def test_a_network_that_it_has_never_seen() -> None:
    model = Odd().eval()
    passed = forward.run(model, digit(8))
    by_name = {layer.name: layer for layer in passed.layers}
    assert list(by_name) == [
        "input", "first", "shared", "shared (2)", "norm", "relu1", "add1", "pool1", "head", "softmax",
    ]  # fmt: skip
    assert by_name["first"].padding == (1, 1)
    assert by_name["add1"].sources == ("first", "relu1")
    assert (by_name["pool1"].kernel, by_name["pool1"].stride, by_name["pool1"].padding) == ((3, 3), (2, 2), (1, 1))
    assert by_name["head"].sources == ("pool1",)
    # The in-place ReLU must not have changed what was kept of the layer before it.
    assert passed.outputs["norm"].min() < 0
    assert np.array_equal(passed.outputs["relu1"], np.maximum(passed.outputs["norm"], 0))


def test_passes_in_many_threads_through_one_network_do_not_mix() -> None:
    model = build("LeNet5", seed=0).eval()
    inputs = [digit(32, seed) for seed in range(32)]
    alone = [forward.run(model, x).outputs for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda x: forward.run(model, x).outputs, inputs))
    for one, other in zip(alone, together, strict=True):
        for name, value in one.items():
            assert np.array_equal(value, other[name]), name


def test_a_pass_leaves_the_network_as_it_was() -> None:
    model = build("LeNet5", seed=0).eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    forward.run(model, digit(32))
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert all(not module._forward_hooks for module in model.modules())
    assert all(p.grad is None for p in model.parameters())

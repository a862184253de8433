"""Contributions compared with PyTorch's own sums and gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from lenet.explain import contribution_pairs, contributions, recorded_layers
from lenet.explain.contributions import Edges
from lenet.networks import ablation, forward, models, resnet, weights
from lenet.networks.ablation import Channel
from lenet.networks.forward import Pass
from lenet.record.iteration import Setup
from lenet.record.recorder import record
from tests.lenet.networks.every_kind import EveryKind
from tests.lenet.record import odd_models
from tests.lenet.recordings import recorded

ALL = 1_000_000


class OneConvolution(nn.Module):
    """A convolution with a batch norm and an activation behind it, if given."""

    def __init__(self, conv: nn.Conv2d, after: nn.Module) -> None:
        super().__init__()
        self.conv = conv
        self.after = after

    def forward(self, x: Tensor) -> Tensor:
        return self.after(self.conv(x)).mean((2, 3))


def norm(channels: int) -> nn.Module:
    made = nn.BatchNorm2d(channels)
    made.running_mean.uniform_(-1, 1)
    made.running_var.uniform_(0.5, 2)
    nn.init.uniform_(made.weight, -2, 2)
    nn.init.uniform_(made.bias, -1, 1)
    return made


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(draw(st.integers(0, 99)))
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    channels = [groups * draw(st.integers(1, 3)) for _ in range(2)]
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    mode = draw(st.sampled_from(["zeros", "zeros", "reflect", "replicate", "circular"]))
    padding: Any = draw(st.sampled_from(["same", "valid", 0, 1, (2, 1)]))
    stride = 1 if padding == "same" else draw(st.sampled_from([1, 2, (1, 3)]))
    conv = nn.Conv2d(
        *channels,
        kernel,
        stride,
        padding,
        draw(st.sampled_from([1, 2, (1, 2)])),
        groups,
        draw(st.booleans()),
        mode,
    )
    after = draw(st.sampled_from([nn.Identity(), nn.ReLU(), nn.Tanh(), nn.Sequential(norm(channels[1]), nn.ReLU())]))
    x = torch.randn(1, channels[0], draw(st.integers(8, 11)), draw(st.integers(8, 11)))
    return OneConvolution(conv, after).eval(), x


def alone(conv: nn.Conv2d, x: Tensor, source: int) -> Tensor:
    """The convolution of one source channel, all others 0, without the bias."""
    only = torch.zeros_like(x)
    only[:, source] = x[:, source]
    made = conv(only)[0]
    return made if conv.bias is None else made - conv.bias.reshape(-1, 1, 1)


def table(edges: Edges, sources: int, targets: int) -> np.ndarray:
    made = np.zeros((sources, targets), np.float32)
    made[edges.from_units, edges.to_units] = edges.values
    return made


def close(got: Any, expected: Any, message: str = "") -> None:
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5, err_msg=message)


def every_sum_closes(model: nn.Module, passed: Pass, step: int = 1) -> None:
    """Check the sums of all units, or of one in `step`."""
    numbers = weights.numbers(model)
    found = contributions.forward(passed, numbers, ALL)
    assert found.edges
    assert not found.reasons
    shapes = {layer.name: layer.shape for layer in passed.layers}
    for edges in found.edges:
        whole = table(edges, shapes[edges.source][0], shapes[edges.target][0])
        for unit in range(0, whole.shape[1], step):
            made = contributions.into(passed, numbers, edges.target, unit)
            assert made is not None
            close(made.values.sum() + made.bias, made.total, f"{edges.target}.{unit}")
            assert np.array_equal(whole[:, unit], made.values if made.living else np.zeros(len(whole)))


@pytest.mark.parametrize("name", models.MODELS)
def test_contributions_are_pytorchs_sums(name: str) -> None:
    model: Any = models.build(name, 0)
    side = models.input_size(model)
    passed = forward.run(model, np.random.default_rng(0).random((1, side, side), dtype=np.float32))
    made: dict[str, tuple[Tensor, Tensor]] = {}
    for key, module in model.named_children():
        module.register_forward_hook(lambda module, args, output, key=key: made.update({key: (args[0], output)}))
    with torch.no_grad():
        model(torch.from_numpy(passed.outputs["input"])[None])
        every_sum_closes(model, passed)
        for edges in contributions.forward(passed, weights.numbers(model), ALL).edges:
            x, out = made[edges.target]
            module = model.get_submodule(edges.target)
            if isinstance(module, nn.Conv2d):
                live = out[0] > 0
                expected = [
                    (alone(module, x, s) * live).sum((1, 2)) / live.sum((1, 2)).clamp(min=1) for s in range(x.shape[1])
                ]
            else:
                units = next(layer for layer in passed.layers if layer.name == edges.source).shape[0]
                live = (out[0] > 0) | (out.shape[1] == 10)
                parts = (x[0] * module.weight).reshape(len(live), units, -1).sum(-1)
                expected = list((parts * live.unsqueeze(1)).T)
            close(table(edges, len(expected), out.shape[1]), torch.stack(expected), edges.target)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@given(convolutions())
def test_contributions_of_any_convolution(given: tuple[nn.Module, Tensor]) -> None:
    model, x = given
    conv: Any = model.conv
    passed = forward.run(model, x[0].numpy())
    with torch.no_grad():
        every_sum_closes(model, passed)
        ((edges,), _) = contributions.forward(passed, weights.numbers(model), ALL)
        live: Any = model.after(conv(x))[0] > 0  # type: ignore[operator]
        parts = torch.stack([alone(conv, x, source) for source in range(x.shape[1])])
        expected = (parts * live).sum((2, 3)) / live.sum((1, 2)).clamp(min=1)
    close(table(edges, x.shape[1], len(live)), expected)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(("kernel", "dilation"), [(2, 1), (4, 1), (4, (1, 2)), ((1, 4), (3, 1))])
def test_contributions_with_more_padding_at_the_end(kernel: Any, dilation: Any) -> None:
    conv = nn.Conv2d(2, 3, kernel, padding="same", dilation=dilation)
    model = OneConvolution(conv, nn.ReLU())
    passed = forward.run(model, np.random.default_rng(0).standard_normal((2, 9, 8)).astype(np.float32))
    with torch.no_grad():
        every_sum_closes(model, passed)


class Two(nn.Module):
    """A convolution that hands everything on, so that a gradient arrives at what the tested one reads."""

    def __init__(self, tested: nn.Module, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 1)
        self.tested = tested

    def forward(self, x: Tensor) -> Tensor:
        return self.tested(self.first(x))


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@given(convolutions())
def test_backward_contributions_of_any_convolution(given: tuple[nn.Module, Tensor]) -> None:
    one, x = given
    model = Two(one, x.shape[1]).eval()
    done = record(model, x.numpy(), np.zeros(1, np.int64), Setup())
    passed, gradients = recorded_layers.passed(done), recorded_layers.gradients(done)
    assert passed is not None
    found = contributions.backward(passed, gradients, recorded_layers.numbers(done), ALL)
    assert found.reasons == {"first": contribution_pairs.GRADIENT}
    (edges,) = found.edges
    arrived, left = gradients["tested.conv"], gradients[edges.source]
    assert arrived is not None
    assert left is not None
    close(table(edges, len(left), len(arrived)).sum(1), left.sum((1, 2)))
    read = torch.from_numpy(np.array(passed.outputs[edges.source]))[None].requires_grad_()
    own: Any = one.conv
    pad = own.padding if own.padding_mode == "zeros" else 0
    out = F.conv2d(read, own.weight, own.bias, own.stride, pad, own.dilation, own.groups)
    for unit in range(len(arrived)):
        only = torch.zeros_like(out)
        only[0, unit] = torch.from_numpy(np.array(arrived[unit]))
        (gradient,) = torch.autograd.grad(out, read, only, retain_graph=True)
        close(table(edges, len(left), len(arrived))[:, unit], gradient[0].sum((1, 2)))


@pytest.mark.parametrize("name", models.MODELS)
def test_backward_contributions_add_up_to_the_gradient(name: str) -> None:
    done = recorded(name)
    for digit in range(2):
        passed, gradients = recorded_layers.passed(done, digit), recorded_layers.gradients(done, digit)
        assert passed is not None
        found = contributions.backward(passed, gradients, recorded_layers.numbers(done), ALL)
        assert found.reasons == {"conv1": contribution_pairs.GRADIENT}
        assert len(found.edges) == sum(layer.weight is not None for layer in passed.layers) - 1
        for edges in found.edges:
            left, arrived = gradients[edges.source], gradients[edges.target]
            assert left is not None
            assert arrived is not None
            made = table(edges, len(left), len(arrived))
            np.testing.assert_allclose(made.sum(1), left.reshape(len(left), -1).sum(1), rtol=1e-3, atol=1e-6)


def test_an_infinite_gradient_has_no_contributions() -> None:
    done = recorded()
    passed, gradients = recorded_layers.passed(done), dict(recorded_layers.gradients(done))
    assert passed is not None
    gradients["fc2"] = np.full(84, np.inf, np.float32)
    found = contributions.backward(passed, gradients, recorded_layers.numbers(done))
    assert found.reasons == {"conv1": contribution_pairs.GRADIENT, "fc2": contribution_pairs.FINITE}


def test_the_largest_are_kept() -> None:
    model = models.build("LeNet5", 0)
    passed = forward.run(model, np.random.default_rng(0).random((1, 32, 32), dtype=np.float32))
    numbers = weights.numbers(model)
    whole, largest = (contributions.forward(passed, numbers, most, 0).edges for most in (ALL, 32))
    for every, some in zip(whole, largest, strict=True):
        assert len(some.values) == min(32, len(every.values))
        sizes = np.abs(every.values)
        assert (sizes[:-1] >= sizes[1:]).all()
        assert (sizes > 0).all()
        assert np.array_equal(np.abs(some.values), sizes[:32])
        assert (some.from_units.dtype, some.to_units.dtype, some.values.dtype) == (np.int16, np.int16, np.float32)


def test_the_largest_into_each_unit_are_kept_too() -> None:
    model = models.build("LeNet5", 0)
    passed = forward.run(model, np.random.default_rng(0).random((1, 32, 32), dtype=np.float32))
    numbers = weights.numbers(model)
    whole, largest = (contributions.forward(passed, numbers, most, 3).edges for most in (ALL, 32))
    for every, some in zip(whole, largest, strict=True):
        sizes = np.abs(some.values)
        assert (sizes[:-1] >= sizes[1:]).all()
        assert np.array_equal(sizes[:32], np.abs(every.values)[:32])
        kept = set(zip(some.from_units.tolist(), some.to_units.tolist(), strict=True))
        assert len(kept) == len(some.values)
        for unit in np.unique(every.to_units):
            own = every.from_units[every.to_units == unit][:3]
            assert {(source, unit) for source in own.tolist()} <= kept


def test_what_is_switched_off_has_no_contributions() -> None:
    off = [Channel("conv1", 2), Channel("conv2", 5), Channel("fc1", 7), Channel("fc3", 4)]
    model = ablation.ablated(models.build("LeNet5", 0), off)
    passed = forward.run(model, np.random.default_rng(0).random((1, 32, 32), dtype=np.float32))
    numbers = weights.numbers(model)
    found = contributions.forward(passed, numbers, ALL)
    assert not found.reasons
    by_target = {edges.target: edges for edges in found.edges}
    for layer, unit in off:
        assert unit not in by_target[layer].to_units
        assert contributions.into(passed, numbers, layer, unit) is None
    assert 2 not in by_target["conv2"].from_units
    assert 7 not in by_target["fc2"].from_units
    assert 3 in by_target["fc3"].to_units
    done = record(model, passed.outputs["input"][None], np.zeros(1, np.int64), Setup())
    again = recorded_layers.passed(done)
    assert again is not None
    assert not contributions.forward(again, recorded_layers.numbers(done)).reasons
    back = contributions.backward(again, recorded_layers.gradients(done), recorded_layers.numbers(done), ALL)
    assert 4 not in {edges.target: edges for edges in back.edges}["fc3"].to_units


ODD: dict[str, tuple[nn.Module, int, int]] = {
    "every kind": (EveryKind(), 1, 28),
    "shared layer": (odd_models.Shared(), 1, 32),
    "tied weights": (odd_models.Tied(), 1, 32),
    "batch norm": (odd_models.Normed(), 1, 32),
    "gives back": (odd_models.GivesBack(), 1, 32),
    "resnet18": (resnet.resnet18(0), 3, 32),
}
"""Networks with the channels and the side of their input."""


@pytest.mark.parametrize("name", ODD)
def test_the_sums_of_odd_networks_close(name: str) -> None:
    model, channels, side = ODD[name]
    passed = forward.run(model.eval(), np.random.default_rng(0).random((channels, side, side), dtype=np.float32))
    every_sum_closes(model, passed, 16 if name == "resnet18" else 1)


def test_an_in_place_relu_changes_no_contribution() -> None:
    model = odd_models.InPlace().eval()
    inputs = np.random.default_rng(0).random((1, 1, 32, 32), dtype=np.float32)
    with torch.no_grad():
        model.conv.bias[1] = -9  # its output goes on as 0 everywhere
    done = record(model, inputs, np.zeros(1, np.int64), Setup())
    passed, numbers = recorded_layers.passed(done), recorded_layers.numbers(done)
    assert passed is not None
    found = contributions.forward(passed, numbers, ALL)
    assert not found.reasons
    expected = contributions.forward(forward.run(model, inputs[0]), weights.numbers(model), ALL)
    for got, wanted in zip(found.edges, expected.edges, strict=True):
        assert np.array_equal(got.to_units, wanted.to_units)
        close(got.values, wanted.values)
    for unit in range(3):
        made = contributions.into(passed, numbers, "conv", unit)
        assert made is not None
        assert made.living == (unit != 1)
        close(made.values.sum() + made.bias, made.total)


class Reads(nn.Module):
    """A module behind a convolution with 4 × 6 × 6 outputs."""

    def __init__(self, then: nn.Module) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.then = then

    def forward(self, x: Tensor) -> Tensor:
        return self.then(F.relu(self.conv(x))).flatten(1)


class OfAChunk(nn.Module):
    """A convolution of the second of two tensors that one operation made."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Conv2d(2, 3, 3)
        self.own.weight.detach().fill_(1)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(x.chunk(2, 1)[1])


class OfTwo(nn.Module):
    """A linear layer whose bias depends on the input."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.ones(3, 144))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x.flatten(1), self.own, x.sum((0, 2, 3))[:3])


class ByRows(nn.Module):
    """A linear layer of each row."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(x)


class Unbatched(nn.Module):
    """A linear layer of a vector that has no batch."""

    def __init__(self) -> None:
        super().__init__()
        self.own = nn.Linear(144, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(x.flatten()).unsqueeze(0)


def wide() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(144, 40_000), nn.ReLU())


def folded() -> nn.Module:
    return nn.Sequential(nn.Flatten(2), nn.ReLU(), nn.Unflatten(2, (6, 6)), nn.Conv2d(4, 2, 3))


def infinite() -> nn.Module:
    made = nn.Conv2d(4, 2, 3)
    nn.init.constant_(made.weight, float("inf"))
    return made


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        (nn.ConvTranspose2d(4, 2, 3), contribution_pairs.KIND),
        (nn.LayerNorm(6), contribution_pairs.KIND),
        (weight_norm(nn.Conv2d(4, 2, 3)), contribution_pairs.WEIGHT),
        (OfAChunk(), contribution_pairs.SUM),
        (OfTwo(), contribution_pairs.SOURCES),
        (ByRows(), contribution_pairs.SHAPE),
        (folded(), contribution_pairs.SHAPE),
        (Unbatched(), contribution_pairs.SHAPE),
        (infinite(), contribution_pairs.FINITE),
        (wide(), contribution_pairs.UNITS),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_reason_where_no_contribution_is_defined(then: nn.Module, reason: str) -> None:
    model = Reads(then).eval()
    passed = forward.run(model, np.random.default_rng(1).random((1, 8, 8), dtype=np.float32))
    found = contributions.forward(passed, weights.numbers(model))
    assert list(found.reasons.values()) == [reason]
    assert [edges.target for edges in found.edges] == ["conv"]
    (layer,) = found.reasons
    assert contributions.into(passed, weights.numbers(model), layer, 0) is None


def test_a_reason_where_a_weight_was_not_kept() -> None:
    model = models.build("LeNet5", 0)
    passed = forward.run(model, np.zeros((1, 32, 32), np.float32))
    numbers = weights.numbers(model)
    for lost in ("fc2.weight", "fc2.bias"):
        found = contributions.forward(passed, lambda name, lost=lost: None if name == lost else numbers(name))  # type: ignore[misc]
        assert found.reasons == {"fc2": contribution_pairs.WEIGHT}


def test_weights_other_than_those_of_the_pass_are_noticed() -> None:
    model = models.build("LeNet5", 0)
    passed = forward.run(model, np.random.default_rng(0).random((1, 32, 32), dtype=np.float32))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.99)
    found = contributions.forward(passed, weights.numbers(model))
    assert not found.edges
    assert found.reasons == dict.fromkeys(["conv1", "conv2", "fc1", "fc2", "fc3"], contribution_pairs.SUM)


def test_there_is_no_sum_of_what_is_not_there() -> None:
    model = models.build("LeNet5", 0)
    passed = forward.run(model, np.zeros((1, 32, 32), np.float32))
    for layer, unit in (("relu1", 0), ("conv9", 0), ("conv1", 6), ("conv1", -1)):
        assert contributions.into(passed, weights.numbers(model), layer, unit) is None

"""Terms of a gradient's number, compared with PyTorch's own gradients and with first principles."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.explain import gradient_terms
from lenet.networks.models import MODELS, build, input_size
from lenet.record import recorder
from lenet.record.iteration import Iteration, Setup
from lenet.record.losses import LOSSES


def digits(model: nn.Module, count: int) -> NDArray[np.float32]:
    side = input_size(model)
    return np.random.default_rng(0).random((count, 1, side, side), np.float32)


def record(model: nn.Module, count: int = 3, **setup: str) -> Iteration:
    return recorder.record(model, digits(model, count), np.arange(count), Setup(**setup))  # type: ignore[arg-type]


def gradient(recorded: Iteration, parameter: str) -> NDArray[np.float64]:
    values = recorded.gradients[parameter]
    assert values is not None
    assert values.array is not None
    return values.array.astype(np.float64)


@pytest.mark.parametrize("name", list(MODELS))
@pytest.mark.parametrize(("loss", "target"), [(key, list(loss.targets)[-1]) for key, loss in LOSSES.items()])
def test_the_terms_add_up_to_what_torch_put_into_grad(name: str, loss: str, target: str) -> None:
    model = build(name, seed=2).eval()
    recorded = record(model, loss=loss, target=target)
    generator = np.random.default_rng(1)
    for parameter, values in recorded.before.parameters.items():
        whole = gradient(recorded, parameter)
        for _ in range(3):
            index = tuple(int(generator.integers(side)) for side in values.shape)
            found = gradient_terms.of(recorded, parameter, index)
            assert found.value == whole[index]
            assert found.total == pytest.approx(found.value, rel=1e-4, abs=1e-6 * np.abs(whole).max())
            (part,) = found.parts
            assert part.operation == parameter.rpartition(".")[0]
            assert part.total == pytest.approx(part.terms.sum())
            assert (part.reads.size == part.arriving.size) == parameter.endswith("weight")


def test_what_arrives_is_the_gradient_at_the_layer_s_output() -> None:
    model = build("LeNet5", seed=4).eval()
    recorded = record(model)
    x = torch.from_numpy(digits(model, 3))
    first = model.conv1(x)
    first.retain_grad()
    hidden = model.fc1(F.max_pool2d(F.relu(model.conv2(F.max_pool2d(F.relu(first), 2))), 2).view(3, -1))
    hidden.retain_grad()
    out = model.fc3(F.relu(model.fc2(F.relu(hidden))))
    F.cross_entropy(out, torch.arange(3)).backward()
    assert first.grad is not None
    assert hidden.grad is not None
    for channel in range(6):
        (part,) = gradient_terms.of(recorded, "conv1.bias", [channel]).parts
        assert part.kind == "conv2d"
        assert np.array_equal(part.arriving, first.grad[:, channel].numpy())
        assert part.gate is not None
        assert np.array_equal(part.gate.read, first.detach()[:, channel].numpy())
        assert part.gate.open == int((first[:, channel] > 0).sum())
        assert part.gate.passed == int((first.grad[:, channel] != 0).sum())
    (part,) = gradient_terms.of(recorded, "fc1.weight", [7, 30]).parts
    assert np.array_equal(part.arriving, hidden.grad[:, 7].numpy())


def test_an_entry_of_a_kernel_reads_the_input_at_its_place() -> None:
    """Strided, padded, dilated and grouped: the products' sum is PyTorch's gradient."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2), nn.Flatten()
    )
    inputs = np.random.default_rng(3).random((2, 1, 9, 9), np.float32)
    recorded = recorder.record(model, inputs, None, Setup(loss="none", target="random"))
    for parameter in ("0.weight", "1.weight"):
        whole = gradient(recorded, parameter)
        for index in np.ndindex(whole.shape):
            found = gradient_terms.of(recorded, parameter, index)
            assert found.total == pytest.approx(whole[index], rel=1e-4, abs=1e-5)
    (part,) = gradient_terms.of(recorded, "0.weight", (0, 0, 0, 2)).parts
    assert np.array_equal(part.reads[:, 1:, :-1], inputs[:, 0, :-1, 1:])  # a row above, a column to the right
    assert not part.reads[:, 0].any()  # the padding


@pytest.mark.parametrize("count", [1, 4])
def test_the_last_layer_gets_softmax_minus_one_hot(count: int) -> None:
    model = build("LightNet", seed=2).eval()
    recorded = record(model, count)
    with torch.no_grad():
        p = torch.softmax(model(torch.from_numpy(digits(model, count))).double(), 1).numpy()
    expected = (p - np.eye(10)[:count]) / count
    for unit in range(10):
        (part,) = gradient_terms.of(recorded, "fc3.bias", [unit]).parts
        assert part.head is not None
        assert part.gate is None
        assert part.head.reads["softmax"] == pytest.approx(p[:, unit], abs=1e-6)
        assert part.head.terms == pytest.approx(expected[:, unit], abs=1e-6)
        assert part.arriving == pytest.approx(part.head.terms, abs=1e-6)


@pytest.mark.parametrize(("loss", "target"), [(loss, target) for loss in LOSSES for target in LOSSES[loss].targets])
def test_the_last_layer_gets_what_the_loss_s_formula_gives(loss: str, target: str) -> None:
    model = build("DigitCNN", seed=2).eval()
    recorded = record(model, loss=loss, target=target)
    for unit in range(10):
        (part,) = gradient_terms.of(recorded, "fc2.bias", [unit]).parts
        assert part.head is not None
        assert part.head.loss == loss
        assert part.arriving == pytest.approx(part.head.terms, rel=1e-5, abs=1e-7)
        if loss == "mse":
            wanted = 2 * (part.head.reads["output"] - part.head.reads["target"]) / 30
            assert part.head.terms == pytest.approx(wanted)


def test_only_the_last_layer_has_a_formula_of_the_loss() -> None:
    recorded = record(build("LeNet5", seed=2).eval())
    for parameter in ("conv1.bias", "conv2.bias", "fc1.bias", "fc2.bias"):
        (part,) = gradient_terms.of(recorded, parameter, [0]).parts
        assert part.head is None
        assert part.gate is not None


@pytest.mark.parametrize("parameter", ["conv1.bias", "fc1.bias"])
def test_a_dead_relu(parameter: str) -> None:
    model = build("LeNet5", seed=2).eval()
    with torch.no_grad():
        model.get_parameter(parameter)[3] = -100
    recorded = record(model)
    found = gradient_terms.of(recorded, parameter, [3])
    gate = found.parts[0].gate
    assert gate is not None
    assert found.value == found.total == 0
    assert (gate.open, gate.passed) == (0, 0)
    assert gate.count == (3 * 28 * 28 if parameter == "conv1.bias" else 3)
    assert gate.read.max() <= 0
    assert gate.reached > 0


def test_a_relu_that_reads_nan_lets_the_gradient_through_as_pytorch_does() -> None:
    x = torch.tensor([[math.nan, -1.0, 1.0]], requires_grad=True)
    F.relu(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[1.0, 0.0, 1.0]]
    model = build("LeNet5", seed=2).eval()
    with torch.no_grad():
        model.get_parameter("fc1.bias")[3] = math.nan
    found = gradient_terms.of(record(model), "fc1.bias", [3])
    gate = found.parts[0].gate
    assert gate is not None
    assert gate.open == gate.count == 3
    assert math.isnan(found.value)
    assert math.isnan(found.total)


def test_gradients_that_add_up_over_two_backwards() -> None:
    model = build("LeNet5", seed=1).eval()
    first = record(model)
    second = recorder.record(model, first.inputs, first.labels, Setup(zero_grad="left-out"), start=first.after)
    found = gradient_terms.of(second, "fc3.bias", [4])
    assert found.before == gradient(first, "fc3.bias")[4]
    assert found.total == pytest.approx(found.value, rel=1e-5)
    assert found.total != found.before
    cleared = recorder.record(model, first.inputs, first.labels, Setup(zero_grad="zeros"), start=first.after)
    assert gradient_terms.of(cleared, "fc3.bias", [4]).before == 0
    assert gradient_terms.of(first, "fc3.bias", [4]).before is None


def test_a_parameter_that_is_used_twice_has_two_parts() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(F.relu(self.fc(x.flatten(1))))

    torch.manual_seed(1)
    recorded = recorder.record(Twice(), np.ones((2, 1, 2, 2), np.float32), np.array([0, 1]), Setup())
    for parameter, index in (("fc.bias", (2,)), ("fc.weight", (1, 3))):
        found = gradient_terms.of(recorded, parameter, index)
        assert len(found.parts) == 2
        assert found.total == pytest.approx(found.value, rel=1e-5, abs=1e-8)


def test_of_another_operation_the_total_alone_is_known() -> None:
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.GroupNorm(1, 3), nn.Flatten(), nn.Linear(27, 5, bias=False))
    inputs = np.random.default_rng(0).random((4, 1, 5, 5), np.float32)
    recorded = recorder.record(model, inputs, np.arange(4), Setup())
    found = gradient_terms.of(recorded, "1.weight", [1])
    assert found.parts[0].kind == "other"
    assert found.total == found.value != 0
    assert gradient_terms.of(recorded, "3.weight", [1, 2]).total == pytest.approx(
        gradient(recorded, "3.weight")[1, 2], rel=1e-5
    )


def test_weights_that_are_multiplied_without_a_transpose() -> None:
    class Bare(nn.Module):
        def __init__(self, bias_shape: tuple[int, ...]) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(9, 5, generator=torch.Generator().manual_seed(0)))
            self.bias = nn.Parameter(torch.zeros(bias_shape))

        def forward(self, x: Tensor) -> Tensor:
            x = x.flatten(1)
            return torch.addmm(self.bias, torch.tanh(x @ self.weight @ self.weight.T), self.weight)

    inputs = np.random.default_rng(0).random((4, 1, 3, 3), np.float32)
    for bias_shape in ((5,), (4, 5)):
        recorded = recorder.record(Bare(bias_shape), inputs, np.arange(4), Setup())
        whole = gradient(recorded, "weight")
        for index in ((2, 3), (7, 1)):
            found = gradient_terms.of(recorded, "weight", index)
            assert len(found.parts) == 3
            assert found.total == pytest.approx(whole[index], rel=1e-4)
        bias = gradient(recorded, "bias")
        last = tuple(side - 1 for side in bias_shape)
        assert gradient_terms.of(recorded, "bias", last).total == pytest.approx(bias[last], rel=1e-4)


def test_a_gradient_that_was_not_computed_is_not_called_zero() -> None:
    model = build("LeNet5", seed=1).eval()
    model.get_parameter("conv1.bias").requires_grad_(False)
    with pytest.raises(InputError) as problem:
        gradient_terms.of(record(model), "conv1.bias", [0])
    assert problem.value.key == "gradient-none"


def test_an_entry_that_is_not_there() -> None:
    with pytest.raises(InputError) as problem:
        gradient_terms.of(record(build("LeNet5", seed=1).eval()), "fc3.bias", [10])
    assert problem.value.key == "parameter-index"


@pytest.mark.parametrize("name", list(MODELS))
def test_of_a_large_batch_the_terms_of_the_first_inputs_and_the_rest_make_the_whole(name: str) -> None:
    model = build(name, seed=2).eval()
    inputs, labels = digits(model, 20), np.arange(20) % 10
    cut, full = (recorder.record(model, inputs, labels, Setup(), keep=10**9, shown=shown) for shown in (3, None))
    generator = np.random.default_rng(1)
    for parameter, values in cut.before.parameters.items():
        index = tuple(int(generator.integers(side)) for side in values.shape)
        found, wanted = (gradient_terms.of(recorded, parameter, index) for recorded in (cut, full))
        (part,), (whole,) = found.parts, wanted.parts
        size = np.abs(gradient(full, parameter)).max()
        assert found.value == wanted.value
        assert found.total == pytest.approx(wanted.total, rel=1e-4, abs=1e-6 * size)
        assert (part.inputs, whole.inputs, whole.rest) == (20, 20, None)
        kept = len(part.terms)
        assert kept == (20 if part.head is not None and parameter.endswith("bias") else 3)
        assert np.array_equal(part.terms, whole.terms[:kept])
        if kept == 3:
            assert part.rest == pytest.approx(whole.terms[3:].sum(), rel=1e-4, abs=1e-6 * size)
        else:
            assert part.rest is None
        if whole.gate is not None:
            assert part.gate is not None
            assert np.array_equal(part.gate.slope, whole.gate.slope[:kept])
        if whole.head is not None:
            assert part.head is not None
            assert np.array_equal(part.head.terms, whole.head.terms[:kept])

"""Finite differences against autograd, on the notes' networks and on functions whose derivatives are known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.explain import finite_differences
from lenet.explain.finite_differences import check
from lenet.networks.models import MODELS, build, input_size
from lenet.record import recorder
from lenet.record.iteration import Iteration, Setup


def record(model: nn.Module, digits: int = 2, **setup: str | float) -> Iteration:
    side = input_size(model)
    inputs = np.random.default_rng(0).random((digits, 1, side, side), np.float32)
    return recorder.record(model, inputs, np.arange(digits), Setup(**setup))  # type: ignore[arg-type]


class Cube(nn.Module):
    """(N, 1, 1, 1) -> (N, 1): w³·x, or relu(w)·x."""

    def __init__(self, w: float, relu: bool = False) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([w]))
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """One output a row."""
        return (self.w.relu() if self.relu else self.w**3) * x.flatten(1)


def cube(w: float, relu: bool = False) -> tuple[Cube, Iteration]:
    model = Cube(w, relu)
    inputs = np.ones((1, 1, 1, 1), np.float32)
    return model, recorder.record(model, inputs, None, Setup(loss="none", target="random", target_seed=1))


@pytest.mark.parametrize("name", list(MODELS))
@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_they_agree_for_every_parameter(name: str, loss: str) -> None:
    model = build(name, seed=3).eval()
    recorded = record(model, loss=loss)
    for parameter, values in recorded.before.parameters.items():
        gradient = recorded.gradients[parameter]
        assert gradient is not None
        assert gradient.array is not None
        index = np.unravel_index(np.abs(gradient.array).argmax(), values.shape)
        found = check(model, recorded, parameter, [int(place) for place in index])
        assert found.best is not None
        assert found.switches[found.best] == 0
        assert found.errors[found.best] < 1e-6
        assert found.recorded == pytest.approx(found.autograd, rel=1e-4)
        assert found.autograd != 0


def test_autograd_in_float64_is_torch_s_own() -> None:
    model = build("LeNet5", seed=5).eval()
    recorded = record(model)
    wide = build("LeNet5", seed=5).double()
    loss = nn.functional.cross_entropy(wide(torch.from_numpy(recorded.inputs.copy()).double()), torch.arange(2))
    loss.backward()
    found = check(model, recorded, "conv2.weight", (1, 2, 3, 4))
    assert found.loss == loss.item()
    assert found.autograd == wide.conv2.weight.grad[1, 2, 3, 4].item()  # type: ignore[union-attr, index]
    assert found.value == wide.conv2.weight[1, 2, 3, 4].item()


def test_a_cube_has_the_error_that_calculus_says() -> None:
    """((w + h)³ − (w − h)³) / 2h is 3w² + h²: the truncation is h² exactly."""
    model, recorded = cube(0.5)
    factor = float(np.asarray(recorded.target).item())
    found = check(model, recorded, "w", [0])
    assert found.autograd == pytest.approx(0.75 * factor, rel=1e-12)
    assert found.differences[0] == pytest.approx((0.75 + 0.01) * factor, rel=1e-12)
    assert found.errors[0] == pytest.approx(0.01 / 0.76, rel=1e-9)
    assert found.truncation[:4] == pytest.approx(found.steps[:4] ** 2 / 0.75, rel=1e-6)
    assert found.rounding == pytest.approx(np.finfo(float).eps * 0.125 / (found.steps * 0.75), rel=1e-6)
    assert found.errors[-1] > found.errors[found.best or 0]
    assert not found.switches.any()


def test_a_kink_within_a_step_is_seen() -> None:
    model, recorded = cube(0.03, relu=True)
    found = check(model, recorded, "w", [0])
    assert found.switched["relu"].tolist() == [1] + [0] * 11  # 0.03 − 0.1 is below 0
    assert found.errors[0] == pytest.approx(0.35, rel=1e-6)  # (0.13 − 0) / 0.2 = 0.65 where the slope is 1
    assert found.best != 0
    assert list(found.switched) == ["relu"]


def test_a_max_pooling_that_chooses_another_cell_is_seen() -> None:
    class Pool(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.tensor([0.5, 0.45]))

        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.max_pool2d((x.flatten(1) * self.w).view(1, 1, 1, 2), (1, 2)).flatten(1)

    model = Pool()
    recorded = recorder.record(model, np.ones((1, 1, 1, 1), np.float32), None, Setup(loss="none", target="random"))
    found = check(model, recorded, "w", [0])
    assert found.switched["max_pool2d"].tolist() == [1] + [0] * 11  # 0.5 − 0.1 is below 0.45
    assert list(found.switched) == ["max_pool2d"]


def test_a_gradient_of_zero_is_exactly_zero_on_both_sides() -> None:
    model, recorded = cube(-1.0, relu=True)
    found = check(model, recorded, "w", [0])
    assert found.autograd == 0
    assert found.differences.tolist() == found.errors.tolist() == [0.0] * 12
    assert np.isnan(found.rounding).all()


def test_what_an_earlier_backward_left_is_taken_off() -> None:
    model = build("LeNet5", seed=1).eval()
    first = record(model)
    second = recorder.record(model, first.inputs, first.labels, Setup(zero_grad="left-out"), start=first.after)
    found = check(model, second, "fc3.bias", [4])
    assert found.recorded == pytest.approx(found.autograd, rel=1e-4)


def test_a_loss_that_is_not_a_number_has_no_best_step() -> None:
    model = build("LeNet5", seed=1).eval()
    with torch.no_grad():
        model.get_parameter("fc3.weight")[0] = math.inf
    found = check(model, record(model), "conv1.bias", [0])
    assert math.isnan(found.loss)
    assert np.isnan(found.errors).all()
    assert found.best is None


def test_float64_reaches_further_than_the_float32_of_the_record() -> None:
    model = build("LeNet5", seed=1).eval()
    first = record(model, lr=1e15)
    second = recorder.record(model, first.inputs, first.labels, Setup(), start=first.after)
    found = check(model, second, "fc3.bias", [0])
    assert found.recorded is not None
    assert math.isnan(found.recorded)
    assert math.isfinite(found.autograd)


def test_the_model_stays_as_it_is() -> None:
    model = build("DigitCNN", seed=1).eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    check(model, record(model), "conv1.weight", (0, 0, 1, 1), steps=(1e-3,))
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert all(not module._forward_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("parameter", "index", "key"),
    [
        ("conv9.bias", (0,), "parameter-unknown"),
        ("conv1.bias", (6,), "parameter-index"),
        ("conv1.bias", (-1,), "parameter-index"),
        ("conv1.bias", (0, 0), "parameter-index"),
        ("conv1.weight", (0,), "parameter-index"),
    ],
)
def test_an_entry_that_is_not_there(parameter: str, index: tuple[int, ...], key: str) -> None:
    model = build("LeNet5", seed=1).eval()
    with pytest.raises(InputError) as problem:
        check(model, record(model, 1), parameter, index)
    assert problem.value.key == key


def test_a_network_that_draws_random_numbers_is_not_checked() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(1024, 50), nn.Dropout(), nn.Linear(50, 10))
    recorded = recorder.record(model, np.ones((1, 1, 32, 32), np.float32), np.array([1]), Setup())
    with pytest.raises(InputError) as problem:
        check(model, recorded, "3.bias", (0,))
    assert problem.value.key == "check-random"


class Forks(nn.Module):
    """(N, 1, 1, 1) -> (N, 1): one ReLU more where its weight is not above 1."""

    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.tensor([1.05]))

    def forward(self, x: Tensor) -> Tensor:
        """One output a row."""
        once = torch.relu(self.w * x.flatten(1))
        return once if self.w > 1 else torch.relu(2 * once)


def test_a_graph_that_becomes_another_is_a_switch() -> None:
    model, inputs = Forks(), np.ones((1, 1, 1, 1), np.float32)
    recorded = recorder.record(model, inputs, None, Setup(loss="none", target="random", target_seed=1))
    found = check(model, recorded, "w", (0,))
    assert found.switches[0] == 1  # at 1.05 − 0.1
    assert not found.switches[1:].any()
    assert found.best is not None
    assert found.errors[found.best] < 1e-6


def test_a_network_that_insists_on_float32_is_said() -> None:
    class Insists(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = super().forward(x.float())
            return out

    model = Insists(nn.Flatten(), nn.Linear(4, 10))
    recorded = recorder.record(model, np.ones((1, 1, 2, 2), np.float32), np.array([1]), Setup())
    with pytest.raises(InputError) as problem:
        check(model, recorded, "1.bias", (0,))
    assert problem.value.key == "check-model"


def test_the_result_cannot_be_written_into() -> None:
    model, recorded = cube(0.5)
    found = check(model, recorded, "w", [0], finite_differences.STEPS[:2])
    with pytest.raises(ValueError, match="read-only"):
        found.errors[0] = 0

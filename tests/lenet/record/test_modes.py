"""Recorded iterations in training and evaluation mode are those of plain PyTorch, bit for bit."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.digits import batch
from lenet.errors import InputError
from lenet.explain import after_step, finite_differences, input_gradient, recorded_layers
from lenet.networks import global_generator, models
from lenet.record import modes
from lenet.record.experiment import RANDOM, Experiment, Input, Run, Weights, run
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record

MIXED = "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.4~flatten~linear-12~relu~dropout-0.2~linear"
NORMED = "stack-28~conv-4-5~batch_norm~relu~max_pool~flatten~linear"


def experiment(name: str, mode: str | None = None, seed: int = 0, steps: int = 1, digits: int = 3) -> Experiment:
    given = Input("mnist", tuple(range(digits)))
    return Experiment(name, Weights(RANDOM, 1), given, None, Setup(lr=0.1, mode=mode, mask_seed=seed), steps)


def taken(chosen: Experiment, after: Run | None = None) -> Run:
    model = chosen.model()
    return run(chosen, model, chosen.batch(models.input_size(model)), after)


def plain(chosen: Experiment) -> tuple[list[float], nn.Module]:
    """Take these steps in plain PyTorch: return the loss before each, and the network after the last."""
    model = chosen.model()
    model.train() if chosen.mode == "train" else model.eval()
    given = chosen.batch(models.input_size(model))
    x, labels = torch.from_numpy(given.inputs.copy()), torch.from_numpy(np.array(given.labels))
    optimizer = torch.optim.SGD(model.parameters(), lr=chosen.setup.lr)
    losses = []
    for step in range(chosen.steps):
        torch.manual_seed(chosen.setup.mask_seed + step)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model


@pytest.mark.parametrize("mode", modes.MODES)
@pytest.mark.parametrize("name", [MIXED, NORMED, "LeNet5"])
def test_steps_in_a_mode_are_those_of_plain_pytorch(name: str, mode: str) -> None:
    chosen = experiment(name, mode, seed=7, steps=3)
    model = chosen.model()
    state = torch.get_rng_state()
    found = run(chosen, model, chosen.batch(models.input_size(model)))
    assert torch.equal(torch.get_rng_state(), state)
    losses, wanted = plain(chosen)
    assert list(found.losses[:-1]) == losses
    after = found.iteration.after
    assert after is not None
    for path, tensor in wanted.state_dict().items():
        values = after.parameters.get(path) or after.buffers[path]
        assert np.array_equal(values.array, tensor.numpy()), path
    assert found.iteration.setup.mode == (None if (name, mode) == ("LeNet5", "train") else mode)


def test_the_loss_after_the_step_is_of_the_same_masks() -> None:
    chosen = experiment(MIXED, "train", seed=3)
    found, (_, model) = taken(chosen), plain(chosen)
    given = chosen.batch(28)
    torch.manual_seed(3)
    with torch.no_grad():
        loss = F.cross_entropy(model(torch.from_numpy(given.inputs.copy())), torch.from_numpy(np.array(given.labels)))
    assert found.losses[-1] == loss.item()


def test_the_mode_is_that_of_training_if_nothing_is_said_and_the_seed_decides_the_masks() -> None:
    default, trained, evaluated = (taken(experiment(MIXED, mode)).losses for mode in (None, "train", "eval"))
    assert default == trained != evaluated
    assert taken(experiment(MIXED, seed=1)).losses != default
    assert taken(experiment(MIXED, "eval", seed=1)).losses == evaluated


def test_steps_that_go_on_are_those_taken_at_once() -> None:
    first = taken(experiment(MIXED, seed=2))
    model = first.experiment.model()
    chosen = experiment(MIXED, seed=2, steps=3)
    assert run(chosen, model, first.inputs, first).losses == taken(chosen).losses


def test_without_a_mode_a_model_runs_as_it_is() -> None:
    model, own = (models.build(MIXED, 0).train() for _ in range(2))
    given = batch.of_mnist([0, 1], 28)
    torch.manual_seed(5)
    found = record(model, given.inputs, given.labels, Setup())
    torch.manual_seed(5)
    out = own(torch.from_numpy(given.inputs.copy()))
    assert found.outcome_before is not None
    assert np.array_equal(found.outcome_before.logits, out.detach().numpy())


def test_a_model_keeps_its_mode_and_its_statistics() -> None:
    model = models.build(MIXED, 0).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    given = batch.of_mnist([0, 1], 28)
    found = record(model, given.inputs, given.labels, Setup(mode="train"))
    assert not any(module.training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert found.after is not None
    assert not found.after.attributes


def test_an_unknown_mode_is_refused() -> None:
    given = batch.of_mnist([0], 32)
    with pytest.raises(InputError, match="no mode named 'test'"):
        record(models.build("LeNet5", 0), given.inputs, given.labels, Setup(mode="test"))


def test_the_seed_decides_while_other_visitors_draw_too() -> None:
    chosen = experiment(MIXED, seed=4)
    wanted = taken(chosen).losses
    stop, found = threading.Event(), []

    def draw() -> None:
        while not stop.is_set():
            models.build("LeNet5")

    def repeat() -> None:
        found.extend(taken(chosen).losses for _ in range(5))

    threads = [threading.Thread(target=draw), *(threading.Thread(target=repeat) for _ in range(3))]
    for thread in threads:
        thread.start()
    for thread in threads[1:]:
        thread.join()
    stop.set()
    threads[0].join()
    assert found == [wanted] * 15
    assert global_generator.LOCK.acquire(blocking=False)
    global_generator.LOCK.release()


# What is computed again runs as the record did.


def recorded(chosen: Experiment) -> tuple[nn.Module, Iteration]:
    model = chosen.model()
    return model, run(chosen, model, chosen.batch(28)).iteration


@pytest.mark.parametrize("mode", modes.MODES)
def test_the_pass_after_the_step_is_in_the_mode(mode: str) -> None:
    model, done = recorded(experiment(MIXED, mode, seed=9))
    found = after_step.passed(done, model, 1)
    assert found is not None
    assert done.outcome_after is not None
    assert np.array_equal(found.probabilities, done.outcome_after.probabilities[1])


@pytest.mark.parametrize("mode", modes.MODES)
def test_the_gradient_at_the_input_is_in_the_mode(mode: str) -> None:
    chosen = experiment(MIXED, mode, seed=9)
    model, done = recorded(chosen)
    own = chosen.model().train(mode == "train")
    x = torch.from_numpy(done.inputs.copy()).requires_grad_()
    torch.manual_seed(9)
    F.cross_entropy(own(x), torch.from_numpy(np.array(done.labels))).backward()
    assert x.grad is not None
    assert np.array_equal(input_gradient.of(model, done), x.grad.numpy())


@pytest.mark.parametrize("mode", modes.MODES)
def test_finite_differences_are_in_the_mode(mode: str) -> None:
    model, done = recorded(experiment(MIXED, mode, seed=9))
    found = finite_differences.check(model, done, "conv1.weight", (0, 0, 2, 2))
    assert done.outcome_before is not None
    assert found.loss == pytest.approx(done.outcome_before.loss, rel=1e-5)
    assert found.recorded == pytest.approx(found.autograd, rel=1e-3)
    assert found.best is not None
    assert found.errors[found.best] < 1e-6


def test_a_single_number_per_channel_fails_in_training_mode_only() -> None:
    # After the convolution, each channel has one number.
    name = "stack-28~max_pool-7~conv-4-4~batch_norm~flatten~linear"
    failure = taken(experiment(name, "train", digits=1)).iteration.failure
    assert failure is not None
    assert "more than 1 value per channel when training" in failure.message
    assert taken(experiment(name, "eval", digits=1)).iteration.failure is None
    assert taken(experiment(name, "train", digits=2)).iteration.failure is None


# Whether the modes differ is asked of the network itself.


class Functional(nn.Module):
    """A network whose dropout is a function, as in PyTorch's older examples."""

    input_size = 28

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.fc = nn.Linear(784, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        return self.fc(F.dropout(x.flatten(1), self.p, self.training))


class Always(Functional):
    """One that drops in either mode."""

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        return self.fc(F.dropout(x.flatten(1), self.p))


class Slopes(Functional):
    """One with random slopes in training mode."""

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        return F.rrelu(self.fc(x.flatten(1)), training=self.training)


class Instances(Functional):
    """One whose instance norm keeps running statistics."""

    def __init__(self, tracks: bool) -> None:
        super().__init__(0.0)
        self.norm = nn.InstanceNorm2d(1, track_running_stats=tracks)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        return self.fc(self.norm(x).flatten(1))


class Broken(Functional):
    """One whose pass fails."""

    def forward(self, x: Tensor) -> Tensor:
        """Fail."""
        raise RuntimeError("broken")


@pytest.mark.parametrize(
    ("make", "layers", "differ", "draws"),
    [
        (lambda: models.build("LeNet5"), (), False, False),
        (lambda: models.build(MIXED), ("bn1", "dropout1", "dropout2"), True, True),
        (lambda: models.build(NORMED), ("bn1",), True, False),
        (lambda: models.build("stack-28~dropout-0.0~flatten~linear"), (), False, False),
        (lambda: Functional(0.5), ("dropout1",), True, True),
        (lambda: Functional(0.0), (), False, False),
        (lambda: Always(0.5), (), False, True),
        (lambda: Slopes(0.0), ("rrelu1",), True, True),
        (lambda: Instances(True), ("instance_norm1",), True, False),
        (lambda: Instances(False), (), False, False),
        (lambda: Broken(0.0), (), False, False),
    ],
)
def test_the_network_is_asked(
    make: Callable[[], nn.Module], layers: tuple[str, ...], differ: bool, draws: bool
) -> None:
    model = make().eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    assert modes.differences(model) == modes.Differences(layers, differ, draws)
    assert modes.differences(model) is modes.differences(model)
    assert torch.equal(torch.get_rng_state(), state)
    assert not model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_network_with_another_module_is_asked_again() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, 5), nn.Identity(), nn.Flatten(), nn.Linear(784, 10))
    assert not modes.differences(model).differ
    model[1] = nn.Dropout()
    assert modes.differences(model).draws


def test_recorded_layers_are_those_of_the_mode() -> None:
    _, done = recorded(experiment(MIXED, "train", seed=9))
    found = recorded_layers.passed(done, 0)
    assert found is not None
    kept = found.outputs["dropout1"] != 0
    assert np.allclose(found.outputs["dropout1"][kept], found.outputs["pool1"][kept] / 0.6)
    assert 0 < (kept & (found.outputs["pool1"] > 0)).sum() < (found.outputs["pool1"] > 0).sum()

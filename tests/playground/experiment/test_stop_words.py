"""Tests that the player's texts agree with the record."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.digits import batch
from lenet.explain import timeline
from lenet.networks import checkpoint
from lenet.record import iteration, recorder
from lenet.record.graph import LOSS
from lenet.record.iteration import Iteration, Setup
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.scripts import code_listing
from playground.experiment import stop_words
from playground.number_words import number, shape


def said(done: Iteration, phase: str, model: torch.nn.Module) -> str:
    walk = timeline.stops(done)
    frames = stop_words.frames(done, walk, code_listing.listing(model, done))
    return next(frame.detail for frame in frames if frame.phase == phase)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_the_step_counts_what_changed_and_the_gradients_that_are_0(optimizer: str) -> None:
    model = checkpoint.load("LeNet5")
    given = batch.of_mnist([0], 32)
    done = recorder.record(model, given.inputs, given.labels, Setup(optimizer=optimizer))
    own = checkpoint.load("LeNet5")
    step = OPTIMIZERS[optimizer].make(own.parameters(), 0.01)
    assert step is not None
    before = [p.detach().clone() for p in own.parameters()]
    F.cross_entropy(own(torch.from_numpy(given.inputs)), torch.from_numpy(given.labels)).backward()
    step.step()
    pairs = zip(before, own.parameters(), strict=True)
    changed = sum(int((old.view(torch.int32) != p.detach().view(torch.int32)).sum()) for old, p in pairs)
    zero = sum(int((p.grad == 0).sum()) for p in own.parameters() if p.grad is not None)
    words = said(done, "step", model)
    assert f"{changed:,} of the 61,706 parameters" in words
    assert f"{zero:,} gradients are exactly 0" in words
    assert zero > 0


def test_the_reason_why_parameters_without_a_gradient_change_names_the_optimizer_in_words() -> None:
    model = checkpoint.load("LeNet5")
    seven, two = batch.of_mnist([0], 32), batch.of_mnist([1], 32)
    setup = Setup(optimizer="RMSprop-momentum", lr=1e-6)
    first = recorder.record(model, seven.inputs, seven.labels, setup)
    second = recorder.record(model, two.inputs, two.labels, setup, first.after)
    assert "because RMSprop with momentum remembers earlier gradients" in said(second, "step", model)


@pytest.mark.parametrize(
    ("optimizer", "decay", "why"),
    [
        ("SGD", 0.5, "because weight decay adds a share of the weight to its gradient."),
        ("SGD-momentum", 0.5, "its gradient, and SGD with momentum remembers earlier gradients."),
        ("AdamW", None, "because AdamW shrinks every weight"),
        ("AdamW", 0.5, "because AdamW shrinks every weight"),
    ],
)
def test_the_reason_is_weight_decay_where_it_is(optimizer: str, decay: float | None, why: str) -> None:
    model = checkpoint.load("LeNet5")
    given = batch.of_mnist([0], 32)
    setup = Setup(optimizer=optimizer, weight_decay=decay)
    words = said(recorder.record(model, given.inputs, given.labels, setup), "step", model)
    assert why in words
    assert ("a weight decay of 0.5" in words) == (decay is not None)


def test_by_hand_the_step_is_described_with_weight_decay() -> None:
    model = checkpoint.load("LeNet5")
    given = batch.of_mnist([0], 32)
    setup = Setup(optimizer="by-hand", weight_decay=0.5)
    words = said(recorder.record(model, given.inputs, given.labels, setup), "step", model)
    assert "p.sub_((p.grad + weight_decay * p) * lr)" in words


def test_a_rate_of_0_and_a_parameter_without_a_gradient_are_said() -> None:
    model = checkpoint.load("LeNet5")
    model.get_parameter("conv1.bias").requires_grad_(False)
    given = batch.of_mnist([0], 32)
    words = said(recorder.record(model, given.inputs, given.labels, Setup(lr=0)), "step", model)
    assert "0 of the 61,706 parameters" in words
    assert "6 have no gradient" in words
    assert "learning rate of 0" in words


@pytest.mark.parametrize("way", iteration.ZERO_GRAD)
def test_before_the_first_step_there_is_nothing_to_clear(way: str) -> None:
    model = checkpoint.load("LeNet5")
    given = batch.of_mnist([0], 32)
    first = recorder.record(model, given.inputs, given.labels, Setup(zero_grad=way))
    assert "nothing to clear" in said(first, "zero_grad", model)
    second = recorder.record(model, given.inputs, given.labels, Setup(zero_grad=way), first.after)
    assert "nothing to clear" not in said(second, "zero_grad", model)
    assert np.isfinite(second.inputs).all()


@pytest.mark.parametrize("loss", list(LOSSES))
def test_the_loss_and_its_nodes_are_explained(loss: str) -> None:
    """Each node of the loss has a sentence of its own, not only that a gradient is passed on."""
    model = checkpoint.load("LeNet5")
    given = batch.of_mnist([0], 32)
    done = recorder.record(model, given.inputs, given.labels, Setup(loss, next(iter(LOSSES[loss].targets))))
    assert done.outcome_before is not None
    assert number(done.outcome_before.loss, 5) in said(done, "loss", model)
    assert done.graph is not None
    kinds = {node.title.rstrip("0123456789") for node in done.graph.nodes if node.operation == LOSS}
    assert all(f"backward-{loss}-{kind}" in stop_words.TEXT for kind in kinds)
    assert bool(kinds) == (LOSSES[loss].root == LOSS)


def test_of_a_large_batch_it_is_said_how_much_is_shown() -> None:
    model = checkpoint.load("LeNet5")
    inputs = np.random.default_rng(0).random((20, 1, 32, 32), np.float32)
    words = [
        said(recorder.record(model, inputs, np.arange(20) % 10, Setup(), shown=shown), "batch", model)
        for shown in (3, None)
    ]
    assert all(shape((20, 1, 32, 32)) in one for one in words)
    assert "on all 20 digits; the pictures show the first 3" in words[0]
    assert "pictures" not in words[1]


@pytest.mark.parametrize(("indices", "label"), [((0,), 7), ((0,), 3), ((0, 1), 3)])
def test_the_first_stop_names_a_single_digit_that_the_network_takes_for_another(
    indices: tuple[int, ...], label: int
) -> None:
    model = checkpoint.load("LeNet5")
    given = batch.of_mnist(indices, 32)
    labels = np.full(len(indices), label)
    done = recorder.record(model, given.inputs, labels, Setup())
    answer = int(model(torch.from_numpy(given.inputs))[0].argmax())
    told = f"It is a {label}, and the network takes it for a {answer}" in said(done, "batch", model)
    assert told == (len(indices) == 1 and answer != label)

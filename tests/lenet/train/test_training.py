"""Training is a stream of events, repeatable, and lowers the loss."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from lenet.digits import handwriting, mnist
from lenet.digits.mnist import Digits
from lenet.networks import checkpoint
from lenet.networks.models import MODELS, build
from lenet.train import evaluate, training

SMALL = training.Recipe(epochs=3, batch=50, handwritten=14, handwriting=60)


@pytest.fixture(scope="module")
def few() -> Digits:
    digits = mnist.load("train")
    return Digits(digits.images[:420], digits.labels[:420])


@pytest.mark.parametrize("name", list(MODELS))
def test_a_small_run_lowers_the_loss(name: str, few: Digits) -> None:
    model = build(name, 0)
    events = list(training.train(model, SMALL, few, handwriting.make(60, 0)))
    epochs = [event for event in events if event.kind == "epoch"]
    assert [event.epoch for event in epochs] == [1, 2, 3]
    assert epochs[-1].loss < epochs[0].loss
    assert not model.training


def test_events_count_and_time(few: Digits) -> None:
    events = list(training.train(build("LeNet5", 0), SMALL, few))
    steps = [event for event in events if event.kind == "step"]
    assert [event.step for event in steps] == list(range(1, 25))
    assert {event.steps for event in events} == {24}
    assert all(a.seconds <= b.seconds for a, b in pairwise(events))
    rates = [event.learning_rate for event in steps]
    assert max(rates) == pytest.approx(SMALL.learning_rate, rel=0.05)
    assert rates[-1] < rates[0] < max(rates)
    for event in (event for event in events if event.kind == "epoch"):
        mean = np.mean([step.loss for step in steps if step.epoch == event.epoch])
        assert event.loss == pytest.approx(mean, rel=1e-5)


def test_the_same_seed_gives_the_same_weights(few: Digits) -> None:
    def run(seed: int) -> torch.Tensor:
        model = build("LeNet5", 0)
        list(training.train(model, replace(SMALL, epochs=1), few, seed=seed))
        return torch.cat([p.detach().ravel() for p in model.parameters()])

    assert torch.equal(run(3), run(3))
    assert not torch.equal(run(3), run(4))


def test_it_leaves_the_process_random_state_alone(few: Digits) -> None:
    model = build("LeNet5", 0)
    before = torch.random.get_rng_state()
    list(training.train(model, replace(SMALL, epochs=1), few))
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_stream_can_be_left_early(few: Digits) -> None:
    stream = training.train(build("LeNet5", 0), SMALL, few)
    assert next(stream).step == 1
    stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", list(MODELS))
def test_the_shipped_weights_were_trained_by_the_recipe_that_train_takes(name: str) -> None:
    recipe = json.loads(json.dumps(asdict(training.recipe(name))))
    assert checkpoint.card(name)["recipe"] == recipe


def test_a_new_network_needs_no_recipe_of_its_own() -> None:
    assert training.recipe("Newcomer").epochs > 0


def test_two_epochs_on_six_thousand_digits_learn_to_read() -> None:
    digits = mnist.load("train")
    model = build("LeNet5", 0)
    recipe = training.Recipe(epochs=2, batch=100, handwritten=0)
    list(training.train(model, recipe, Digits(digits.images[:6000], digits.labels[:6000])))
    later = Digits(digits.images[-1000:], digits.labels[-1000:])
    assert evaluate.evaluate(model, later).accuracy > 0.6

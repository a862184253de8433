"""Evaluation agrees with a plain loop in PyTorch, and a bad file of strokes is refused with its line."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.digits import batch, mnist
from lenet.digits.mnist import Digits
from lenet.networks import checkpoint
from lenet.networks.models import MODELS, build
from lenet.record import iteration, recorder
from lenet.train import evaluate


@pytest.fixture(scope="module")
def digits() -> Digits:
    test = mnist.load("test")
    return Digits(test.images[:200], test.labels[:200])


@pytest.mark.parametrize("name", list(MODELS))
def test_it_agrees_with_a_plain_loop(name: str, digits: Digits) -> None:
    model = build(name, 0)  # untrained, so that there are mistakes of every kind
    found = evaluate.evaluate(model, digits)
    border = (model.input_size - 28) // 2
    confusion, wrong = np.zeros((10, 10), int), []
    for index in range(200):
        x = F.pad(torch.tensor(digits.images[index] / 255, dtype=torch.float32)[None, None], [border] * 4)
        with torch.no_grad():
            row = model(x)[0].softmax(0).numpy()
        assert found.probabilities[index] == pytest.approx(row, abs=1e-5)
        confusion[digits.labels[index], row.argmax()] += 1
        if row.argmax() != digits.labels[index]:
            wrong.append(index)
    assert found.n == 200
    assert np.array_equal(found.confusion, confusion)
    assert found.accuracy == pytest.approx(confusion.trace() / 200)
    assert found.per_class == pytest.approx(confusion.diagonal() / confusion.sum(1))
    assert sorted(found.mistakes.tolist()) == wrong
    surest = found.probabilities[found.mistakes].max(1)
    assert (np.diff(surest) <= 0).all()


def test_a_class_without_digits_has_no_accuracy(digits: Digits) -> None:
    sevens = digits.labels == 7
    found = evaluate.evaluate(checkpoint.load("LeNet5"), Digits(digits.images[sevens], digits.labels[sevens]))
    assert np.isnan(np.delete(found.per_class, 7)).all()
    assert found.per_class[7] == found.accuracy
    nothing = evaluate.evaluate(checkpoint.load("LeNet5"), Digits(digits.images[:0], digits.labels[:0]))
    assert nothing.n == 0
    assert np.isnan(nothing.accuracy)


def test_it_leaves_the_network_as_it_was(digits: Digits) -> None:
    model = build("LeNet5", 0).train()
    evaluate.evaluate(model, digits)
    assert model.training
    assert all(p.grad is None for p in model.parameters())


def test_a_network_whose_outputs_are_nan_names_no_digit(digits: Digits) -> None:
    model = build("LeNet5", 0)
    given = batch.of_noise(0, 32)
    setup = iteration.Setup("mse", "count", lr=1e30)
    done = recorder.record(model, given.inputs, None, setup)
    assert done.after is not None
    assert evaluate.accuracy_in(model, done.before, digits) == evaluate.evaluate(model, digits).accuracy
    assert np.isnan(evaluate.accuracy_in(model, done.after, digits))


@pytest.mark.parametrize("digit", [None, 4])
def test_hard_digits_are_all_wrong_ones_and_those_that_are_nearly_wrong(digits: Digits, digit: int | None) -> None:
    found = evaluate.evaluate(build("LeNet5", 1), digits)  # untrained: almost all are wrong
    indices = evaluate.hard(found, digits.labels, digit)
    asked = np.ones(len(digits.labels), bool) if digit is None else digits.labels == digit
    wrong = np.flatnonzero((found.predictions != digits.labels) & asked)
    assert set(wrong) <= set(indices)
    assert asked[indices].all()
    right = [index for index in indices if found.predictions[index] == digits.labels[index]]
    for one in np.unique(digits.labels[asked]):
        own = int((digits.labels == one).sum())
        count = int((digits.labels[indices] == one).sum())
        assert count == max(min(own, evaluate.HARD), int((digits.labels[wrong] == one).sum()))
    # Of those that are right, the doubtful ones were taken.
    probabilities = np.sort(found.probabilities, 1)
    lead = probabilities[:, -1] - probabilities[:, -2]
    others = [index for index in np.flatnonzero(asked) if index not in indices]
    for one in right:
        assert all(lead[one] <= lead[other] for other in others if digits.labels[other] == digits.labels[one])

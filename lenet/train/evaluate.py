"""Accuracy, confusion and mistakes of a network, on MNIST or on pen strokes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lenet.digits.mnist import CLASSES, Digits
from lenet.errors import InputError
from lenet.networks import form
from lenet.record import recorder
from lenet.record.iteration import State
from lenet.record.model_copy import private_copy

BATCH: Final = 500
BATCH_PIXELS: Final = 500 * 64 * 64
"""Largest number of pixels in a batch, so that large inputs don't fill the memory."""
HARD: Final = 20
"""Least number of a class's digits that count as hard."""


@dataclass(frozen=True)
class Evaluation:
    """Results of a network on n labelled digits.

    Attributes:
        n: how many.
        accuracy: share that was classified correctly, 0..1; NaN without digits.
        per_class: (10,) the same for the digits of each class; NaN where there are none.
        confusion: (10, classes) int64, number of digits of class row that were classified as column.
        predictions: (n,) int64.
        probabilities: (n, classes) float32.
        mistakes: (m,) int64, indices of the misclassified digits, the most confident mistake first.
    """

    n: int
    accuracy: float
    per_class: NDArray[np.float64]
    confusion: NDArray[np.int64]
    predictions: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    mistakes: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """(10,) number of digits of each class."""
        return self.confusion.sum(1)


def evaluate(model: nn.Module, digits: Digits) -> Evaluation:
    """Classify every digit with a network, on its device.

    Raises:
        InputError: the network has fewer than ten classes.
    """
    classes = predict(model, digits.images[:1]).shape[1]  # one alone, before all of them
    if classes < CLASSES:
        raise InputError("own-digits", name=type(model).__name__, classes=classes)
    probabilities = predict(model, digits.images)
    predictions = probabilities.argmax(1)
    confusion = np.zeros((CLASSES, classes), np.int64)
    np.add.at(confusion, (digits.labels, predictions), 1)
    right = predictions == digits.labels
    with np.errstate(invalid="ignore"):
        per_class = confusion[:, :CLASSES].diagonal() / confusion.sum(1)
    wrong = np.flatnonzero(~right)
    mistakes = wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")]
    accuracy = float(right.mean()) if len(right) else float("nan")
    return Evaluation(len(right), accuracy, per_class, confusion, predictions, probabilities, mistakes)


def hard(found: Evaluation, labels: NDArray[np.int64], digit: int | None = None) -> NDArray[np.int64]:
    """Indices of the digits that a network gets wrong, or nearly so.

    Args:
        found: results of the network.
        labels: (n,) of the same digits.
        digit: class of the digits, None for all.

    Returns:
        All that are wrong, and at least `HARD` of each class, those with the least lead of the label's probability over
        the largest other; rising by this lead.
    """
    rows = np.arange(len(labels))
    others = found.probabilities.copy()
    others[rows, labels] = -1
    lead = found.probabilities[rows, labels] - others.max(1)
    chosen = np.zeros(len(labels), bool)
    for one in range(CLASSES) if digit is None else (digit,):
        own = np.flatnonzero(labels == one)
        own = own[np.argsort(lead[own], kind="stable")]
        chosen[own[: max(HARD, int((lead[own] < 0).sum()))]] = True
    indices = np.flatnonzero(chosen)
    return indices[np.argsort(lead[indices], kind="stable")]


def accuracy_in(model: nn.Module, state: State, digits: Digits) -> float:
    """Share of the digits that a network gets right with the parameters of a recorded state. The network isn't changed.

    Returns:
        The share, 0..1; NaN where probabilities are NaN, because then the network names no digit.

    Raises:
        InputError: only summaries were kept of the state, or it is of another network.
    """
    changed = private_copy(model)
    recorder.load_state(changed, state)
    found = evaluate(changed, digits)
    return found.accuracy if np.isfinite(found.probabilities).all() else float("nan")


@torch.no_grad()
def predict(model: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Probabilities of the classes: (n, 28, 28) uint8 ink -> (n, classes) float32."""
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    own = form.of(model)
    size = max(1, min(BATCH, BATCH_PIXELS // (own.height * own.width)))
    was_training = model.training
    model.eval()
    parts = []
    for start in range(0, len(images), size):
        batch = torch.from_numpy(images[start : start + size].copy()).to(device)[:, None].float() / 255
        parts.append(model(own.place(batch)).softmax(1).cpu().numpy())
    model.train(was_training)
    return np.concatenate(parts) if parts else np.zeros((0, CLASSES), np.float32)

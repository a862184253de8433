"""Losses that an iteration can have. A class of its own holds all that is particular to one: its targets, its code, its
explanation and its gradient at the network's output.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.networks.kinds import SOFTMAX
from lenet.record import targets
from lenet.record.graph import LOSS, OUT
from lenet.record.targets import Labels, Target

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Explanation:
    """A loss and its gradient at the output by their formulas, in float64 from the recorded output.

    Attributes:
        rows: table that takes the loss apart, (N, classes) each, in order and by the names of the texts; bool where a
            class is only marked.
        value: the loss.
        reads: numbers that the formula of the gradient reads, (N, classes) each, by the names of the texts.
        count: number by which the formula of the gradient divides.
        gradient: (N, classes), what the formula gives: the gradient of the loss at the output.
    """

    rows: Mapping[str, NDArray[Any]]
    value: float
    reads: Mapping[str, NDArray[Any]]
    count: int
    gradient: Numbers


class Loss(ABC):
    """A loss of a network's output (N, classes).

    Attributes:
        key: name in addresses, on the command line, and in the keys of texts.
        targets: what it can compare the output with, by `Target.key`; the usual one first.
        target: name of the target in code.
        root: what backward starts from, `loss` or `out`.
    """

    key: ClassVar[str]
    targets: ClassVar[Mapping[str, Target]]
    target: ClassVar[str] = "target"
    root: ClassVar[str] = LOSS

    @abstractmethod
    def compute(self, out: Tensor, target: Tensor) -> Tensor:
        """Compute the loss, a scalar."""

    @abstractmethod
    def code(self, out: str) -> str:
        """Expression of the loss of an output that has this name."""

    @abstractmethod
    def explain(self, logits: Numbers, target: NDArray[Any]) -> Explanation:
        """Take the loss apart: `explained` calls it, with float64."""

    @abstractmethod
    def layer(self, output: str) -> str | None:
        """Layer of the network's picture that the loss reads, None where it reads none.

        Args:
            output: name of the layer that gives the network's output.
        """

    def explained(self, logits: NDArray[Any], target: NDArray[Any]) -> Explanation:
        """Take the loss of a recorded output apart.

        Args:
            logits: (N, classes).
            target: as `make_target` gives it.
        """
        with np.errstate(all="ignore"):
            return self.explain(logits.astype(np.float64), target)

    def make_target(self, key: str, seed: int, labels: Labels | None, out: Tensor) -> Tensor:
        """Make what the loss compares an output with.

        Args:
            key: of one of `targets`.
            seed: of the random ones.
            labels: (N,) classes; needed for `label`.
            out: (N, classes), for the shape, the dtype and the device.

        Raises:
            InputError: the loss has no such target, or there are no labels, or they don't fit.
        """
        if key not in self.targets:
            raise InputError("target-unknown", name=key, loss=self.key, names=", ".join(self.targets))
        return self.targets[key].make(seed, labels, out)

    def start(self, out: Tensor, loss: Tensor, target: Tensor) -> tuple[Tensor, Tensor | None]:
        """Tensor that backward starts from, and the gradient put in there, None for 1."""
        return loss, None

    def line(self, out: str) -> str:
        """Line of code that computes the loss of an output that has this name."""
        return f"loss = {self.code(out)}"

    def again(self) -> str:
        """Line of code that computes it with the new parameters."""
        return self.line("model(x)")

    def backward(self) -> str:
        """Line of code that computes the gradients."""
        return "loss.backward()"

    def words(self, target: str) -> str:
        """The loss and the key of its target as a terminal prints them."""
        return f"{self.key} against {target}"


def _by_key(*targets: Target) -> Mapping[str, Target]:
    return {target.key: target for target in targets}


class _OfClasses(Loss):
    """A loss that compares the probabilities with the class of each input."""

    targets = _by_key(targets.CLASS, targets.RANDOM_CLASS)

    def layer(self, output: str) -> str:
        return SOFTMAX


class _CrossEntropy(_OfClasses):
    """Cross-entropy: −log of the probability of the class, averaged over the batch."""

    key = "cross_entropy"

    def compute(self, out: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(out, target)

    def code(self, out: str) -> str:
        return f"F.cross_entropy({out}, target)"

    def explain(self, logits: Numbers, target: NDArray[Any]) -> Explanation:
        log, hot = _log_softmax(logits), _one_hot(logits, target)
        p, count = np.exp(log), len(logits)
        rows = {"probability": p, "log": -log, "target": hot}
        return Explanation(rows, -log[hot].mean(), {"softmax": p, "one_hot": hot}, count, (p - hot) / count)


class _NegativeLogLikelihood(_CrossEntropy):
    """Negative log-likelihood after a log-softmax: cross-entropy in the two calls of which it consists."""

    key = "nll"

    def compute(self, out: Tensor, target: Tensor) -> Tensor:
        return F.nll_loss(F.log_softmax(out, 1), target)

    def code(self, out: str) -> str:
        return f"F.nll_loss(F.log_softmax({out}, 1), target)"

    def explain(self, logits: Numbers, target: NDArray[Any]) -> Explanation:
        shifted = logits - logits.max(-1, keepdims=True)
        rows = {"shifted": shifted, "exp": np.exp(shifted), "log_softmax": _log_softmax(logits)}
        return replace(super().explain(logits, target), rows={**rows, "target": _one_hot(logits, target)})


class _LabelSmoothing(_OfClasses):
    """Cross-entropy against smoothed labels q: 1 − `EPSILON` for the class, and `EPSILON` shared by all classes."""

    key = "label_smoothing"
    EPSILON = 0.1

    def __init__(self, epsilon: float = EPSILON) -> None:
        self.epsilon = epsilon

    def compute(self, out: Tensor, target: Tensor) -> Tensor:
        return F.cross_entropy(out, target, label_smoothing=self.epsilon)

    def code(self, out: str) -> str:
        return f"F.cross_entropy({out}, target, label_smoothing={self.epsilon})"

    def explain(self, logits: Numbers, target: NDArray[Any]) -> Explanation:
        log, count = _log_softmax(logits), len(logits)
        p, q = np.exp(log), (1 - self.epsilon) * _one_hot(logits, target) + self.epsilon / logits.shape[1]
        rows = {"probability": p, "log": -log, "smoothed": q, "weighted": -q * log}
        value = rows["weighted"].sum(-1).mean()
        return Explanation(rows, value, {"softmax": p, "smoothed": q}, count, (p - q) / count)


class _MeanSquaredError(Loss):
    """Mean of (output − target)² over all outputs of the batch."""

    key = "mse"
    targets = _by_key(targets.ONE_HOT, targets.NUMBERS, targets.RANDOM_NUMBERS)

    def compute(self, out: Tensor, target: Tensor) -> Tensor:
        return F.mse_loss(out, target)

    def code(self, out: str) -> str:
        return f"F.mse_loss({out}, target)"

    def explain(self, logits: Numbers, target: NDArray[Any]) -> Explanation:
        difference = logits - target
        rows = {"target": target, "difference": difference, "square": difference**2}
        reads, count = {"output": logits, "target": target}, logits.size
        return Explanation(rows, (difference**2).mean(), reads, count, 2 * difference / count)

    def layer(self, output: str) -> str:
        return output


class _NoLoss(Loss):
    """No loss: backward starts at the output, with a gradient that is put in there. As a loss, it is the scalar with
    just that gradient at the output, the sum of output × gradient.
    """

    key = "none"
    targets = _by_key(targets.RANDOM_GRADIENT)
    target = "gradient"
    root = OUT

    def compute(self, out: Tensor, target: Tensor) -> Tensor:
        return (out * target).sum()

    def code(self, out: str) -> str:
        return f"({out} * gradient).sum()"

    def explain(self, logits: Numbers, target: NDArray[Any]) -> Explanation:
        product = logits * target
        gradient = target.astype(np.float64)
        return Explanation({"gradient": target, "product": product}, product.sum(), {}, 1, gradient)

    def layer(self, output: str) -> None:
        return None

    def start(self, out: Tensor, loss: Tensor, target: Tensor) -> tuple[Tensor, Tensor | None]:
        return out, target

    def line(self, out: str) -> str:
        return "# no loss: a gradient is put in"

    def again(self) -> str:
        return "out = model(x)"

    def backward(self) -> str:
        return "out.backward(gradient)"

    def words(self, target: str) -> str:
        return "out.backward(random gradient)"


LOSSES: Final[Mapping[str, Loss]] = {
    loss.key: loss
    for loss in (_CrossEntropy(), _NegativeLogLikelihood(), _LabelSmoothing(), _MeanSquaredError(), _NoLoss())
}
"""The losses by their keys, the default first."""


def find(key: str) -> Loss:
    """The loss with this key.

    Raises:
        InputError: there is none.
    """
    if key not in LOSSES:
        raise InputError("loss-unknown", name=key, names=", ".join(LOSSES))
    return LOSSES[key]


def smoothed(epsilon: float) -> Loss:
    """Cross-entropy against smoothed labels, with this share for all classes together instead of 0.1."""
    return _LabelSmoothing(epsilon)


def _log_softmax(logits: Numbers) -> Numbers:
    shifted = logits - logits.max(-1, keepdims=True)
    found: Numbers = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return found


def _one_hot(logits: Numbers, target: NDArray[Any]) -> NDArray[np.bool]:
    """(N, classes), True at the class of each input."""
    return np.arange(logits.shape[1]) == target[:, None]

"""What an iteration compares the network's output with, and how: the losses and the targets of the notes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lenet.errors import InputError

CROSS_ENTROPY: Final = "cross_entropy"
MSE: Final = "mse"
NONE: Final = "none"
LOSSES: Final = (CROSS_ENTROPY, MSE, NONE)

LABEL: Final = "label"
COUNT: Final = "count"
RANDOM: Final = "random"
TARGETS: Final = {CROSS_ENTROPY: (LABEL, RANDOM), MSE: (LABEL, COUNT, RANDOM), NONE: (RANDOM,)}
"""Which targets each loss can have: the label, the numbers from 1 up as in the notes, or random numbers (for
cross-entropy, which needs a class, a random class; without a loss, a random gradient).
"""


def make_target(loss: str, target: str, seed: int, labels: NDArray[np.int64] | None, out: Tensor) -> Tensor:
    """What `loss_of` compares a network's output with.

    Args:
        loss: one of `LOSSES`.
        target: one of `TARGETS[loss]`.
        seed: of the random ones.
        labels: (N,) classes; needed for `label`.
        out: (N, classes), for the shape, the type and the device.

    Returns:
        (N,) int64 for cross-entropy, else (N, classes) of the type of `out`.

    Raises:
        InputError: there is no such loss or target, or there are no labels, or they don't fit.
    """
    if loss not in LOSSES:
        raise InputError("loss-unknown", name=loss, names=", ".join(LOSSES))
    if target not in TARGETS[loss]:
        raise InputError("target-unknown", name=target, loss=loss, names=", ".join(TARGETS[loss]))
    classes = out.shape[-1]
    if target == RANDOM:
        generator = torch.Generator().manual_seed(seed)
        if loss == CROSS_ENTROPY:
            return torch.randint(classes, (len(out),), generator=generator).to(out.device)
        return torch.randn(out.shape, generator=generator).to(out)
    if target == COUNT:
        return torch.arange(1, classes + 1).to(out).expand_as(out)
    if labels is None:
        raise InputError("label-missing")
    if labels.shape != (len(out),) or labels.min(initial=0) < 0 or labels.max(initial=0) >= classes:
        raise InputError("label-range", count=len(out), last=classes - 1)
    chosen = torch.from_numpy(np.array(labels, np.int64)).to(out.device)
    return chosen if loss == CROSS_ENTROPY else F.one_hot(chosen, classes).to(out.dtype)


def loss_of(loss: str, out: Tensor, target: Tensor) -> Tensor:
    """The loss, a scalar. Without one it is the sum of out × target, the scalar whose gradient at `out` is the
    target.
    """
    if loss == CROSS_ENTROPY:
        return F.cross_entropy(out, target)
    if loss == MSE:
        return F.mse_loss(out, target)
    return (out * target).sum()


@dataclass(frozen=True, eq=False)
class Explanation:
    """How a loss came about, in float64 from the recorded output.

    Attributes:
        steps: what was computed, by name and in order: for cross-entropy `probabilities` and `log_probabilities`, both
            (N, classes), and `terms` (N,), −log of the label's probability; for MSE `difference` and `terms` (N,
            classes), its square; without a loss `terms` (N, classes), out × gradient.
        value: mean of the terms; without a loss, their sum.
    """

    steps: dict[str, NDArray[np.float64]]
    value: float


def explain(loss: str, out: NDArray[Any], target: NDArray[Any]) -> Explanation:
    """Take a loss apart.

    Args:
        loss: one of `LOSSES`.
        out: (N, classes).
        target: as `make_target` gives it.
    """
    logits = out.astype(np.float64)
    with np.errstate(all="ignore"):
        if loss == CROSS_ENTROPY:
            shifted = logits - logits.max(-1, keepdims=True)
            log = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
            terms = -np.take_along_axis(log, target[:, None], 1)[:, 0]
            return Explanation(
                {"probabilities": np.exp(log), "log_probabilities": log, "terms": terms}, float(terms.mean())
            )
        if loss == MSE:
            difference = logits - target
            return Explanation({"difference": difference, "terms": difference**2}, float((difference**2).mean()))
        terms = logits * target
        return Explanation({"terms": terms}, float(terms.sum()))

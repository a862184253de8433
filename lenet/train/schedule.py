"""Learning rates of a training as functions of the step alone, so that a training that goes on needs no state of them.

Each is PyTorch's scheduler of that name, and a test holds it to that one. `OneCycleLR` cycles Adam's first beta as well
(and SGD's momentum); here it stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

WARM_UP: Final = 0.2
"""Share of the steps in which one-cycle's rate rises."""
START: Final = 25.0
"""Quotient of one-cycle's highest and first rate, as in PyTorch."""
END: Final = 1e4
"""Quotient of one-cycle's first and last rate, as in PyTorch."""
PARTS: Final = 3
"""Number of equal parts of the steps of `step`, each with a rate of its own."""
FACTOR: Final = 0.1
"""Quotient of the rates of one part of `step` and the part before."""

Schedule = Callable[[int, int, float], float]
"""Gives the learning rate of step k of n, from 0, and the highest rate."""


def constant(k: int, n: int, lr: float) -> float:
    """Same rate for all steps."""
    return lr


def one_cycle(k: int, n: int, lr: float) -> float:
    """Rate that rises along half a cosine over the first `WARM_UP` of the steps, and falls along another to nearly 0.

    Source: Smith, Topin, "Super-convergence", 2018, with the cosines of `torch.optim.lr_scheduler.OneCycleLR`.
    """
    first, last = lr / START, lr / START / END
    top = WARM_UP * n - 1
    if k <= top:
        return _between(first, lr, k / top if top else 1.0)
    return _between(lr, last, (k - top) / (n - 1 - top))


def cosine(k: int, n: int, lr: float) -> float:
    """Rate that falls along half a cosine, and would be 0 after the last step.

    Source: Loshchilov, Hutter, "SGDR", 2017, without restarts; `torch.optim.lr_scheduler.CosineAnnealingLR`.
    """
    return _between(lr, 0.0, k / n)


def step(k: int, n: int, lr: float) -> float:
    """Rate that is divided by ten after one and two thirds of the steps; `torch.optim.lr_scheduler.StepLR`."""
    return lr * FACTOR ** (k // -(-n // PARTS))


def _between(start: float, end: float, share: float) -> float:
    """Point on half a cosine from start to end."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


SCHEDULES: Final[Mapping[str, Schedule]] = {
    "constant": constant,
    "one_cycle": one_cycle,
    "cosine": cosine,
    "step": step,
}
"""The schedules by their keys."""

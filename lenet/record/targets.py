"""Tensors that a loss compares a network's output with, each with the Python that makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lenet.errors import InputError

LABEL: Final = "label"
COUNT: Final = "count"
RANDOM: Final = "random"

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Target:
    """One way to make a target.

    Attributes:
        key: name in addresses and on the command line, which several targets may share: `label`, `count`, `random`.
        form: name that no other target has, for texts: `class`, `one-hot`, `count`, `random-class`, ...
        make: gives the target from the seed of the random ones, the labels (N,) or None, and the output (N, classes),
            whose device and, unless the target is a class, dtype and shape it takes.
        code: expression of it, with `labels`, `count`, `classes`, `end` (classes + 1) and `generator` in braces.
        wide: whether it has the output's dtype, so that it must be float64 where the output is.
    """

    key: str
    form: str
    make: Callable[[int, Labels | None, Tensor], Tensor]
    code: str
    wide: bool = True


def _classes(labels: Labels | None, out: Tensor) -> Tensor:
    if labels is None:
        raise InputError("label-missing")
    count, classes = out.shape
    if labels.shape != (count,) or not all(0 <= label < classes for label in labels.tolist()):
        raise InputError("label-range", count=count, last=classes - 1)
    return torch.from_numpy(np.array(labels, np.int64)).to(out.device)


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _random_numbers(seed: int, labels: Labels | None, out: Tensor) -> Tensor:
    return torch.randn(out.shape, generator=_seeded(seed)).to(out)


CLASS: Final = Target(LABEL, "class", lambda seed, labels, out: _classes(labels, out), "{labels}", wide=False)
"""(N,) int64, the labels."""

RANDOM_CLASS: Final = Target(
    RANDOM,
    "random-class",
    lambda seed, labels, out: torch.randint(out.shape[1], (len(out),), generator=_seeded(seed)).to(out.device),
    "torch.randint({classes}, ({count},){generator})",
    wide=False,
)
"""(N,) int64."""

ONE_HOT: Final = Target(
    LABEL,
    "one-hot",
    lambda seed, labels, out: F.one_hot(_classes(labels, out), out.shape[1]).to(out.dtype),
    "F.one_hot({labels}, {classes}).float()",
)
"""(N, classes), 1 at the label and 0 elsewhere."""

NUMBERS: Final = Target(
    COUNT,
    "count",
    lambda seed, labels, out: torch.arange(1, out.shape[1] + 1).to(out).expand_as(out),
    "torch.arange(1.0, {end}.0).expand({count}, {classes})",
)
"""(N, classes), the numbers 1, 2, 3, ... for each input, as in the notes."""

RANDOM_NUMBERS: Final = Target(RANDOM, "random-numbers", _random_numbers, "torch.randn({count}, {classes}{generator})")
"""(N, classes), from the standard normal distribution."""

RANDOM_GRADIENT: Final = Target(RANDOM, "random-gradient", _random_numbers, RANDOM_NUMBERS.code)
"""(N, classes), the same numbers as a gradient for `out.backward`."""

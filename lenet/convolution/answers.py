"""A network's probabilities for a digit that is shifted, rotated and scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.convolution import equivariance
from lenet.convolution.apply import shifted
from lenet.convolution.equivariance import FURTHEST, LARGEST_SCALE, LEAST_SCALE
from lenet.digits.ink import FIELD

Array = NDArray[np.float32]

ANGLES: Final = tuple(range(-180, 181, 5))
"""Degrees, counterclockwise."""
FACTORS: Final = tuple(round(float(factor), 2) for factor in np.arange(LEAST_SCALE, LARGEST_SCALE + 0.01, 0.05))


@dataclass(frozen=True)
class Answers:
    """Probabilities of all classes.

    Attributes:
        shifts: (2·FURTHEST + 1, 2·FURTHEST + 1, classes), first dy, then dx, from −FURTHEST.
        angles: for each of `ANGLES`, (n, classes).
        factors: for each of `FACTORS`, (n, classes).
    """

    shifts: Array
    angles: Array
    factors: Array

    @property
    def prediction(self) -> int:
        """Class of the largest probability without a shift."""
        return int(self.shifts[FURTHEST, FURTHEST].argmax())

    def right(self, label: int) -> int:
        """Number of shifts at which a class has the largest probability."""
        return int((self.shifts.argmax(2) == label).sum())


def of(model: nn.Module, digit: Array) -> Answers:
    """Send all shifted, rotated and scaled copies of a digit through a network.

    Args:
        model: the network; it is not changed.
        digit: (1, size, size) float32.
    """
    turned = torch.from_numpy(np.array(digit))[None]
    angles = torch.tensor([*ANGLES, *[0] * len(FACTORS)], dtype=torch.float32)
    factors = torch.tensor([*[1] * len(ANGLES), *FACTORS], dtype=torch.float32)
    with torch.inference_mode():
        found = _probabilities(model, equivariance.turn(turned, angles, factors))
    return Answers(over_shifts(model, digit), found[: len(ANGLES)], found[len(ANGLES) :])


def over_shifts(model: nn.Module, digit: Array) -> Array:
    """Probabilities of all classes for each shift, see `Answers.shifts`; arguments as for `of`.

    The digit is shifted within the 28×28 pixels of the pad's field, so that the pad can show exactly what was seen.
    """
    span = range(-FURTHEST, FURTHEST + 1)
    with torch.inference_mode():
        border = (digit.shape[-1] - FIELD) // 2
        x = torch.from_numpy(np.array(digit))[None, :, border : border + FIELD, border : border + FIELD]
        moved = torch.cat([shifted(x, dx, dy) for dy in span for dx in span])
        found = _probabilities(model, F.pad(moved, (border,) * 4))
    return found.reshape(len(span), len(span), -1)


def shifted_ink(picture: NDArray[np.uint8], dx: int, dy: int) -> NDArray[np.uint8]:
    """Field of a picture (size, size), shifted as in `over_shifts`, (28, 28) uint8."""
    border = (len(picture) - FIELD) // 2
    field = torch.from_numpy(picture[border : border + FIELD, border : border + FIELD].copy())
    return shifted(field[None, None], dx, dy)[0, 0].numpy()


def turned_ink(picture: NDArray[np.uint8], angle: float, factor: float) -> NDArray[np.uint8]:
    """Field of a picture (size, size), rotated and scaled as in `of`, (28, 28) uint8."""
    border = (len(picture) - FIELD) // 2
    x = torch.from_numpy(picture.astype(np.float32))[None, None]
    turned = equivariance.turn(x, torch.tensor([angle]), torch.tensor([factor]))[0, 0]
    field = turned[border : border + FIELD, border : border + FIELD]
    return field.round().clamp(0, 255).to(torch.uint8).numpy()


def _probabilities(model: nn.Module, batch: Tensor) -> Array:
    device = next(model.parameters()).device
    return torch.softmax(model(batch.to(device)), 1).cpu().numpy()

"""Form of a network's input: channels, height and width, and how the values of a picture become those of the input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.digits.ink import FIELD

LARGEST_PLAIN: Final = 64
"""Largest side in pixels of an input that is a digit with a border."""
ATTRIBUTE: Final = "_lenet_input_form"
"""Attribute of a module that is no network of the project: copies of the module have it too."""


@dataclass(frozen=True)
class Form:
    """Form of the input of a network.

    Attributes:
        channels: number of channels.
        height: in pixels.
        width: in pixels.
        mean: subtracted from each channel of a picture whose values are in 0..1; empty for 0.
        std: each channel is then divided by it; empty for 1.
    """

    channels: int = 1
    height: int = 32
    width: int = 32
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W)."""
        return self.channels, self.height, self.width

    @property
    def plain(self) -> bool:
        """True if a digit of 28×28 pixels becomes the input by a border of zeros alone."""
        square = self.height == self.width and FIELD <= self.height <= LARGEST_PLAIN
        return self.channels == 1 and square and not self.mean and not self.std

    @property
    def text(self) -> str:
        """Shape as `read` reads it, such as 3x64x64."""
        return "x".join(map(str, self.shape))

    @property
    def side(self) -> int:
        """Side in pixels of the digit that becomes the input: with its border where the form is `plain`, else 28."""
        return self.height if self.plain else FIELD

    def inputs(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Digits as the network gets them: (n, side, side) uint8, 255 for full ink -> (n, C, H, W) float32."""
        digits = pictures[:, None].astype(np.float32) / np.float32(255)
        return digits if self.plain else self.place(torch.from_numpy(digits)).numpy()

    def place(self, digits: Tensor) -> Tensor:
        """Digits as the network gets them.

        Args:
            digits: (n, 1, 28, 28) in 0..1.

        Returns:
            (n, C, H, W): with a border of zeros where the form is `plain`; else scaled, in each channel the same.
        """
        if self.plain:
            border = (self.height - FIELD) // 2
            return F.pad(digits, [border, self.width - FIELD - border, border, self.height - FIELD - border])
        side = min(self.height, self.width)
        scaled = F.interpolate(digits, (side, side), mode="bilinear", antialias=True) if side != FIELD else digits
        top, left = (self.height - side) // 2, (self.width - side) // 2
        placed = F.pad(scaled, [left, self.width - side - left, top, self.height - side - top])
        # Whole 255ths, as in a picture file, so that what is shown is what the network gets.
        return self.normalize(torch.round(placed * 255).div(255).expand(-1, self.channels, -1, -1))

    def normalize(self, pictures: Tensor) -> Tensor:
        """Pictures in 0..1, (n, C, H, W), less the mean and over the standard deviation of each channel."""
        if self.mean:
            pictures = pictures - torch.tensor(self.mean, device=pictures.device).view(1, -1, 1, 1)
        return pictures / torch.tensor(self.std, device=pictures.device).view(1, -1, 1, 1) if self.std else pictures


def square(size: int | Form) -> Form:
    """Form of one channel and `size` × `size` pixels; a form as it is."""
    return size if isinstance(size, Form) else Form(1, size, size)


def read(text: str) -> Form | None:
    """Form in a text such as 3x64x64; None where it is none."""
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and 0 < len(part) < 5 for part in parts):
        return None
    return of_shape([int(part) for part in parts])


def of_shape(shape: Sequence[int]) -> Form | None:
    """Form of these channels, height and width; None where one is not from 1 to 4096."""
    if len(shape) != 3 or not all(1 <= number <= 4096 for number in shape):
        return None
    channels, height, width = shape
    return Form(channels, height, width)


def of(model: nn.Module) -> Form:
    """Form of a network's input."""
    found = getattr(model, ATTRIBUTE, None)
    if isinstance(found, Form):
        return found
    return square(int(getattr(model, "input_size")))  # noqa: B009  (a module's attributes have no types)


def give(model: nn.Module, form: Form) -> None:
    """Note the form of the input on a module that is no network of the project."""
    object.__setattr__(model, ATTRIBUTE, form)

"""Inputs of a recorded iteration: the digit on the pad, MNIST digits, or noise as in the study notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from lenet.digits import mnist
from lenet.digits.ink import FIELD
from lenet.errors import InputError
from lenet.networks.form import Form, square

MOST: Final = 8
"""Largest number of MNIST digits in a batch that is chosen by hand, and of inputs of any batch that are shown."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of a network with their labels and origin.

    Attributes:
        inputs: (N, C, H, W) float32.
        labels: (N,) int64, or None where there are none.
        pictures: (N, side, side) uint8 of `Form.side`, of which the inputs were made: 255 times the inputs where the
            form is plain. None for noise, for pictures in colour, and for variants of digits, whose ink is no whole
            number of 255ths.
        seed: of the noise, or None for digits.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int64] | None
    pictures: NDArray[np.uint8] | None = None
    seed: int | None = None


def of_pictures(pictures: NDArray[np.uint8], labels: NDArray[np.int64] | None, form: Form | None = None) -> Batch:
    """Batch of digits.

    Args:
        pictures: (N, side, side) uint8, 255 for full ink.
        labels: (N,) int64.
        form: of the network's input, with this side; None for the pictures as they are.
    """
    return Batch((form or square(pictures.shape[1])).inputs(pictures), labels, pictures)


def with_label(batch: Batch, label: int) -> Batch:
    """Copy of the batch with every label set to this class."""
    return replace(batch, labels=np.full(len(batch.inputs), label, np.int64))


def of_mnist(indices: Sequence[int], size: int | Form) -> Batch:
    """Digits of MNIST's test set with their labels.

    Args:
        indices: one to `MOST` of them, from 0.
        size: side of the network's input in pixels, at least 28; or its form.

    Raises:
        InputError: there are none or too many, there is no such digit, or MNIST can't be read.
    """
    if not 1 <= len(indices) <= MOST:
        raise InputError("batch-size", most=MOST)
    digits = mnist.load("test")
    for index in indices:
        if not 0 <= index < len(digits.labels):
            raise InputError("index-range", index=index, last=len(digits.labels) - 1)
    chosen = list(indices)
    form = square(size)
    border = (form.side - FIELD) // 2
    room = (border, form.side - FIELD - border)
    pictures = np.pad(digits.images[chosen], ((0, 0), room, room))
    return of_pictures(pictures, digits.labels[chosen].astype(np.int64), form)


def of_noise(seed: int, size: int | Form, channels: int = 1) -> Batch:
    """The notes' `torch.randn(1, channels, size, size)`, or one of a form's shape, from a generator of its own; no
    label.
    """
    shape = size.shape if isinstance(size, Form) else (channels, size, size)
    generator = torch.Generator().manual_seed(seed)
    return Batch(torch.randn(1, *shape, generator=generator).numpy(), None, seed=seed)

"""Batches of a training: for each step the same digits in the same variants, whenever they are asked for.

A batch depends on the settings and the number of the step alone. So a training that was paused, stopped, resumed or
watched gets the same numbers, any step can be repeated later, and no random state has to be kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from lenet.digits import augmentation, handwriting, mnist
from lenet.digits.mnist import Digits
from lenet.networks.form import Form, square
from lenet.train.settings import Training


@dataclass(frozen=True, eq=False)
class Batch:
    """Digits of a step, or those that one of several processes computes of it.

    Attributes:
        inputs: (n, C, H, W) float32, as the network gets them.
        labels: (n,) int64.
        total: number of the step's digits in all processes together.
    """

    inputs: Tensor
    labels: Tensor
    total: int


def mix(*parts: object) -> int:
    """Seed made of other seeds and names; other parts give another one, unrelated to it."""
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little") >> 1


class Data:
    """Training digits in memory, on the training's device.

    Args:
        settings: of the training.
        size: side of the network's input in pixels, or its form.
        device: of the batches.
        drawings: the visitor's own, None for none.
        digits: to train on instead of MNIST's training digits, for tests.

    Raises:
        InputError: MNIST can't be read.
    """

    def __init__(
        self,
        settings: Training,
        size: int | Form,
        device: torch.device,
        drawings: Digits | None = None,
        digits: Digits | None = None,
    ) -> None:
        self.settings, self.device = settings, device
        self._form = square(size)
        self._digits = self._place(mnist.load("train") if digits is None else digits, settings.digits)
        written = handwriting.make(settings.handwriting, settings.seed) if settings.handwritten else None
        extra = [(written, settings.handwritten), (drawings, settings.own)]
        self._extra = [
            (*self._place(one, len(one.labels)), count)
            for one, count in extra
            if one is not None and len(one.labels) and count
        ]
        self._random = torch.Generator(device)
        self._epoch = 0
        self._order = torch.empty(0, dtype=torch.int64)

    def batch(self, step: int, part: tuple[int, int] = (0, 1)) -> Batch:
        """Digits of a step.

        Args:
            step: counted from 1.
            part: number of the process, from 0, and of processes; each gets its own rows of the same digits.
        """
        settings = self.settings
        epoch, place = divmod(step - 1, settings.per_epoch)
        chosen = self._ordered(epoch)[place * settings.batch : (place + 1) * settings.batch]
        images, labels = (values[chosen] for values in self._digits)
        # The random numbers are drawn for the whole batch, so that they are the same with any number of processes.
        random = self._random.manual_seed(mix(settings.seed, "step", step))
        for more_images, more_labels, count in self._extra:
            picked = torch.randint(len(more_labels), (count,), generator=random, device=self.device)
            images, labels = torch.cat([images, more_images[picked]]), torch.cat([labels, more_labels[picked]])
        total = len(labels)
        changes = augmentation.draw(total, random) if settings.augment else None
        rank, world = part
        rows = slice(total * rank // world, total * (rank + 1) // world)
        inputs = images[rows, None].float() / 255
        if changes is not None and len(inputs):
            inputs = augmentation.change(inputs, changes.rows(rows))
        return Batch(self._form.place(inputs), labels[rows], total)

    def _ordered(self, epoch: int) -> Tensor:
        """Order of the digits in an epoch, counted from 0."""
        if not len(self._order) or epoch != self._epoch:
            random = torch.Generator().manual_seed(mix(self.settings.seed, "order", epoch))
            self._order = torch.randperm(self.settings.digits, generator=random).to(self.device)
            self._epoch = epoch
        return self._order

    def _place(self, digits: Digits, count: int) -> tuple[Tensor, Tensor]:
        images, labels = digits.images[:count].copy(), digits.labels[:count].copy()
        return torch.from_numpy(images).to(self.device), torch.from_numpy(labels).to(self.device)


def held_out(settings: Training, digits: Digits | None = None) -> Digits:
    """Training digits that are held out: the last ones, on which no step trains.

    Args:
        settings: of the training.
        digits: all training digits, None for MNIST's.
    """
    every = mnist.load("train") if digits is None else digits
    start = len(every.labels) - settings.hold_out
    return Digits(every.images[start:], every.labels[start:])

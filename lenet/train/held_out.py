"""Held-out digits in memory, and the loss and accuracy of a network on them."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from lenet.digits.mnist import Digits
from lenet.networks.form import Form, square
from lenet.record.losses import Loss
from lenet.record.targets import CLASS, LABEL

BATCH: Final = 500


class Measured(NamedTuple):
    """Mean loss of `n` digits, and the share that was right, 0..1."""

    n: int
    loss: float
    accuracy: float


class HeldOut:
    """Digits that are not trained on, on a device.

    Args:
        digits: the digits.
        size: side of the network's input in pixels, or its form.
        device: of the network.
    """

    def __init__(self, digits: Digits, size: int | Form, device: torch.device) -> None:
        self._form = square(size)
        self._images = torch.from_numpy(digits.images.copy()).to(device)
        self._labels = torch.from_numpy(digits.labels.copy()).to(device)

    def __len__(self) -> int:
        return len(self._labels)

    def inputs(self, start: int, end: int) -> Tensor:
        """Some of the digits as inputs of the network, (n, C, H, W)."""
        return self._form.place(self._images[start:end, None].float() / 255)

    @torch.no_grad()
    def measure(self, model: nn.Module, loss: Loss, count: int) -> Measured:
        """Measure a network on the first `count` digits, in evaluation mode; it is left as it was."""
        count = min(count, len(self))
        total, right = 0.0, 0
        was_training = model.training
        model.eval()
        for start in range(0, count, BATCH):
            end = min(start + BATCH, count)
            output = model(self.inputs(start, end))
            labels = self._labels[start:end]
            total += float(loss.compute(output, target_of(loss, labels, output))) * (end - start)
            right += int((output.argmax(1) == labels).sum())
        model.train(was_training)
        return Measured(count, total / count, right / count)


def target_of(loss: Loss, labels: Tensor, output: Tensor) -> Tensor:
    """Target that the loss compares an output with, made of the labels (n,), on the output's device."""
    if loss.targets[LABEL] is CLASS:
        return labels  # as they are; what `make_target` checks of a visitor's labels takes 1 % of a step
    return loss.make_target(LABEL, 0, labels.cpu().numpy(), output)

"""View into a network at a checkpoint, as `watching` takes it while a network trains."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lenet.networks import form
from lenet.train import data
from lenet.train.events import Watch
from lenet.train.held_out import HeldOut
from lenet.train.settings import Training
from lenet.train.watching import DIGITS, Watcher


def view(
    settings: Training, model: nn.Module, step: int, picture: NDArray[np.uint8] | None, *, passes: bool = True
) -> Watch:
    """Take a view. It has no norms of gradient and update, which are those of a step.

    Args:
        settings: of the training.
        model: the network; left as it was.
        step: number of steps that it has done.
        picture: visitor's digit as the network gets it, (size, size) uint8; None for none.
        passes: whether the held-out digits go through the network, to see which ReLUs none of them wakes.

    Raises:
        InputError: MNIST can't be read.
    """
    held_out = torch.empty(0)
    if passes:
        device = next(model.parameters()).device
        held_out = HeldOut(data.held_out(settings), form.of(model), device).inputs(0, DIGITS)
    digit = None if picture is None else picture[None].astype(np.float32) / np.float32(255)
    return Watcher(digit=digit).look(model, None, held_out, step, 0.0)

"""Iterations to test with."""

from __future__ import annotations

import numpy as np
from torch import Tensor, nn

from lenet.networks import models
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record


class Cut(nn.Module):
    """Network whose output has lost its graph, so that backward fails."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 10)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc(x.flatten(1))
        return out.detach()


def recorded_failure() -> Iteration:
    """An iteration that ends in backward."""
    return record(Cut(), np.ones((1, 1, 2, 2), np.float32), np.array([3]), Setup())


def recorded(name: str = "LeNet5", setup: Setup = Setup(), count: int = 2) -> Iteration:
    """An iteration of random pictures, labelled 0, 1, ..., on a network with the random weights of seed 0."""
    model = models.build(name, 0)
    side = models.input_size(model)
    inputs = np.random.default_rng(0).random((count, 1, side, side)).astype(np.float32)
    return record(model, inputs, np.arange(count), setup)

"""Iterations to test with."""

from __future__ import annotations

import numpy as np

from lenet.networks import models
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record


def recorded(name: str = "LeNet5", setup: Setup = Setup(), count: int = 2) -> Iteration:
    """An iteration of random pictures, labelled 0, 1, ..., on a network with the random weights of seed 0."""
    model = models.build(name, 0)
    side = models.input_size(model)
    inputs = np.random.default_rng(0).random((count, 1, side, side)).astype(np.float32)
    return record(model, inputs, np.arange(count), setup)

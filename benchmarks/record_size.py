"""Memory that the record of one iteration takes in a visitor's session."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
import torch

from benchmarks.report import Figure
from lenet.digits.batch import MOST
from lenet.networks import checkpoint
from lenet.record import iteration
from lenet.record.experiment import MNIST, Experiment, Input, run
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record

NETWORK: Final = "LeNet5"
LIMIT: Final = 2.5
LARGE: Final = 256
"""Digits of a batch of which the first ones are kept."""
MOST_TIMES: Final = 1.2
SIZES: Final = {
    "SGD's first step": (Setup(), 1),
    # Two arrays of the optimizer for each parameter, and gradients from before: there is no larger record.
    "Adam's second step, gradients set to zeros": (Setup(optimizer="Adam", zero_grad=iteration.TO_ZEROS), 2),
}


def measure(quick: bool) -> Iterator[Figure]:
    """The memory of a usual record and of the largest, and how long they are pickled."""
    for says, (setup, steps) in SIZES.items():
        found = _record(setup, steps)
        name = f"record of one digit, {NETWORK}, {says}"
        yield Figure(f"{name}: memory of its arrays", memory(found) / 1e6, "MB", LIMIT)
        yield Figure(f"{name}: pickled", len(pickle.dumps(found)) / 1e6, "MB")
    kept, large = (memory(one) - one.inputs.nbytes for one in (_of_noise(MOST), _of_noise(LARGE)))
    name = f"record of {LARGE} digits, the first {MOST} kept, {NETWORK}, without the input"
    yield Figure(f"{name}: memory of its arrays, times that of {MOST} digits", large / kept, "×", MOST_TIMES)


def memory(root: object) -> int:
    """Bytes of all buffers that an object's arrays keep alive, each counted once: a view counts as its base."""
    buffers: dict[int, int] = {}
    seen: dict[int, object] = {}
    waiting = [root]
    while waiting:
        found = waiting.pop()
        if id(found) in seen:
            continue
        seen[id(found)] = found
        if isinstance(found, np.ndarray):
            if found.base is None:
                buffers[id(found)] = found.nbytes
            else:
                waiting.append(found.base)
        elif isinstance(found, torch.Tensor):  # the owner of memory that `Tensor.numpy` gave
            storage = found.untyped_storage()
            buffers[storage.data_ptr()] = storage.nbytes()
        elif isinstance(found, Mapping):
            waiting += found.values()
        elif isinstance(found, tuple | list | set | frozenset):
            waiting += found
        elif hasattr(found, "__dict__"):
            waiting += vars(found).values()
    return sum(buffers.values())


def _of_noise(count: int) -> Iteration:
    inputs = np.random.default_rng(count).random((count, 1, 32, 32), np.float32)
    return record(checkpoint.load(NETWORK), inputs, np.arange(count) % 10, Setup(), shown=MOST)


def _record(setup: Setup, steps: int) -> Iteration:
    chosen = Experiment(NETWORK, input=Input(MNIST, (0,)), setup=setup, steps=steps)
    return run(chosen, chosen.model(), chosen.batch(32)).iteration

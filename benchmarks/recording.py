"""Recording one iteration, beside the plain one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch.nn import functional as F

from benchmarks.report import Figure, percentile
from lenet.digits import batch
from lenet.networks import checkpoint
from lenet.record import recorder
from lenet.record.iteration import Setup

NETWORK: Final = "LeNet5"
WARM_UP: Final = 20


@dataclass(frozen=True)
class Time:
    """Seconds that some work took.

    Attributes:
        elapsed: on the clock.
        processor: of this thread alone.
    """

    elapsed: float
    processor: float

    @classmethod
    def of(cls, work: Callable[[], None]) -> Time:
        """Time one call of this function."""
        clock, processor = time.perf_counter(), time.thread_time()
        work()
        return cls(time.perf_counter() - clock, time.thread_time() - processor)


def measure(quick: bool) -> Iterator[Figure]:
    """Time of a recorded step and of a plain one, taken in turns."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as the server has it
    try:
        plain, recorded = _times(50 if quick else 300)
    finally:
        torch.set_num_threads(before)
    name = f"recording one step, {NETWORK}, one digit"
    times = [1000 * one.elapsed for one in recorded]
    yield Figure(f"{name}, median", percentile(times, 50), "ms", 40, samples=len(times))
    yield Figure(f"{name}, 95th percentile", percentile(times, 95), "ms", samples=len(times))
    times = [1000 * one.elapsed for one in plain]
    yield Figure("the same step without recording, median", percentile(times, 50), "ms", samples=len(times))
    # Of the processor's time, because on a busy machine the longer of the two is interrupted more often.
    ours, theirs = (percentile([one.processor for one in kind], 50) for kind in (recorded, plain))
    yield Figure(f"{name}, processor time, times the plain step's", ours / theirs, "×", 3, samples=len(plain))


def _times(count: int) -> tuple[list[Time], list[Time]]:
    """Of plain and of recorded steps: `zero_grad` to `optimizer.step()`, with SGD and cross-entropy."""
    model, own = checkpoint.load(NETWORK), checkpoint.load(NETWORK)
    optimizer = torch.optim.SGD(own.parameters(), lr=0.01)
    digit = batch.of_mnist([0], 32)
    assert digit.labels is not None
    x, label = torch.from_numpy(digit.inputs), torch.from_numpy(digit.labels)

    def plain() -> None:
        optimizer.zero_grad()
        loss = F.cross_entropy(own(x), label)
        loss.backward()
        optimizer.step()

    def recorded() -> None:
        recorder.record(model, digit.inputs, digit.labels, Setup())

    pairs = [(Time.of(plain), Time.of(recorded)) for _ in range(WARM_UP + count)][WARM_UP:]
    return [one for one, _ in pairs], [other for _, other in pairs]

"""Contributions between all layers, beside the forward pass that they explain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import torch

from benchmarks.recording import WARM_UP, Time
from benchmarks.report import Figure, percentile
from lenet.digits import batch
from lenet.explain import contributions
from lenet.networks import checkpoint, forward, models, weights

TARGETS: Final[dict[str, float | None]] = {"LeNet5": 2.0, "DigitCNN": None}
"""Networks with the largest good median in ms."""


def measure(quick: bool) -> Iterator[Figure]:
    """Processor time of the largest contributions between all layers, for one digit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as the server has it
    try:
        for name, target in TARGETS.items():
            times = _times(name, 50 if quick else 300)
            says = f"contributions between all layers, {name}, one digit, processor time, median"
            yield Figure(says, percentile(times, 50), "ms", target, samples=len(times))
    finally:
        torch.set_num_threads(before)


def _times(name: str, count: int) -> list[float]:
    model = checkpoint.load(name)
    numbers = weights.numbers(model)
    passed = forward.run(model, batch.of_mnist([0], models.input_size(model)).inputs[0])

    def work() -> None:
        contributions.forward(passed, numbers)

    return [1000 * Time.of(work).processor for _ in range(WARM_UP + count)][WARM_UP:]

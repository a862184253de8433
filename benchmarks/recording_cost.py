"""Cost of recording where it might be too much: a network with large weights, and checkpointed ones."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from benchmarks.report import Figure, percentile
from benchmarks.serving import ROOT
from lenet.networks.torchvision_guard import torchvision
from lenet.record.iteration import Setup
from lenet.record.recorder import record

LARGE: Final = "vgg13_bn"
BLOCKS: Final = (10, 20)
PLAIN: Final = "plain"
RECORDED: Final = "recorded"


@dataclass(frozen=True)
class Cost:
    """Time and memory that steps of one kind took in a process of their own.

    Attributes:
        processor: seconds of one step, the median.
        memory: bytes by which the process grew at most, from the built model on.
    """

    processor: float
    memory: int


class Checkpointed(nn.Module):
    """Blocks of convolution, batch norm and ReLU, all of them in one checkpoint."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 1)
        layers = (self.block() for _ in range(blocks))
        self.blocks = nn.Sequential(*layers)
        self.last = nn.Linear(4 * 32 * 32, 10)

    @staticmethod
    def block() -> nn.Module:
        return nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return self.last(checkpoint(self.blocks, self.first(x), use_reentrant=False).flatten(1))


def measure(quick: bool) -> Iterator[Figure]:
    """A recorded step beside a plain one, each in a process of its own."""
    count = 3 if quick else 7
    plain, recorded = _cost(PLAIN, LARGE, count), _cost(RECORDED, LARGE, count)
    name = f"{LARGE}: recording, times the plain step's"
    yield Figure(f"{name} processor time", recorded.processor / plain.processor, "×", 3, samples=count)
    yield Figure(f"{name} peak memory", recorded.memory / plain.memory, "×", 2)
    ratios = []
    for blocks in BLOCKS:
        plain, recorded = (_cost(kind, str(blocks), 10 * count) for kind in (PLAIN, RECORDED))
        ratios.append(recorded.processor / plain.processor)
        name = f"{blocks} checkpointed blocks: recording, times the plain step's processor time"
        yield Figure(name, ratios[-1], "×", samples=10 * count)
    name = "the same ratio, of {1} blocks over {0}: 1 where the cost is a constant factor".format(*BLOCKS)
    yield Figure(name, ratios[1] / ratios[0], "×", 1.3, samples=10 * count)


def _cost(kind: str, model: str, count: int) -> Cost:
    command = [sys.executable, "-m", "benchmarks.recording_cost", kind, model, str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return Cost(**json.loads(done.stdout))


def _work(kind: str, model: str) -> Callable[[], None]:
    """One step, plain or recorded, of a network of torchvision or of this many checkpointed blocks."""
    torch.manual_seed(0)
    network = Checkpointed(int(model)) if model.isdecimal() else torchvision().models.get_model(model)
    channels = 1 if model.isdecimal() else 3
    inputs: NDArray[np.float32] = np.random.default_rng(0).standard_normal((1, channels, 32, 32)).astype(np.float32)
    labels = np.array([1])

    def recorded() -> None:
        failure = record(network, inputs, labels, Setup()).failure
        if failure is not None:
            raise RuntimeError(failure)

    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)

    def plain() -> None:
        optimizer.zero_grad()
        F.cross_entropy(network(torch.from_numpy(inputs)), torch.from_numpy(labels)).backward()
        optimizer.step()

    return recorded if kind == RECORDED else plain


def main() -> None:
    """Print the cost of steps: `KIND MODEL COUNT`."""
    kind, model, count = sys.argv[1:]
    torch.set_num_threads(1)  # as the server has it
    work = _work(kind, model)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(1 + int(count)):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    memory = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    print(json.dumps(asdict(Cost(percentile(times[1:], 50), memory))))


if __name__ == "__main__":
    main()

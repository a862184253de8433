"""Many visitors who draw at once, in a process of their own so that they don't share the server's interpreter lock:
`python -m tests.benchmarks.visitors SOCKET-URL PROCESS --visitors N --seconds S` prints one JSON object."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Final

import psutil

from lenet.models import MODELS
from tests.benchmarks import hand
from tests.benchmarks.report import Figure, percentile
from tests.benchmarks.serving import ROOT, Server
from tests.benchmarks.visitor import Visitor, visit

VISITORS: Final = 30
RATE: Final = 2.0
"""Updates a second of each visitor."""

WARM_UP: Final = 200


@dataclass(frozen=True)
class Crowd:
    """What a crowd measured.

    Attributes:
        times: seconds from the moment when a drawing was due to its activations, of all visitors.
        errors: what went wrong, in words.
        growth: bytes by which the server's resident memory grew from one visitor to all of them, having drawn.
    """

    times: list[float]
    errors: list[str]
    growth: int


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latency, errors and memory with 30 visitors."""
    command = [sys.executable, "-m", "tests.benchmarks.visitors", server.socket_url, str(server.process)]
    command += ["--visitors", str(VISITORS), "--seconds", "20" if quick else "60"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    crowd = Crowd(**json.loads(done.stdout))
    for error in crowd.errors[:5]:
        print(error, file=sys.stderr)
    times = [1000 * seconds for seconds in crowd.times]
    name = f"{VISITORS} visitors, {RATE:g} updates a second each"
    yield Figure(f"{name}: errors", len(crowd.errors), "", 0, samples=len(times))
    yield Figure(f"{name}: median", percentile(times, 50), "ms", samples=len(times))
    yield Figure(f"{name}: 95th percentile", percentile(times, 95), "ms", 500, samples=len(times))
    yield Figure("memory per further visitor", crowd.growth / 1e6 / (VISITORS - 1), "MB", 5, samples=VISITORS - 1)


async def gather(socket_url: str, process: int, visitors: int, seconds: float) -> Crowd:
    """One visitor warms the server up; then all draw."""
    server = psutil.Process(process)
    network = next(iter(MODELS))
    times: list[float] = []
    errors: list[str] = []
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(visit(socket_url, network))
        for drawing in islice(hand.drawings(), WARM_UP):
            await first.draw(drawing)
        before = server.memory_info().rss
        crowd = [first]
        crowd += [await stack.enter_async_context(visit(socket_url, network)) for _ in range(visitors - 1)]
        start = time.perf_counter() + 0.5
        turns = (start + index / visitors / RATE for index in range(visitors))
        await asyncio.gather(
            *(_draw(visitor, turn, seconds, times, errors) for visitor, turn in zip(crowd, turns, strict=True))
        )
        growth = server.memory_info().rss - before
    return Crowd(times, errors, growth)


async def _draw(visitor: Visitor, start: float, seconds: float, times: list[float], errors: list[str]) -> None:
    """Draw at the rate; a late answer makes the next drawing late, which counts from when it was due."""
    count = round(seconds * RATE)
    for index, drawing in enumerate(islice(hand.drawings(), WARM_UP, WARM_UP + count)):
        due = start + index / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        try:
            began = time.perf_counter()
            update = await visitor.draw(drawing)
        except Exception as error:  # whatever it is, it counts
            errors.append(f"{type(error).__name__}: {error}")
            return
        times.append(began - due + update.seconds)


def main() -> None:
    """The process that `measure` starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("socket_url")
    parser.add_argument("process", type=int)
    parser.add_argument("--visitors", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    chosen = parser.parse_args()
    crowd = asyncio.run(gather(chosen.socket_url, chosen.process, chosen.visitors, chosen.seconds))
    print(json.dumps(asdict(crowd)))


if __name__ == "__main__":
    main()

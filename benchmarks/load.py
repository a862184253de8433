"""Many visitors who draw at once, in a process of their own so that they don't share the server's interpreter lock:
`python -m benchmarks.load SOCKET-URL PROCESS --visitors N --seconds S [--live]` prints one JSON object."""

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
from websockets.asyncio.client import ClientConnection, connect

from benchmarks import strokes
from benchmarks.client import MAX_MESSAGE, Visitor, visit
from benchmarks.report import Figure, percentile
from benchmarks.serving import ROOT, Server
from lenet.networks.models import MODELS

VISITORS: Final = 30
RATE: Final = 2.0
"""Updates a second of each visitor."""

WARM_UP: Final = 200


@dataclass(frozen=True)
class Crowd:
    """Measurements of a crowd.

    Attributes:
        times: seconds from the moment when a drawing was due to its activations, of all visitors.
        errors: what went wrong, in words.
        growth: bytes by which the server's resident memory grew from one visitor to all of them, having drawn.
        seconds: from the first drawing to the last answer.
        server: processor seconds that the server took meanwhile.
        client: processor seconds that the visitors took meanwhile.
    """

    times: list[float]
    errors: list[str]
    growth: int
    seconds: float
    server: float
    client: float


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latency, errors and memory with 30 visitors."""
    crowd = draw_at_once(server, VISITORS, 20 if quick else 60)
    for error in crowd.errors[:5]:
        print(error, file=sys.stderr)
    times = [1000 * seconds for seconds in crowd.times]
    name = f"{VISITORS} visitors, {RATE:g} updates a second each"
    yield Figure(f"{name}: errors", len(crowd.errors), "", 0, samples=len(times))
    yield Figure(f"{name}: median", percentile(times, 50), "ms", samples=len(times))
    yield Figure(f"{name}: 95th percentile", percentile(times, 95), "ms", 500, samples=len(times))
    yield Figure("memory per further visitor", crowd.growth / 1e6 / (VISITORS - 1), "MB", 5, samples=VISITORS - 1)


def draw_at_once(server: Server, visitors: int, seconds: float, *, live: bool = False) -> Crowd:
    """Let so many visitors draw, through Streamlit or over the fast path."""
    command = [sys.executable, "-m", "benchmarks.load", server.socket_url, str(server.process)]
    command += ["--visitors", str(visitors), "--seconds", str(seconds), *(["--live"] if live else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return Crowd(**json.loads(done.stdout))


async def gather(socket_url: str, process: int, visitors: int, seconds: float, *, live: bool) -> Crowd:
    """Warm the server up with one visitor, then let all draw."""
    server = psutil.Process(process)
    network = next(iter(MODELS))
    times: list[float] = []
    errors: list[str] = []
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(visit(socket_url, network))
        for drawing in islice(strokes.drawings(), WARM_UP):
            await first.draw(drawing)
        before = server.memory_info().rss
        crowd = [first]
        crowd += [await stack.enter_async_context(visit(socket_url, network)) for _ in range(visitors - 1)]
        address = socket_url.removesuffix("_stcore/stream") + "live"
        routes = [await stack.enter_async_context(connect(address, max_size=MAX_MESSAGE)) for _ in crowd if live]
        ways = list(zip(crowd, routes or [None] * visitors, strict=True))
        used, own, start = _processor(server), time.process_time(), time.perf_counter() + 0.5
        turns = (start + index / visitors / RATE for index in range(visitors))
        await asyncio.gather(
            *(
                _draw(visitor, way, turn, seconds, times, errors)
                for (visitor, way), turn in zip(ways, turns, strict=True)
            )
        )
        took = time.perf_counter() - start
        growth = server.memory_info().rss - before
        used, own = _processor(server) - used, time.process_time() - own
    return Crowd(times, errors, growth, took, used, own)


def _processor(process: psutil.Process) -> float:
    """Seconds of processor time that it has taken."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def _draw(
    visitor: Visitor,
    live: ClientConnection | None,
    start: float,
    seconds: float,
    times: list[float],
    errors: list[str],
) -> None:
    """Draw at the rate; a late answer makes the next drawing late, which counts from when it was due."""
    count = round(seconds * RATE)
    for index, drawing in enumerate(islice(strokes.drawings(), WARM_UP, WARM_UP + count)):
        due = start + index / RATE
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        try:
            began = time.perf_counter()
            update = await (visitor.draw_fast(live, drawing) if live else visitor.draw(drawing))
        except Exception as error:  # every kind of error counts
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
    parser.add_argument("--live", action="store_true")
    chosen = parser.parse_args()
    crowd = asyncio.run(
        gather(chosen.socket_url, chosen.process, chosen.visitors, chosen.seconds, live=chosen.live),
    )
    print(json.dumps(asdict(crowd)))


if __name__ == "__main__":
    main()

"""One visitor who draws for long: the server's memory must stay where it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from typing import Final

import psutil

from benchmarks import strokes
from benchmarks.client import visit
from benchmarks.report import Figure
from benchmarks.serving import Server
from lenet.networks.models import MODELS

WARM_UP: Final = 200


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Measure by how much resident memory grows."""
    count = 600 if quick else 2000
    growth = asyncio.run(_draw(server, count))
    name = f"{count:,} updates by one visitor: memory grows after the first {WARM_UP} by"
    yield Figure(name, growth / 1e6, "MB", 20, samples=count)


async def _draw(server: Server, count: int) -> int:
    process = psutil.Process(server.process)
    before = 0
    async with visit(server.socket_url, next(iter(MODELS))) as visitor:
        for index, drawing in enumerate(islice(strokes.drawings(), count), 1):
            await visitor.draw(drawing)
            if index == WARM_UP:
                before = process.memory_info().rss
        after: int = process.memory_info().rss
    return after - before

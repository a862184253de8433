"""Drawing in, activations out: one visitor at the WebSocket."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice

from lenet.models import MODELS
from tests.benchmarks import hand
from tests.benchmarks.report import Figure, percentile
from tests.benchmarks.serving import Server
from tests.benchmarks.visitor import Update, visit

WARM_UP = 20


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latency for the first network and bytes an update for all of them."""
    first, *_ = MODELS
    for network in MODELS:
        count = (100 if quick else 400) if network == first else 20
        updates = asyncio.run(_draw(server.socket_url, network, count))
        if network == first:
            times = [update.seconds * 1000 for update in updates]
            name = f"WebSocket: drawing in to activations out, {network}"
            yield Figure(f"{name}, median", percentile(times, 50), "ms", 16, samples=count)
            yield Figure(f"{name}, 95th percentile", percentile(times, 95), "ms", samples=count)
        size = percentile([update.bytes_received / 1000 for update in updates], 50)
        yield Figure(f"WebSocket: sent by the server per update, {network}", size, "kB", 120, samples=count)


async def _draw(socket_url: str, network: str, count: int) -> list[Update]:
    async with visit(socket_url, network) as visitor:
        updates = [await visitor.draw(drawing) for drawing in islice(hand.drawings(), WARM_UP + count)]
    return updates[WARM_UP:]

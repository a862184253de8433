"""Drawing in, activations out: one visitor at the WebSocket, as the pad sends during a stroke and through Streamlit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice

from websockets.asyncio.client import connect

from benchmarks import strokes
from benchmarks.client import MAX_MESSAGE, Update, visit
from benchmarks.report import Figure, percentile
from benchmarks.serving import Server
from lenet.networks.models import MODELS

WARM_UP = 20


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latency for the first network and bytes an update for all of them."""
    first, *_ = MODELS
    for network in MODELS:
        count = (100 if quick else 400) if network == first else 20
        for way, draw in (("during a stroke", _draw_fast), ("through Streamlit", _draw)):
            updates = asyncio.run(draw(server.socket_url, network, count))[WARM_UP:]
            if network == first:
                times = [update.seconds * 1000 for update in updates]
                name = f"WebSocket: drawing in to activations out, {way}, {network}"
                yield Figure(f"{name}, median", percentile(times, 50), "ms", 16, samples=count)
                yield Figure(f"{name}, 95th percentile", percentile(times, 95), "ms", samples=count)
            size = percentile([update.bytes_received / 1000 for update in updates], 50)
            yield Figure(f"WebSocket: sent by the server per update, {way}, {network}", size, "kB", 120, samples=count)


async def _draw(socket_url: str, network: str, count: int) -> list[Update]:
    async with visit(socket_url, network) as visitor:
        return [await visitor.draw(drawing) for drawing in islice(strokes.drawings(), WARM_UP + count)]


async def _draw_fast(socket_url: str, network: str, count: int) -> list[Update]:
    address = socket_url.partition("/_stcore")[0] + "/live"
    async with visit(socket_url, network) as visitor, connect(address, max_size=MAX_MESSAGE) as fast_path:
        drawings = islice(strokes.drawings(), WARM_UP + count)
        return [await visitor.draw_fast(fast_path, drawing) for drawing in drawings]

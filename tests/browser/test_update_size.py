"""Test of how many bytes the server sends for a drawing, counted at the WebSocket."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from websockets.asyncio.client import connect

from benchmarks import strokes
from benchmarks.client import MAX_MESSAGE, visit
from lenet.networks.models import MODELS

MOST = 120_000
"""Most bytes of an update, as in `docs/benchmarks.md`."""
MOST_BESIDES = 10_000
"""Most bytes that Streamlit's way may add to the numbers, which the fast path sends alone."""
COUNT = 8


@pytest.mark.parametrize("network", MODELS)
def test_an_update_carries_numbers_and_little_else(playground: str, network: str) -> None:
    async def draw() -> tuple[list[int], list[int]]:
        address = playground.replace("http", "ws", 1)
        drawings = list(islice(strokes.drawings(), 2 * COUNT))
        async with (
            visit(f"{address}/_stcore/stream", network) as visitor,
            connect(f"{address}/live", max_size=MAX_MESSAGE) as fast_path,
        ):
            through = [(await visitor.draw(one)).bytes_received for one in drawings[:COUNT]]
            fast = [(await visitor.draw_fast(fast_path, one)).bytes_received for one in drawings[COUNT:]]
        return through, fast

    with ThreadPoolExecutor(1) as other:  # the browser's event loop may be running in this thread
        through, fast = other.submit(asyncio.run, draw()).result()
    assert max(through) <= MOST
    assert max(fast) <= MOST
    assert max(through) - max(fast) <= MOST_BESIDES  # of the updates with edges, as all through Streamlit are

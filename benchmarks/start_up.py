"""From the command `python -m playground` to its first page, and to the first network in a browser that is running."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.browser import chromium, tab
from benchmarks.drawing import PROBE, open_page
from benchmarks.report import Figure, percentile
from benchmarks.serving import playground
from tests.browser.chromium import launch_options


def measure(quick: bool) -> Iterator[Figure]:
    """Both times, each the median of some starts."""
    count = 1 if quick else 5
    starts = [asyncio.run(_start(launch_options())) for _ in range(count)]
    answered, painted = zip(*starts, strict=True)
    name = "`python -m playground` to"
    yield Figure(f"{name} its first page's HTTP 200, median", percentile(answered, 50), "s", 6, samples=count)
    yield Figure(f"{name} the first network painted, median", percentile(painted, 50), "s", 4, samples=count)


async def _start(options: Mapping[str, Any]) -> tuple[float, float]:
    async with chromium(options) as browser, tab(browser, PROBE) as page:
        with playground() as server:
            await open_page(page, server.url)
            return server.answered_s, time.time() - server.started

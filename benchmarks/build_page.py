"""The Build page in a real browser: from a change of a layer to the shapes that follow from it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

from benchmarks.browser import chromium, tab
from benchmarks.latency import PROBE, Moment, latencies, observe, settle, shares
from benchmarks.report import Figure
from benchmarks.serving import Server
from tests.browser.chromium import launch_options

LIST: Final = "layer-list"
CHANGE_MS: Final = 60


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latencies of changes of a convolution's channels, as a network that fits and is in use after each."""
    found = asyncio.run(_visit(server, 4 if quick else 20, launch_options()))
    yield from latencies("build: a change of a layer to the new shapes", found, CHANGE_MS)
    yield from shares(found)


async def _visit(server: Server, rounds: int, launch: Mapping[str, Any]) -> list[Moment]:
    async with chromium(launch) as browser, tab(browser, PROBE) as page:
        await page.goto(f"{server.url}/build?network=stack-32~conv-6-5~relu~max_pool~flatten~linear")
        await page.wait_for_selector(f'[data-testid="{LIST}"][data-seq]')
        field = page.get_by_label("out_channels")
        changes = []
        for key in ("ArrowUp", "ArrowDown") * rounds:
            await settle(page)
            seq = int(await page.locator(f'[data-testid="{LIST}"]').get_attribute("data-seq") or 0)
            await field.focus()
            changes.append(await observe(page, page.keyboard.press(key), {LIST: {"seq": seq + 1}}))
        return changes[2:]

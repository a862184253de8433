"""The Step page in a real browser: from the button to the first frame, and from one stop to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

from playwright.async_api import Page

from benchmarks.browser import chromium, tab
from benchmarks.latency import PROBE, Moment, latencies, observe, settle, shares
from benchmarks.report import Figure
from benchmarks.serving import Server
from tests.browser.chromium import launch_options

PLAYER: Final = "step-view"
PICTURE: Final = "network-view"
SLOWLY_S: Final = 0.45
"""Between two stops of a slow walk: after each the player comes to rest, and the server hears of it."""


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latency of the button and of the arrow key."""
    recordings, walk = asyncio.run(_visit(server, 3 if quick else 15, launch_options()))
    yield from latencies('"Record again" to the first painted frame, LeNet5', recordings, 400)
    yield from shares(recordings)
    yield from latencies("one stop of the walk to the next, painted, LeNet5", walk, 25)


async def _visit(server: Server, count: int, options: Mapping[str, Any]) -> tuple[list[Moment], list[Moment]]:
    """So many recordings after one that doesn't count, and two whole walks: as fast as the page goes, and slowly."""
    async with chromium(options) as browser, tab(browser, PROBE) as page:
        await page.goto(f"{server.url}/step?network=LeNet5")
        await page.wait_for_selector(f'[data-testid="{PICTURE}"][data-frame="0"]', state="attached")
        recordings = [await _record(page) for _ in range(count + 1)]
        walk = [*await _walk(page, 0), *await _walk(page, SLOWLY_S)]
        return recordings[1:], walk


async def _record(page: Page) -> Moment:
    await settle(page)
    seq = int(await _says(page, "seq")) + 1
    press = page.get_by_role("button", name="Record again").click()
    return await observe(page, press, {PLAYER: {"seq": seq}, PICTURE: {"seq": seq, "frame": 0}})


async def _walk(page: Page, pause: float) -> list[Moment]:
    """From the first stop to the last by the arrow key."""
    await page.keyboard.press("Home")
    await page.wait_for_selector(f'[data-testid="{PICTURE}"][data-frame="0"]', state="attached")
    await settle(page)
    walk = []
    for stop in range(1, int(await _says(page, "stops"))):
        press = page.keyboard.press("ArrowRight")
        walk.append(await observe(page, press, {PLAYER: {"stop": stop}, PICTURE: {"frame": stop}}))
        await asyncio.sleep(pause)
    return walk


async def _says(page: Page, name: str) -> str:
    return await page.get_by_test_id(PLAYER).get_attribute(f"data-{name}") or ""

"""The Convolution page in a real browser: from a change of an option to the new picture, and from cell to cell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from playwright.async_api import Locator, Page

from benchmarks.browser import chromium, tab
from benchmarks.latency import PROBE, Moment, latencies, observe, settle, shares
from benchmarks.report import Figure
from benchmarks.serving import Server
from tests.browser.chromium import launch_options

BENCH: Final = "convolution-bench"
OUTPUT: Final = "convolution-output"
OPTION_MS: Final = 60
STEP_MS: Final = 16.7
CONVOLUTION: Final = ("convolution", ("stride", "dilation", "out"))
POOLING: Final = ("convolution?part=pooling", ("size", "stride"))
"""Address of each part, and its options that are moved up and down."""


class Measured(NamedTuple):
    """Changes of options, and steps of the window."""

    options: list[Moment]
    steps: list[Moment]


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latencies of options and of the window's steps."""
    rounds = 2 if quick else 8
    for name, (address, options) in (("convolution", CONVOLUTION), ("pooling", POOLING)):
        found = asyncio.run(_visit(server, address, options, rounds, launch_options()))
        yield from latencies(f"{name}: a change of an option to the new picture", found.options, OPTION_MS)
        yield from shares(found.options)
        yield from latencies(f"{name}: key to the window at the next cell", found.steps, STEP_MS)


async def _visit(
    server: Server, address: str, options: tuple[str, ...], rounds: int, launch: Mapping[str, Any]
) -> Measured:
    async with chromium(launch) as browser, tab(browser, PROBE) as page:
        await page.goto(f"{server.url}/{address}")
        await page.wait_for_selector(f'[data-testid="{BENCH}"][data-seq]')
        changes = []
        for key in ("ArrowUp", "ArrowDown") * rounds:
            for option in options:
                changes.append(await _change(page, page.locator(f".field-{option} input"), key))
        return Measured(changes[len(options) :], [await _step(page) for _ in range(20 * rounds)][1:])


async def _change(page: Page, field: Locator, key: str) -> Moment:
    await settle(page)
    seq = int(await page.locator(f'[data-testid="{BENCH}"]').get_attribute("data-seq") or 0)
    await field.focus()
    return await observe(page, page.keyboard.press(key), {BENCH: {"seq": seq + 1}})


async def _step(page: Page) -> Moment:
    await settle(page)
    output = page.locator(f'[data-testid="{OUTPUT}"]')
    await output.focus()
    row, column = (await page.locator(f'[data-testid="{BENCH}"]').get_attribute("data-stop") or "").split(",")
    key, to = ("ArrowLeft", -1) if int(column) else ("ArrowRight", 1)
    return await observe(page, page.keyboard.press(key), {BENCH: {"stop": f"{row},{int(column) + to}"}})

"""Experiments of the Convolution page: the heat map over all shifts, and from a click to the picture."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

import torch
from playwright.async_api import Page

from benchmarks.browser import chromium, tab
from benchmarks.latency import PROBE, Moment, latencies, observe, settle, shares
from benchmarks.recording import Time
from benchmarks.report import Figure, percentile
from benchmarks.serving import Server
from lenet.convolution import answers
from lenet.digits import batch
from lenet.networks import checkpoint, models
from tests.browser.chromium import launch_options

HEAT_MAP_MS: Final = 500
CHANGE_MS: Final = 60


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Time of the network's answers to all shifts, for each network, and of a change of an option in the browser."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # as the server has it
    try:
        for name in models.MODELS:
            times = _times(name, 3 if quick else 20)
            says = f"heat map over 21 × 21 shifts, {name}, median"
            yield Figure(says, percentile(times, 50), "ms", HEAT_MAP_MS, samples=len(times))
    finally:
        torch.set_num_threads(before)
    moments = asyncio.run(_changes(server, launch_options(), 3 if quick else 20))
    yield from latencies("convolution: an arrow key to the next cell's receptive field", moments, CHANGE_MS)
    yield from shares(moments)


def _times(name: str, count: int) -> list[float]:
    model = checkpoint.load(name)
    digit = batch.of_mnist([0], models.input_size(model)).inputs[0]

    def work() -> None:
        answers.over_shifts(model, digit)

    return [1000 * Time.of(work).elapsed for _ in range(1 + count)][1:]


async def _changes(server: Server, options: Mapping[str, Any], count: int) -> list[Moment]:
    """Move the cell whose receptive field is shown, by the arrow keys."""
    async with chromium(options) as browser, tab(browser, PROBE) as page:
        await page.goto(f"{server.url}/convolution?part=sparse&layer=conv1&row=0&column=0")
        await page.wait_for_selector("[data-testid=sparse]")
        await page.get_by_test_id("sparse").get_by_label("conv1 · 6×28×28, 28×28").focus()
        return [await _step(page, place + 1) for place in range(count)]


async def _step(page: Page, column: int) -> Moment:
    await settle(page)
    return await observe(page, page.keyboard.press("ArrowRight"), {"sparse": {"at": f"0,{column}"}})

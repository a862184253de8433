"""From a pointer event to the painted maps that contain it, in a real browser on the Draw page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Page

from benchmarks import strokes
from benchmarks.browser import SIZE, Pen, chromium, tab
from benchmarks.report import Figure, percentile
from benchmarks.serving import Server
from lenet.networks.models import MODELS
from tests.browser.chromium import launch_options

PROBE: Final = "probe.js"
PAD: Final = 'canvas[aria-label="Drawing pad"]'
VIEW: Final = '[data-testid="network-view"]'
IDLE: Final = '[data-testid="stApp"][data-test-script-state="notRunning"]'
SETTLED: Final = """([pad, view]) => {
  const { moves, views } = benchmark.notes;
  const shown = Number(view.dataset.seq);
  if (shown !== Number(pad.dataset.seq)) return false;
  return moves.every(({ seq }) => seq <= shown) && views.every(({ framed }) => framed);
}"""
LARGE: Final = {"width": 2560, "height": 1440}
"""Window of a large screen, which has the largest maps."""
MEDIAN: Final = "pointer event to painted maps, LeNet5, median"


@dataclass(frozen=True)
class Stroke:
    """Notes of the probe during one stroke, see probe.js; all times in milliseconds of one clock."""

    moves: Sequence[Mapping[str, float]]
    sends: Sequence[Mapping[str, float]]
    receipts: Sequence[Mapping[str, float]]
    views: Sequence[Mapping[str, float]]

    @property
    def latencies(self) -> list[float]:
        """From each pointer event to the frame with the first network view that contains it."""
        return [
            next(view["framed"] for view in self.views if view["seq"] >= move["seq"]) - move["at"]
            for move in self.moves
        ]

    @property
    def seconds(self) -> float:
        """From the first to the last pointer event."""
        return (self.moves[-1]["at"] - self.moves[0]["at"]) / 1000

    @property
    def updates(self) -> int:
        """Network views painted while the pen was down."""
        return sum(self.moves[0]["at"] <= view["framed"] <= self.moves[-1]["at"] for view in self.views)

    @property
    def bytes_per_update(self) -> float:
        """Sent by the server for each network view."""
        return sum(receipt["bytes"] for receipt in self.receipts) / len(self.views)

    @property
    def parts(self) -> dict[str, list[float]]:
        """Shares of the time between each event and its update."""
        parts: dict[str, list[float]] = {"waiting to be sent": [], "server": [], "page": [], "frame": []}
        for move in self.moves:
            sent = next((send["at"] for send in self.sends if send["seq"] >= move["seq"]), None)
            if sent is not None:
                parts["waiting to be sent"].append(sent - move["at"])
        for view in self.views:
            sent = next((send["at"] for send in self.sends if send["seq"] >= view["seq"]), None)
            arrived = [receipt for receipt in self.receipts if sent and sent < receipt["at"] < view["at"]]
            if sent is None or not arrived:
                continue
            received = max(arrived, key=lambda receipt: receipt["bytes"])["at"]
            parts["server"].append(received - sent)
            parts["page"].append(view["at"] - received)
            parts["frame"].append(view["framed"] - view["at"])
        return parts


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Latency and updates a second for the first network, and bytes an update for all."""
    options = launch_options()
    first, *_ = MODELS
    for network in MODELS:
        count = (3 if quick else 12) if network == first else 2
        drawn = asyncio.run(_draw(server, network, count, options))
        if network == first:
            yield from _figures(drawn, network)
            large = asyncio.run(_draw(server, network, count, options, LARGE))
            times = [latency for stroke in large for latency in stroke.latencies]
            name = f"pointer event to painted maps, {network} at 2560\u00d71440, median"
            yield Figure(name, percentile(times, 50), "ms", 45, samples=len(times))
        size = percentile([stroke.bytes_per_update / 1000 for stroke in drawn], 50)
        updates = sum(len(stroke.views) for stroke in drawn)
        yield Figure(f"received by the browser per update, {network}", size, "kB", 120, samples=updates)


def _figures(drawn: Sequence[Stroke], network: str) -> Iterator[Figure]:
    times = [latency for stroke in drawn for latency in stroke.latencies]
    yield Figure(MEDIAN, percentile(times, 50), "ms", 50, samples=len(times))
    name = f"pointer event to painted maps, {network}, 95th percentile"
    yield Figure(name, percentile(times, 95), "ms", 100, samples=len(times))
    updates = sum(stroke.updates for stroke in drawn)
    rate = updates / sum(stroke.seconds for stroke in drawn)
    yield Figure(f"updates a second during a stroke, {network}", rate, "", 12, "at least", samples=updates)
    for part in drawn[0].parts:
        values = [value for stroke in drawn for value in stroke.parts[part]]
        yield Figure(f"of which {part}, median", percentile(values, 50), "ms", samples=len(values))


async def _draw(
    server: Server, network: str, count: int, options: Mapping[str, Any], size: Mapping[str, int] = SIZE
) -> list[Stroke]:
    """Draw so many strokes in a window of a size, each on a cleared pad, after one that doesn't count."""
    async with chromium(options) as browser, tab(browser, PROBE, size) as page:
        await open_page(page, f"{server.url}/?network={network}")
        await page.wait_for_selector(IDLE, state="attached")
        await _settle(page)
        await page.evaluate("view => benchmark.watch(view)", await page.query_selector(VIEW))
        drawn = [await _stroke(page) for _ in range(count + 1)]
    return drawn[1:]


async def open_page(page: Page, url: str) -> None:
    """Open the Draw page and wait until its first network is on the screen."""
    await page.goto(url)
    await page.wait_for_selector(f'{VIEW}[data-prediction]:not([data-prediction=""])', state="attached")
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def _stroke(page: Page) -> Stroke:
    clear = page.get_by_role("button", name="Clear")
    if await clear.get_attribute("aria-disabled") != "true":
        await clear.click()
    await _settle(page)
    pen = await Pen.over(page, page.locator(PAD))
    await page.evaluate("benchmark.reset()")
    await pen.draw(strokes.digit())
    await _settle(page)
    notes = await page.evaluate("({ ...benchmark.notes })")
    await pen.session.detach()
    return Stroke(**notes)


async def _settle(page: Page) -> None:
    """Wait until the network view shows the pad's newest drawing and has been framed."""
    pad, view = await page.wait_for_selector(PAD), await page.wait_for_selector(VIEW, state="attached")
    await page.wait_for_function(SETTLED, arg=[pad, view])

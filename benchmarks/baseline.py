"""Latency of the baseline, `baseline_app.py`, from lifting the pen to the prediction and to the last heatmap."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any, Final

from playwright.async_api import Page

from benchmarks import strokes
from benchmarks.browser import Pen, chromium, tab
from benchmarks.drawing import IDLE
from benchmarks.report import Figure, percentile
from benchmarks.serving import Server
from tests.browser.chromium import launch_options

PROBE: Final = "baseline_probe.js"
MAPS: Final = 6 + 16
"""Feature maps of LeNet5's two convolutions, a heatmap for each."""

QUIET_MS: Final = 1500
"""Milliseconds without a change after which all heatmaps count as drawn."""

LAST_MAP: Final = "ordinary way: lifted pen to the last heatmap, LeNet5, median"
DONE: Final = """([idle, maps, quiet]) => {
  const { prediction, plots, pending } = benchmark;
  const shown = [...document.querySelectorAll(".js-plotly-plot")];
  if (!prediction || pending || shown.length !== maps || !shown.every((plot) => plots.has(plot))) return false;
  return document.querySelector(idle) && performance.now() - Math.max(prediction, ...plots.values()) > quiet;
}"""


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Measure the latency after the pen is lifted; the baseline sends nothing while it draws."""
    count = 3 if quick else 9
    times = asyncio.run(_draw(server, count, launch_options()))
    predictions, maps = ([1000 * seconds for seconds in kind] for kind in zip(*times, strict=True))
    name = "ordinary way: lifted pen to the prediction, LeNet5, median"
    yield Figure(name, percentile(predictions, 50), "ms", samples=count)
    yield Figure(LAST_MAP, percentile(maps, 50), "ms", samples=count)


async def _draw(server: Server, count: int, options: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Seconds to the prediction and to the last heatmap, of so many strokes after one that doesn't count."""
    async with chromium(options) as browser, tab(browser, PROBE) as page:
        await page.goto(server.url)
        canvas = page.locator("canvas.upper-canvas")
        await canvas.wait_for()
        await page.wait_for_selector(IDLE, state="attached")
        pen = await Pen.over(page, canvas)
        paths = (strokes.strokes() * count)[: count + 1]
        return [await _stroke(page, pen, path) for path in paths][1:]


async def _stroke(page: Page, pen: Pen, path: tuple[strokes.Point, ...]) -> tuple[float, float]:
    await page.evaluate("benchmark.reset()")
    await pen.draw(path)
    await page.wait_for_function(DONE, arg=[IDLE, MAPS, QUIET_MS])
    up, prediction, last = await page.evaluate(
        "(({ up, prediction, plots }) => [up, prediction, Math.max(...plots.values())])(benchmark)"
    )
    return (prediction - up) / 1000, (last - up) / 1000

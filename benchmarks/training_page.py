"""The Train page in a real browser: frames a second, what they cost the training, scrubbing, and drawing meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from playwright.async_api import Page

from benchmarks import drawing
from benchmarks.browser import chromium, tab
from benchmarks.report import Figure, percentile
from benchmarks.serving import ROOT, Server
from lenet.train import events, run
from lenet.train.settings import Training
from tests.browser.chromium import launch_options

VIEW: Final = '[data-testid="training-view"]'
TIMELINE: Final = '[data-testid="run-timeline"]'
SETTINGS: Final = Training(epochs=100)
"""Settings of the page for a run that lasts longer than the measurement."""
SHORT: Final = Training(epochs=1, digits=6_400)
WATCHED_S: Final = 10.0
SCRUBBED: Final = """async (root, places) => {
  const slider = root.querySelector("input");
  const times = [];
  for (const place of places) {
    delete root.dataset.painted;
    const start = performance.now();
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    while (!root.dataset.painted) await new Promise((done) => requestAnimationFrame(done));
    await new Promise((done) => requestAnimationFrame(done));
    times.push(performance.now() - start);
  }
  return times;
}"""
MORE: Final = 1.5


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Figures of the page; `server` is a fresh one."""
    options = launch_options()
    alone = asyncio.run(drawing._draw(server, "LeNet5", 3 if quick else 8, options))
    frames, rate, times, meanwhile = asyncio.run(_train(server, quick, options))
    yield Figure("training in the page: frames a second", frames, "", 10, "at least")
    plain = _plain_rate()
    yield Figure("training in the page: slower than without a page by", 100 * (plain / rate - 1), "%", 10)
    name = "slider over a run's moments: from the handle to painted maps"
    yield Figure(f"{name}, median", percentile(times, 50), "ms", 50, samples=len(times))
    yield Figure(f"{name}, 95th percentile", percentile(times, 95), "ms", samples=len(times))
    drawn = (alone, meanwhile)
    before, during = (percentile([time for stroke in one for time in stroke.latencies], 50) for one in drawn)
    name = "pointer event to painted maps while a network trains, times that without training"
    yield Figure(name, during / before, "×", MORE)


async def _train(
    server: Server, quick: bool, options: Mapping[str, Any]
) -> tuple[float, float, list[float], list[drawing.Stroke]]:
    """Frames a second and steps a second of a run in the page, times of the slider, and strokes drawn meanwhile."""
    async with chromium(options) as browser, tab(browser, drawing.PROBE) as page:
        await _start(page, server, SHORT)
        await page.wait_for_selector(f'{VIEW}[data-state="ended"]', state="attached")
        root = await page.wait_for_selector(TIMELINE, state="attached")
        await page.wait_for_selector(drawing.IDLE, state="attached")
        places = [(7 * place) % 8 for place in range(10 if quick else 40)]
        times = await page.evaluate(f"([root, places]) => ({SCRUBBED})(root, places)", [root, places])
        await _start(page, server, SETTINGS)
        await page.wait_for_selector(f'{VIEW}[data-state="running"]', state="attached")
        await asyncio.sleep(2)
        first, begun = await _counts(page), time.monotonic()
        await asyncio.sleep(WATCHED_S)
        last, taken = await _counts(page), time.monotonic() - begun
        meanwhile = await drawing._draw(server, "LeNet5", 3 if quick else 8, options)
        await page.get_by_role("button", name="Stop").click()
        await page.wait_for_selector(f'{VIEW}[data-state="interrupted"]', state="attached")
    frames, steps = ((late - early) / taken for early, late in zip(first, last, strict=True))
    return frames, steps, times, meanwhile


async def _start(page: Page, server: Server, settings: Training) -> None:
    query = "&".join(f"train_{name}={text}" for name, text in settings.to_query().items())
    await page.goto(f"{server.url}/train?{query}")
    await page.get_by_role("button", name="Train", exact=True).click()
    await page.wait_for_selector(f'{VIEW}:not([data-step="0"])', state="attached")


async def _counts(page: Page) -> tuple[int, int]:
    """Frames painted and steps done."""
    data = await page.locator(VIEW).evaluate("view => ({ ...view.dataset })")
    return int(data["frames"]), int(data["step"])


def _plain_rate() -> float:
    """Steps a second of the same training in a process of its own, with nobody looking."""
    command = [sys.executable, "-m", "benchmarks.training_page"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Train without a page for as long as with one, and print the steps a second."""
    os.nice(10)
    begun, first = None, 0
    for event in run.train(SETTINGS):
        if not isinstance(event, events.Step):
            continue
        now = time.monotonic()
        begun, first = (now, event.step) if begun is None else (begun, first)
        if now - begun > WATCHED_S:
            print(json.dumps((event.step - first) / (now - begun)))
            return


if __name__ == "__main__":
    main()

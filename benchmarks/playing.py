"""Play on the Step page: how often the screen is painted, and how much script runs for each frame."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from playwright.async_api import Page

from benchmarks.browser import chromium, tab
from benchmarks.latency import PROBE, settle
from benchmarks.report import Figure
from benchmarks.serving import Server
from tests.browser.chromium import launch_options

LAST_MS: Final = 60_000
INTERVALS: Final = """() => {
    window.intervals = [];
    let before = performance.now();
    const note = (now) => {
        window.intervals.push(now - before);
        before = now;
        window.noting = requestAnimationFrame(note);
    };
    window.noting = requestAnimationFrame(note);
}"""
OURS: Final = "/modules/"
"""Part of the address of every module of the components."""


class Played(NamedTuple):
    """One Play from the first stop to the last.

    Attributes:
        seconds: its length.
        intervals: milliseconds between two frames of the screen.
        script: milliseconds that scripts of the components ran in all.
    """

    seconds: float
    intervals: list[float]
    script: float


def measure(server: Server, quick: bool) -> Iterator[Figure]:
    """Length, frames and script of playing LeNet5's step."""
    plays = asyncio.run(_visit(server, 1 if quick else 3, launch_options()))
    intervals = [interval for play in plays for interval in play.intervals]
    each = [play.script / len(play.intervals) for play in plays]
    yield Figure("Play of a step, LeNet5: length", statistics.median(play.seconds for play in plays), "s", 20)
    yield Figure("Play of a step, LeNet5: time between two frames, median", statistics.median(intervals), "ms", 17)
    yield Figure("Play of a step, LeNet5: script for each frame, mean", statistics.median(each), "ms", 1.5)


async def _visit(server: Server, count: int, options: Mapping[str, Any]) -> list[Played]:
    async with chromium(options) as browser, tab(browser, PROBE) as page:
        await page.emulate_media(reduced_motion="no-preference")
        await page.goto(f"{server.url}/step?network=LeNet5&input=mnist&digits=0")
        await page.wait_for_selector('[data-testid="network-view"][data-frame="0"]', state="attached")
        return [await _play(page) for _ in range(count + 1)][1:]


async def _play(page: Page) -> Played:
    """Play once, watched by the profiler."""
    await settle(page)
    session = await page.context.new_cdp_session(page)
    await session.send("Profiler.enable")
    await session.send("Profiler.start")
    await page.evaluate(INTERVALS)
    await page.get_by_role("button", name="Play").click()
    await page.wait_for_selector("[data-playing]", state="attached")
    await page.wait_for_selector("[data-playing]", state="detached", timeout=LAST_MS)
    intervals: list[float] = await page.evaluate("() => { cancelAnimationFrame(noting); return intervals; }")
    profile = (await session.send("Profiler.stop"))["profile"]
    await session.detach()
    ours = _within(profile["nodes"])
    times = zip(profile["samples"], profile["timeDeltas"], strict=True)
    script = sum(time for node, time in times if node in ours) / 1000
    return Played(sum(intervals) / 1000, intervals, script)


def _within(nodes: Sequence[Mapping[str, Any]]) -> set[int]:
    """Nodes of a profile that are functions of the components, or were called by them, such as the browser's own."""
    by_id = {node["id"]: node for node in nodes}
    found: set[int] = set()
    due = [node["id"] for node in nodes if OURS in node["callFrame"]["url"]]
    while due:
        one = due.pop()
        if one not in found:
            found.add(one)
            due += by_id[one].get("children", ())
    return found

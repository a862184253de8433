"""The Graph page in a real browser: from the choice of a graph to its drawing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from playwright.async_api import Page

from benchmarks.browser import chromium, tab
from benchmarks.drawing import PAD, open_page
from benchmarks.latency import PROBE, Moment, latencies, observe, settle, shares
from benchmarks.report import Figure
from benchmarks.serving import playground
from lenet.digits import batch
from lenet.networks import checkpoint, resnet
from lenet.record import graph, recorder
from lenet.record.graph import Graph
from lenet.record.iteration import Setup
from tests.browser.chromium import launch_options

DRAWING: Final = "graph-view"
SMALL_MS: Final = 400
LARGE_MS: Final = 3000


@dataclass(frozen=True)
class Visit:
    """Waiting times of one visitor, the first of a server.

    Attributes:
        opened: the page, by its link on the Draw page, with the folded graph of LeNet5.
        opened_again: once more, coming back from the Draw page.
        every: the same graph with every node.
        again: folded, and with every node, in turns.
        large: the graph of resnet18, folded, which nobody has asked for before.
        large_again: once more, coming back from LeNet5's.
        large_every: the same with every node.
    """

    opened: Moment
    opened_again: Moment
    every: Moment
    again: list[Moment]
    large: Moment
    large_again: Moment
    large_every: Moment


def measure(quick: bool) -> Iterator[Figure]:
    """Latencies of the small and of the large graph, the first time on a server and again."""
    options = launch_options()
    visits = [asyncio.run(_visit(options)) for _ in range(1 if quick else 5)]
    name = "graph of LeNet5"
    opened = [visit.opened for visit in visits]
    yield from latencies(f"{name}: link to the page, the first time, to painted", opened, SMALL_MS)
    yield from shares(opened)
    opened = [visit.opened_again for visit in visits]
    yield from latencies(f"{name}: link to the page, again, to painted", opened, SMALL_MS)
    yield from latencies(f"{name}: every node, the first time, to painted", [visit.every for visit in visits], SMALL_MS)
    again = [moment for visit in visits for moment in visit.again]
    yield from latencies(f"{name}: folded or every node, again, to painted", again, SMALL_MS)
    name = "graph of resnet18"
    yield from latencies(f"{name}: recorded and painted", [visit.large for visit in visits], LARGE_MS)
    yield from shares([visit.large for visit in visits])
    yield from latencies(f"{name}: again, to painted", [visit.large_again for visit in visits], LARGE_MS)
    yield from latencies(f"{name}: every node, to painted", [visit.large_every for visit in visits], LARGE_MS)


async def _visit(options: Mapping[str, Any]) -> Visit:
    small, large = _small(), _large()
    async with chromium(options) as browser, tab(browser, PROBE) as page:
        with playground() as server:
            await open_page(page, f"{server.url}/?network=LeNet5")
            return Visit(
                opened=await _press(page, "link", "Graph", _folded(small)),
                opened_again=await _leave_and_open(page, small),
                every=await _press(page, "radio", "every node", _every(small)),
                again=[await _press(page, "radio", *choice) for choice in _choices(small)],
                large=await _press(page, "radio", "resnet18", _folded(large)),
                large_again=await _back_and_again(page, small, large),
                large_every=await _press(page, "radio", "every node", _every(large)),
            )


async def _leave_and_open(page: Page, small: Graph) -> Moment:
    await settle(page)
    await page.get_by_role("link", name="Draw").click()
    await page.wait_for_selector(PAD)
    return await _press(page, "link", "Graph", _folded(small))


async def _back_and_again(page: Page, small: Graph, large: Graph) -> Moment:
    await _press(page, "radio", "your iteration", _folded(small))
    return await _press(page, "radio", "resnet18", _folded(large))


async def _press(page: Page, role: Any, name: str, boxes: int) -> Moment:
    await settle(page)
    return await observe(page, page.get_by_role(role, name=name).click(), {DRAWING: {"boxes": boxes}})


def _choices(drawn: Graph) -> list[tuple[str, int]]:
    """To and fro, and at last folded."""
    folded, every = ("folded by module", _folded(drawn)), ("every node", _every(drawn))
    return [folded, every, folded, every, folded]


def _folded(drawn: Graph) -> int:
    return len(graph.fold(drawn))


def _every(drawn: Graph) -> int:
    return len(drawn.nodes)


@cache
def _small() -> Graph:
    digit = batch.of_mnist([0], 32)
    recorded = recorder.record(checkpoint.load("LeNet5"), digit.inputs, digit.labels, Setup())
    assert recorded.graph is not None
    return recorded.graph


@cache
def _large() -> Graph:
    noise = batch.with_label(batch.of_noise(0, resnet.SIDE, channels=3), 0)
    recorded = recorder.record(resnet.resnet18(0), noise.inputs, noise.labels, Setup(), keep=0)
    assert recorded.graph is not None
    return recorded.graph

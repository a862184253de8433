"""From a click or a key on a page to the painted frame of what it asked for, in a real browser."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

from playwright.async_api import Page

from benchmarks.drawing import IDLE
from benchmarks.report import Figure, percentile

PROBE: Final = "page_probe.js"

Wanted = Mapping[str, Mapping[str, object]]
"""Expected `data-...` attributes of components, by their `data-testid`."""


@dataclass(frozen=True)
class Moment:
    """Notes of the probe from a press on, see page_probe.js; all times in milliseconds of one clock.

    Attributes:
        pressed: when.
        sends: messages to the server.
        receipts: messages from it.
        painted: when the last of the wanted components painted what was wanted.
        framed: when the frame with it was made.
    """

    pressed: float
    sends: Sequence[Mapping[str, float]]
    receipts: Sequence[Mapping[str, float]]
    painted: float
    framed: float

    @classmethod
    def of(cls, notes: Mapping[str, Sequence[Mapping[str, Any]]], wanted: Wanted) -> Moment:
        """Read the last press from the notes, once the page has shown what is wanted."""
        last = max((_first(notes["shows"], *one) for one in wanted.items()), key=itemgetter("framed"))
        pressed = notes["presses"][-1]["at"]
        return cls(pressed, notes["sends"], notes["receipts"], last["at"], last["framed"])

    @property
    def latency(self) -> float:
        """From the press to the frame."""
        return self.framed - self.pressed

    @property
    def parts(self) -> dict[str, float]:
        """Parts of the latency of a press that asked the server."""
        sent = next(send["at"] for send in self.sends if send["at"] >= self.pressed)
        received = max(receipt["at"] for receipt in self.receipts if sent < receipt["at"] <= self.painted)
        return {
            "page, until the server is asked": sent - self.pressed,
            "server": received - sent,
            "page, with the answer": self.painted - received,
            "frame": self.framed - self.painted,
        }


async def observe(page: Page, press: Awaitable[object], wanted: Wanted) -> Moment:
    """Press, and wait until the page shows what is wanted."""
    await page.evaluate("benchmark.reset()")
    await press
    says = {name: {key: str(value) for key, value in data.items()} for name, data in wanted.items()}
    await page.wait_for_function("says => benchmark.has(says)", arg=says)
    return Moment.of(await page.evaluate("benchmark.notes"), says)


async def settle(page: Page) -> None:
    """Wait until no script runs and what there is to paint is painted."""
    await page.wait_for_selector(IDLE, state="attached")
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def latencies(name: str, moments: Sequence[Moment], target: float) -> Iterator[Figure]:
    """Median, which has the target, and 95th percentile."""
    times = [moment.latency for moment in moments]
    yield Figure(f"{name}, median", percentile(times, 50), "ms", target, samples=len(times))
    if len(times) > 1:
        yield Figure(f"{name}, 95th percentile", percentile(times, 95), "ms", samples=len(times))


def shares(moments: Sequence[Moment]) -> Iterator[Figure]:
    """Figures of the parts of the latency."""
    parts = [moment.parts for moment in moments]
    for part in parts[0]:
        yield Figure(f"of which {part}, median", percentile([one[part] for one in parts], 50), "ms", samples=len(parts))


def _first(shows: Sequence[Mapping[str, Any]], name: str, says: Mapping[str, object]) -> Mapping[str, Any]:
    return next(show for show in shows if show["name"] == name and says.items() <= show["data"].items())

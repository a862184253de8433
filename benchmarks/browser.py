"""A real browser with real pointer events, sent at the rate of a mouse whether or not the page keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, CDPSession, Error, Locator, Page, async_playwright

from benchmarks.strokes import RATE, Point

SIZE: Final = {"width": 1440, "height": 900}
PATIENCE_MS: Final = 120_000


@dataclass(frozen=True)
class Pen:
    """A pointer over an element.

    Attributes:
        session: of Chromium's own protocol.
        left: of the element in CSS pixels; likewise top, width and height.
    """

    session: CDPSession
    left: float
    top: float
    width: float
    height: float

    @classmethod
    async def over(cls, page: Page, element: Locator) -> Pen:
        """A pointer over that element of that page."""
        await element.scroll_into_view_if_needed()
        box = await element.bounding_box()
        if box is None:
            raise RuntimeError("the element isn't on the screen")
        return cls(await page.context.new_cdp_session(page), box["x"], box["y"], box["width"], box["height"])

    async def draw(self, path: Sequence[Point]) -> None:
        """Press, move along a path given in shares of the element, and lift: an event each 60th of a second.

        No event waits until the page has handled the one before: a hand doesn't either.
        """
        clock = asyncio.get_running_loop()
        await self._event("mouseMoved", path[0], 0)
        start = clock.time()
        events = [asyncio.create_task(self._event("mousePressed", path[0], 1))]
        for index, point in enumerate(path[1:], 1):
            await asyncio.sleep(max(0.0, start + index / RATE - clock.time()))
            events.append(asyncio.create_task(self._event("mouseMoved", point, 1)))
        await asyncio.sleep(1 / RATE)
        events.append(asyncio.create_task(self._event("mouseReleased", path[-1], 0)))
        await asyncio.gather(*events)

    async def _event(self, kind: str, point: Point, buttons: int) -> None:
        await self.session.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": self.left + point[0] * self.width,
                "y": self.top + point[1] * self.height,
                "button": "left" if kind != "mouseMoved" or buttons else "none",
                "buttons": buttons,
                "clickCount": int(kind != "mouseMoved"),
            },
        )


@asynccontextmanager
async def chromium(options: Mapping[str, Any]) -> AsyncIterator[Browser]:
    """A browser, started with `tests.browser.chromium.launch_options()`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**options)
        try:
            yield browser
        finally:
            with suppress(Error):  # Ctrl+C may have ended it already
                await browser.close()


@asynccontextmanager
async def tab(browser: Browser, probe: str, size: Mapping[str, int] = SIZE) -> AsyncIterator[Page]:
    """A page of a new visitor, with a file of this folder that runs before the page's own.

    Args:
        browser: browser to open it in.
        probe: name of the file.
        size: of the window; by default a laptop's screen.
    """
    context = await browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    try:
        context.set_default_timeout(PATIENCE_MS)
        scripts = (Path(__file__).with_name(name).read_text("utf-8") for name in ("framing.js", probe))
        await context.add_init_script("\n".join(scripts))
        yield await context.new_page()
    finally:
        with suppress(Error):
            await context.close()

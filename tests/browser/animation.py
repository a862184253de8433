"""Script that makes the README's animations: `python -m tests.browser.animation ADDRESS`.

One draws a digit with the mouse; in the other, the handle of the player moves through an iteration.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser import chromium
from tests.browser.digits import DIGITS
from tests.browser.rest import place_of

ASSETS: Final = Path(__file__).parents[2] / "assets"
SIZE: Final = (1440, 900)
WIDTH: Final = 960
"""Width of the animations in pixels."""
REST_MS: Final = 1500
"""Time for which the last frame stays."""
FRAME_MS: Final = 80
QUALITY: Final = 55
SHARES: Final = (0.35, 0.7, 1.0)
"""Shares of the way from stop to stop that are shown."""


def main(address: str) -> None:
    """Make both animations."""
    options = chromium.launch_options()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        page = browser.new_page(
            viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light", reduced_motion="reduce"
        )
        page.set_default_timeout(60_000)
        page.goto(address)
        page.locator('[data-testid="network-view"][data-prediction="7"]').wait_for()
        save(stroke(page), "stroke.webp")
        page.emulate_media(reduced_motion="no-preference")
        page.goto(f"{address}/step?input=mnist&digits=659&stop=1")
        page.locator('[data-testid="network-view"][data-frame="0"]').wait_for()
        save(step(page), "step.webp")
        browser.close()


def stroke(page: Page) -> Iterator[bytes]:
    """Frames while a digit is drawn."""
    box = place_of(page.locator('canvas[aria-label="Drawing pad"]'))
    for line in DIGITS[3]:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]
        page.mouse.move(*points[0])
        page.mouse.down()
        for x, y in points[1:]:
            page.mouse.move(x, y, steps=3)
            page.wait_for_timeout(200)
            yield page.screenshot()
        page.mouse.up()
    page.mouse.move(1, 1)
    page.wait_for_timeout(1000)
    yield page.screenshot()


def step(page: Page) -> Iterator[bytes]:
    """Frames of an iteration, from the first stop to the last."""
    handle = page.locator(".scrubber")
    last = int(handle.get_attribute("max") or 0)
    for stop in range(1, last + 1):
        whole = stop in (1, last - 1, last)
        for share in SHARES if whole or stop % 2 else SHARES[-1:]:
            handle.evaluate("(it, to) => { it.value = to; it.dispatchEvent(new Event('input')); }", stop - 1 + share)
            page.wait_for_timeout(60)
            yield page.screenshot()


def save(frames: Iterator[bytes], name: str) -> None:
    """Write an animation that begins again after its end."""
    pictures = [Image.open(io.BytesIO(frame)).convert("RGB") for frame in frames]
    height = WIDTH * SIZE[1] // SIZE[0]
    small = [picture.resize((WIDTH, height), Image.Resampling.LANCZOS) for picture in pictures]
    durations = [FRAME_MS] * (len(small) - 1) + [REST_MS]
    small[0].save(
        ASSETS / name, save_all=True, append_images=small[1:], duration=durations, loop=0, quality=QUALITY, method=4
    )
    print(name, f"{(ASSETS / name).stat().st_size / 1e6:.2f} MB", f"{len(small)} frames")


if __name__ == "__main__":
    main(sys.argv[1])

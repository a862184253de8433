"""Script that takes the README's screenshots: `python -m tests.browser.screenshot ADDRESS`.

It draws a digit with the mouse and goes half-way through an iteration.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from tests.browser import chromium
from tests.browser.digits import DIGITS
from tests.browser.rest import place_of

ASSETS: Final = Path(__file__).parents[2] / "assets"


def main(address: str) -> None:
    """Take the screenshots."""
    options = chromium.launch_options()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.set_default_timeout(60_000)
        page.goto(address)
        view = page.locator('[data-testid="network-view"][data-prediction="7"]')
        view.wait_for()
        pad = page.locator('canvas[aria-label="Drawing pad"]')
        box = place_of(pad)
        for stroke in DIGITS[5]:
            points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
            page.mouse.move(*points[0])
            page.mouse.down()
            for x, y in points[1:]:
                page.mouse.move(x, y, steps=4)
            page.mouse.up()
        page.locator('[data-testid="network-view"][data-prediction="5"]').wait_for()
        page.mouse.move(1, 1)
        page.wait_for_timeout(1000)
        page.screenshot(path=ASSETS / "screenshot.png")
        page.goto(f"{address}/step?stop=33")
        page.locator('[data-testid="network-view"][data-frame="32"]').wait_for()
        page.mouse.move(1, 1)
        page.wait_for_timeout(1000)
        page.screenshot(path=ASSETS / "step.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])

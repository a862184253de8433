"""Functions that open the app with only the network view, and one of its units."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from playwright.sync_api import Locator, Page, expect

from lenet.networks.forward import Layer
from tests.browser.rest import ended

APP: Final = Path(__file__).parent / "apps" / "network.py"
DIGIT: Final = 3

View = Callable[..., Locator]


def open_view(page: Page, address: str, name: str = "LeNet5", **query: object) -> Locator:
    """Open the app and wait for the picture.

    Args:
        page: page to open it in.
        address: of the served app.
        name: network.
        query: further parameters of the app.
    """
    settings = {"network": name, "digit": DIGIT, **query}
    page.goto(f"{address}/?" + "&".join(f"{key}={value}" for key, value in settings.items()))
    found = page.get_by_test_id("network-view")
    expect(found).to_have_attribute("data-seq", str(settings["digit"]))
    # Until the script has ended, elements above may still appear and move the picture away from the pointer.
    ended(page)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return found


def label(layer: Layer, unit: int, classes: bool = False) -> str:
    """Name of a map for assistive technology."""
    if len(layer.shape) == 3:
        count, height, width = layer.shape
        return f"{layer.name} channel {unit} of {count}, output, {height}×{width}"
    if classes:
        return f"{layer.name} digit {unit}, output"
    return f"{layer.name} unit {unit} of {layer.shape[0]}, output"


def open_unit(view: Locator, name: str) -> Locator:
    """Close the unit that is open, because meanwhile the others are small, and open another."""
    detail = view.get_by_test_id("network-detail")
    if detail.is_visible():
        view.page.keyboard.press("Escape")
        expect(detail).to_be_hidden()
        at_rest(view)
    view.get_by_label(name, exact=True).click()
    expect(detail).to_be_visible()
    at_rest(view)
    return detail


def at_rest(view: Locator) -> None:
    """Wait until nothing flies any more."""
    expect(view.locator(".flight")).to_have_count(0)
    view.evaluate("root => Promise.all(root.getAnimations({ subtree: true }).map((one) => one.finished))")

"""Functions that wait for a page to come to rest, point at its elements, open its settings and use its lists."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from playwright.sync_api import Error, FloatRect, Locator, Page, expect

TRIES = 40
PATIENCE_S = 120
"""Longest wait in seconds for anything; generous, because a busy computer is slow and no test measures time."""

# A Streamlit page is at rest when its script has ended, its fonts are loaded and everything above has its final height.
_STILL_MS = 150
_WHEN_STILL = """async (element, still) => {
    await document.fonts.ready;
    const place = () => {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [x, y, width, height].join();
    };
    let last = place();
    let since = performance.now();
    while (performance.now() - since < still) {
        await new Promise((done) => requestAnimationFrame(done));
        if (place() !== last) {
            last = place();
            since = performance.now();
        }
    }
}"""


def wait_until(page: Page, reached: Callable[[], bool], what: str) -> None:
    """Poll a condition until it is true.

    Args:
        page: page whose events are handled meanwhile.
        reached: returns True once the condition holds.
        what: description for the error if it never does.
    """
    end = monotonic() + PATIENCE_S
    while not reached():
        assert monotonic() < end, f"never came: {what}"
        page.wait_for_timeout(50)


def ended(page: Page) -> None:
    """Wait until Streamlit's script has ended."""
    expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_attached()


def in_theme(page: Page, theme: str) -> None:
    """Change the system's theme, "light" or "dark", and wait until the page has followed without a reload."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    ended(page)
    page.wait_for_function("() => document.getAnimations().every((one) => one.playState === 'finished')")


def place_of(found: Locator) -> FloatRect:
    """Position of an element once Streamlit's script has ended, in pixels from the window's corner.

    Args:
        found: one element on a Streamlit page.
    """
    ended(found.page)
    return place_without_server(found)


def place_without_server(found: Locator) -> FloatRect:
    """Position of an element at rest, even if Streamlit's script never ends because its server is gone.

    Args:
        found: one element.
    """
    found.evaluate(_WHEN_STILL, _STILL_MS)
    box = found.bounding_box()
    assert box, "the element isn't shown"
    return box


def point(found: Locator, x: float = 0.5, y: float = 0.5) -> tuple[float, float]:
    """Move the mouse over an element, and again if the page moved meanwhile.

    Args:
        found: one element on a Streamlit page.
        x: position in the element, as a share of its width.
        y: position in the element, as a share of its height.

    Returns:
        Position of the mouse, in pixels from the window's corner.
    """
    mouse = found.page.mouse
    for _ in range(TRIES):
        found.scroll_into_view_if_needed()
        box = place_of(found)
        at = box["x"] + x * box["width"], box["y"] + y * box["height"]
        mouse.move(at[0] - 2, at[1])  # a mouse that is already there would cause no event
        mouse.move(*at)
        if place_of(found) == box:
            return at
    raise AssertionError("the page doesn't come to rest")


def open_settings(page: Page) -> None:
    """Open the line of the iteration's settings, unless it is open."""
    fields = page.locator(".st-key-iteration-settings")
    ended(page)
    if not fields.is_visible():
        page.locator(".st-key-iteration-bar").get_by_test_id("stPopoverButton").click()
    expect(fields).to_be_visible()


def choose(box: Locator, option: str | None = None) -> None:
    """Choose from a list of Streamlit's, and open it again if a run of the script closes it meanwhile.

    Args:
        box: the list's combobox.
        option: the option's words, None for the first option.
    """
    page = box.page
    wanted = page.get_by_role("option", name=option, exact=True).last if option else page.get_by_role("option").first
    for _ in range(TRIES):
        ended(page)
        box.click()
        with suppress(Error):
            wanted.click(timeout=3000)
            return
    raise AssertionError(f"the list never offers {option!r}")

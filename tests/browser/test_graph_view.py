"""Tests of the graph view in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.apps import graph
from tests.browser.rest import choose, ended, place_of, point

APP = Path(__file__).parent / "apps" / "graph.py"

RESTING_MS = 150
"""Time for which fingers rest before they are lifted."""

View = Callable[..., Locator]


@pytest.fixture
def view(page: Page, serve: Callable[[Path], str]) -> View:
    """Function that opens the app and waits for the drawing."""
    return lambda name="chain", on=page: open_view(on, serve(APP), name)


def open_view(page: Page, url: str, name: str) -> Locator:
    page.goto(f"{url}/?graph={name}")
    found = page.get_by_test_id("graph-view")
    expect(found).to_have_attribute("data-boxes", str(len(getattr(graph, name)()[0])))
    expect(found).to_have_attribute("data-seq", "7")
    ended(page)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return found


def box(view: Locator, name: str) -> Locator:
    return view.locator(f'[data-id="{name}"]')


def python_has(page: Page, name: str) -> None:
    expect(page.get_by_text(f"Python has: {name}", exact=True)).to_be_visible()


def scale(view: Locator) -> float:
    return float(view.get_attribute("data-scale") or "nan")


def at_rest(view: Locator) -> Locator:
    """Wait until nothing moves."""
    view.evaluate(
        """async (root) => {
          const moving = root.querySelector("svg.surface > g");
          for (let before = ""; before !== moving.getAttribute("transform");) {
            before = moving.getAttribute("transform");
            await new Promise((done) => setTimeout(done, 120));
          }
        }"""
    )
    return view


def middle(found: Locator) -> tuple[float, float]:
    box = place_of(found)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_every_box_is_there_with_its_words_and_its_arrows(view: View) -> None:
    boxes, arrows = graph.chain()
    found = view()
    options = found.get_by_role("listbox").get_by_role("option")
    expect(options).to_have_count(len(boxes))
    assert options.evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))") == [
        one.title for one in boxes
    ]
    assert found.locator(".arrow-label").all_text_contents() == [arrow.label for arrow in arrows]
    expect(box(found, "1")).to_contain_text("AddmmBackward0")
    assert set(found.locator(".legend-kind").all_text_contents()) == {"loss", "linear", "activation", "reshape", "leaf"}


def test_a_click_selects_at_once_and_tells_python(view: View, page: Page) -> None:
    found = view()
    box(found, "3").click()
    expect(found).to_have_attribute("data-selected", "3")
    expect(box(found, "3")).to_have_attribute("aria-selected", "true")
    expect(found.locator(".arrow.is-lit")).to_have_count(2)
    python_has(page, "3")
    box(found, "5").click()
    box(found, "7").click()
    python_has(page, "7")
    expect(found).to_have_attribute("data-selected", "7")
    expect(found.locator('[aria-selected="true"]')).to_have_count(1)


def test_python_can_select(view: View, page: Page) -> None:
    found = view()
    box(found, "3").click()
    python_has(page, "3")
    choose(page.get_by_role("combobox", name="From Python"), "6")
    expect(found).to_have_attribute("data-selected", "6")
    box(found, "4").click()
    python_has(page, "4")


def test_the_keys_walk_along_the_arrows(view: View, page: Page) -> None:
    found = view()
    found.get_by_label("Find a node").focus()
    for _ in range(2):  # skip the choice of colours
        page.keyboard.press("Tab")
    expect(box(found, "0")).to_be_focused()
    ways = [("ArrowDown", "1"), ("ArrowDown", "3"), ("ArrowLeft", "2"), ("ArrowUp", "1"), ("ArrowDown", "3")]
    ways += [("ArrowRight", "4"), ("ArrowDown", "6"), ("ArrowDown", "6"), ("Home", "0"), ("ArrowUp", "0"), ("End", "9")]
    for key, goes_to in ways:
        page.keyboard.press(key)
        expect(box(found, goes_to)).to_be_focused()
    expect(found).to_have_attribute("data-selected", "")
    page.keyboard.press("Enter")
    expect(found).to_have_attribute("data-selected", "9")
    python_has(page, "9")
    expect(box(found, "9")).to_be_focused()
    expect(found.locator('[role="option"][tabindex="0"]')).to_have_count(1)


def test_finding(view: View, page: Page) -> None:
    found = view()
    field = found.get_by_label("Find a node")
    field.fill("FC2.")
    expect(found.get_by_role("status")).to_have_text("2 found")
    expect(found.locator(".is-left-out")).to_have_count(8)
    for name, says in (("2", "1 of 2"), ("6", "2 of 2"), ("2", "1 of 2")):
        field.press("Enter")
        expect(found.get_by_role("status")).to_have_text(says)
        expect(found).to_have_attribute("data-selected", name)
        expect(field).to_be_focused()
    python_has(page, "2")
    field.press("Shift+Enter")
    expect(found).to_have_attribute("data-selected", "6")
    field.fill("no such node")
    expect(found.get_by_role("status")).to_have_text("none found")
    field.press("Enter")
    expect(found).to_have_attribute("data-selected", "6")
    field.press("Escape")
    expect(found.locator(".is-left-out")).to_have_count(0)


def test_zoom_and_show_all(view: View, page: Page) -> None:
    found = at_rest(view())
    first = scale(found)
    found.get_by_role("button", name="Zoom in").click()
    assert scale(at_rest(found)) == pytest.approx(1.3 * first, rel=0.01)
    found.get_by_role("button", name="Zoom out").click()
    found.get_by_role("button", name="Zoom out").click()
    expect(found).not_to_have_attribute("data-scale", f"{first:.3f}")
    assert scale(at_rest(found)) < first
    found.get_by_role("button", name="Show all").click()
    assert scale(at_rest(found)) == pytest.approx(first, rel=0.01)
    # The wheel scrolls the page, even after a click on a node; with Ctrl it zooms.
    box(found, "3").click()
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    page.mouse.wheel(0, 300)
    page.wait_for_function(f"{scrolled} > 0")
    assert scale(at_rest(found)) == pytest.approx(first, rel=0.01)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    point(found.locator(".surface"))
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    expect(found).not_to_have_attribute("data-scale", f"{first:.3f}")
    assert scale(at_rest(found)) > first
    box(found, "3").click()
    page.keyboard.press("0")
    assert scale(at_rest(found)) == pytest.approx(first, rel=0.01)


def test_a_drag_moves_the_graph_and_selects_nothing(view: View, page: Page) -> None:
    found = at_rest(view())
    x, y = middle(box(found, "3"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 30, steps=4)
    page.mouse.up()
    moved = middle(box(found, "3"))
    assert moved == (pytest.approx(x + 40, abs=5), pytest.approx(y - 30, abs=5))
    expect(found).to_have_attribute("data-selected", "")
    box(found, "3").click()
    expect(found).to_have_attribute("data-selected", "3")
    # However far the drawing is dragged, a part stays in the window.
    for _ in range(4):
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x - 700, y - 380, steps=3)
        page.mouse.up()
    window, drawing = place_of(found.locator(".window")), place_of(found.locator(".boxes"))
    assert drawing["x"] + drawing["width"] > window["x"] + 20
    assert drawing["y"] + drawing["height"] > window["y"] + 20


def test_two_fingers_zoom(new_page: Callable[..., Page], view: View) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    found = at_rest(view(on=page))
    first = scale(found)
    x, y = middle(found.locator(".surface"))
    client = page.context.new_cdp_session(page)
    for kind, spread in (("touchStart", 40), ("touchMove", 60), ("touchMove", 80), ("touchEnd", 0)):
        if kind == "touchEnd":
            # Fingers lifted while moving start a fling, and a tap that ends a fling causes no click.
            page.wait_for_timeout(RESTING_MS)
        points = [{"x": x - spread, "y": y, "id": 0}, {"x": x + spread, "y": y, "id": 1}] if spread else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert scale(at_rest(found)) == pytest.approx(2 * first, rel=0.1)
    box(found, "5").tap()
    expect(found).to_have_attribute("data-selected", "5")
    python_has(page, "5")


def test_a_click_without_a_pointer_counts_after_a_drag(new_page: Callable[..., Page], view: View) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    found = at_rest(view(on=page))
    x, y = middle(found.locator(".surface"))
    client = page.context.new_cdp_session(page)
    for kind, shift in (("touchStart", 0), ("touchMove", 50), ("touchEnd", None)):  # no click follows
        points = [] if shift is None else [{"x": x + shift, "y": y}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    box(found, "5").dispatch_event("click")  # as assistive technology does
    expect(found).to_have_attribute("data-selected", "5")


def test_colours_by_norm(view: View) -> None:
    found = view()
    expect(found).to_have_attribute("data-color", "kind")
    found.get_by_text("gradient norm").click()
    expect(found).to_have_attribute("data-color", "norm")
    expect(box(found, "3")).to_contain_text("0.05")
    expect(box(found, "8")).to_contain_text("not computed yet")
    expect(found.locator(".is-unknown")).to_have_count(2)
    expect(found.locator(".legend").get_by_role("img")).to_have_attribute("aria-label", "from 0.004 to 4")
    assert found.locator(".arrow-label").first.text_content() == "0.8"
    fills = {name: box(found, name).locator(".frame").evaluate("one => getComputedStyle(one).fill") for name in "03456"}
    assert fills["4"] == fills["6"] != fills["0"]
    assert len({fills[name] for name in "0345"}) == 4
    assert "not computed yet" in (box(found, "8").get_attribute("aria-label") or "")


def test_what_is_no_number_is_said(view: View, page: Page) -> None:
    found = view("broken")
    found.get_by_text("gradient norm").click()
    expect(box(found, "a")).to_contain_text("NaN")
    expect(box(found, "b")).to_contain_text("∞")
    expect(box(found, "d")).to_contain_text("not computed yet")
    expect(found.locator(".is-broken")).to_have_count(2)
    expect(box(found, "a")).to_contain_text("<img")  # as text
    expect(found.locator("img")).to_have_count(0)
    box(found, "b").click()
    python_has(page, "b")


def test_nothing_to_draw_is_no_error(view: View) -> None:
    expect(view("empty").get_by_role("option")).to_have_count(0)


def test_two_hundred_boxes_stay_usable(view: View, page: Page) -> None:
    found = at_rest(view("blocks"))
    assert scale(found) > 0.7, "readable at first, from the root on"
    expect(box(found, "loss")).to_be_in_viewport()
    field = found.get_by_label("Find a node")
    field.fill("conv21")
    at_rest(found)
    expect(box(found, "conv21")).to_be_in_viewport()
    expect(found).to_have_attribute("data-selected", "")
    field.press("Enter")
    expect(found).to_have_attribute("data-selected", "conv21")
    at_rest(found)
    expect(box(found, "conv21")).to_be_in_viewport()
    python_has(page, "conv21")
    field.fill("")
    found.get_by_role("button", name="Show all").click()
    at_rest(found)
    window, drawing = place_of(found.locator(".window")), place_of(found.locator(".boxes"))
    assert drawing["y"] >= window["y"]
    assert drawing["y"] + drawing["height"] <= window["y"] + window["height"]
    expect(found.locator(".arrow-label").first).to_be_hidden()  # too small to be read


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_it_is_accessible(new_page: Callable[..., Page], view: View, scheme: str, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    found = view(on=page)
    expect(found).to_have_attribute("data-theme", scheme)
    box(found, "3").click()
    python_has(page, "3")
    for color in ("kind", "gradient norm"):
        found.get_by_text(color, exact=True).click()
        results = Axe().run(page, context=".st-key-graph")
        assert results.violations_count == 0, results.generate_report()
    window = place_of(found.locator(".window"))
    assert window["x"] + window["width"] <= width

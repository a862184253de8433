"""Tests of the pad in a real browser: input by pointer and keyboard, and what reaches Python."""

from __future__ import annotations

import base64
import io
import json
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import FloatRect, Page, WebSocketRoute, expect

from lenet.digits.drawing import MAX_POINTS, Drawing, Stroke, rasterize
from playground.components.drawing_pad import MAX_PICTURE_BYTES
from playground.text import text
from tests.browser.rest import PATIENCE_S, place_of

APP = Path(__file__).parent / "apps" / "pad.py"
HERE = Path(__file__).parents[2] / "playground" / "components" / "drawing_pad"

Echo = dict[str, Any]
Points = Sequence[tuple[float, float]]
SEVEN: Points = ((0.25, 0.2), (0.75, 0.2), (0.5, 0.5), (0.4, 0.85))


@pytest.fixture
def url(serve: Callable[[Path], str]) -> str:
    return serve(APP)


@pytest.fixture
def pad(page: Page, url: str) -> Page:
    return opened(page, url)


def opened(page: Page, url: str, stored: str | None = None) -> Page:
    """Open the pad with this text in its storage, and wait for it."""
    if stored is not None:
        page.goto(f"{url}/_stcore/health")  # a page on the same origin, with the same storage
        page.evaluate("stored => sessionStorage.setItem('cnn-playground.pad', stored)", stored)
    page.goto(url)
    until(page, lambda echo: echo["revision"] > 0)
    return page


def canvas_box(page: Page) -> FloatRect:
    return place_of(page.get_by_label("Drawing pad"))


def inside(box: FloatRect, x: float, y: float) -> tuple[float, float]:
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    return inside(canvas_box(page), x, y)


def draw(page: Page, points: Points, steps: int = 1) -> None:
    box = canvas_box(page)
    places = [inside(box, *point) for point in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


def until(page: Page, reached: Callable[[Echo], bool]) -> Echo:
    """Wait until Python's echo fulfils a condition, and return the echo."""
    end = time.monotonic() + PATIENCE_S
    echo: Echo = {}
    while time.monotonic() < end:
        echo = json.loads(page.locator("pre").inner_text())
        sent = int(page.get_by_label("Drawing pad").get_attribute("data-seq") or 0)
        if echo["revision"] == sent and reached(echo):
            return echo
        page.wait_for_timeout(50)
    raise AssertionError(f"not reached: {echo}")


def strokes(count: int, last: Points = SEVEN) -> Callable[[Echo], bool]:
    """Condition that this number of strokes has arrived, the last one completely."""

    def reached(echo: Echo) -> bool:
        found = echo["strokes"]
        return len(found) == count and bool(np.abs(np.subtract(found[-1]["points"][-1], last[-1])).max() < 0.01)

    return reached


def ink_of(echo: Echo) -> np.ndarray[Any, np.dtype[np.uint8]]:
    strokes = [Stroke(np.array(s["points"], np.float32), s["width"], s["erase"]) for s in echo["strokes"]]
    return rasterize(Drawing(tuple(strokes)))


def shapes(ink: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
    """Number of connected regions of ink."""
    picture = Image.fromarray(np.where(ink > 127, 255, 0).astype(np.uint8)).copy()
    count = 0
    while (left := np.argwhere(np.asarray(picture) == 255)).size:
        ImageDraw.floodfill(picture, (int(left[0][1]), int(left[0][0])), 0)
        count += 1
    return count


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def written(size: tuple[int, int] = (400, 300)) -> bytes:
    """PNG file of a dark stroke on light paper."""
    picture = Image.new("L", size, 235)
    ImageDraw.Draw(picture).line((150, 60, 250, 60, 180, 240), fill=30, width=24)
    return png(picture)


def give(page: Page, kind: str, content: bytes, target: str = "document") -> None:
    """Paste or drop a PNG file."""
    page.evaluate(
        """([kind, content, target]) => {
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            const transfer = new DataTransfer();
            const list = Object.assign(document.createElement("input"), { type: "text", role: "combobox" });
            document.body.append(list);
            transfer.items.add(new File([bytes], "digit.png", { type: "image/png" }));
            const field = document.querySelector("input[aria-label='Somewhere to write']");
            const event = kind === "paste"
                ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, composed: true })
                : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, composed: true });
            const find = (root) => root.querySelector("canvas[aria-label='Drawing pad']")
                ?? [...root.querySelectorAll("*")].map((e) => e.shadowRoot && find(e.shadowRoot)).find(Boolean);
            ({ document, field, list, pad: find(document) })[target].dispatchEvent(event);
        }""",
        [kind, base64.b64encode(content).decode(), target],
    )


# Strokes


def test_a_stroke_at_any_speed_is_one_connected_line(pad: Page) -> None:
    draw(pad, SEVEN)
    echo = until(pad, strokes(1))
    points = np.array(echo["strokes"][0]["points"])
    for corner in SEVEN:
        assert np.abs(points - corner).max(1).min() < 0.01
    assert shapes(ink_of(echo)) == 1


def test_the_pad_shows_what_python_draws(pad: Page) -> None:
    draw(pad, SEVEN, steps=7)
    draw(pad, ((0.3, 0.55), (0.7, 0.6)), steps=3)
    pad.get_by_role("button", name="Eraser").click()
    draw(pad, line := ((0.2, 0.3), (0.8, 0.25)), steps=3)
    echo = until(pad, strokes(3, line))
    pad.mouse.move(0, 0)
    shown = np.array(
        pad.get_by_label("Drawing pad").evaluate(
            "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((_, i) => i % 4 === 0)]"
        )
    ).reshape(280, 280)
    paper, ink = shown.max(), shown.min()
    preview = (paper - shown) / (paper - ink)
    drawn = ink_of(echo) / 255
    assert ((preview > 0.5) != (drawn > 0.5)).mean() < 0.01
    assert np.abs(preview - drawn).mean() < 0.01


def test_the_drawing_arrives_during_the_stroke(pad: Page) -> None:
    pad.mouse.move(*at(pad, 0.2, 0.2))
    pad.mouse.down()
    pad.mouse.move(*at(pad, 0.8, 0.2), steps=5)
    first = until(pad, lambda echo: len(echo["strokes"]) == 1 and echo["ink"] > 0)
    pad.mouse.move(*at(pad, 0.8, 0.8), steps=5)
    second = until(pad, lambda echo: echo["ink"] > first["ink"])
    pad.mouse.up()
    last = until(pad, lambda echo: echo["revision"] > second["revision"])
    assert len(last["strokes"]) == 1


def test_a_click_is_a_dot(pad: Page) -> None:
    pad.mouse.click(*at(pad, 0.5, 0.5))
    echo = until(pad, lambda echo: len(echo["strokes"]) == 1)
    assert echo["strokes"][0]["points"] == [pytest.approx([0.5, 0.5], abs=0.01)]
    assert echo["ink"] == pytest.approx(np.pi / 4 * (0.09 * 280) ** 2, rel=0.1)


def test_a_stroke_goes_on_beyond_the_edge_and_back(pad: Page) -> None:
    draw(pad, path := ((0.5, 0.5), (1.3, 0.5), (1.3, 0.8), (0.5, 0.8)), steps=4)
    echo = until(pad, strokes(1, path))
    points = np.array(echo["strokes"][0]["points"])
    assert points[:, 0].max() == pytest.approx(1.3, abs=0.01)


def test_width_and_eraser(pad: Page) -> None:
    draw(pad, line := ((0.2, 0.5), (0.8, 0.5)))
    medium = until(pad, strokes(1, line))
    pad.get_by_role("button", name="Thick").click()
    draw(pad, line := ((0.2, 0.2), (0.8, 0.2)))
    thick = until(pad, strokes(2, line))
    assert thick["ink"] > 2 * medium["ink"]
    pad.get_by_role("button", name="Eraser").click()
    draw(pad, ((0.0, 0.2), (1.0, 0.2)))
    draw(pad, line := ((0.0, 0.5), (1.0, 0.5)))
    assert until(pad, strokes(4, line))["ink"] < 0.01 * medium["ink"]


def test_undo_redo_and_clear(pad: Page) -> None:
    undo, redo, clear = (pad.get_by_role("button", name=name, exact=True) for name in ("Undo", "Redo", "Clear"))
    for button in (undo, redo, clear):
        expect(button).to_have_attribute("aria-disabled", "true")
    draw(pad, SEVEN)
    draw(pad, ((0.3, 0.5), (0.7, 0.5)))
    until(pad, lambda echo: len(echo["strokes"]) == 2)
    undo.click()
    until(pad, lambda echo: len(echo["strokes"]) == 1)
    redo.click()
    until(pad, lambda echo: len(echo["strokes"]) == 2)
    clear.click()
    until(pad, lambda echo: echo["strokes"] == [])
    expect(pad.get_by_text("Draw a digit here")).to_be_visible()
    undo.click()
    until(pad, lambda echo: len(echo["strokes"]) == 2)
    undo.click()
    draw(pad, ((0.5, 0.1), (0.5, 0.9)))
    until(pad, lambda echo: len(echo["strokes"]) == 2)
    expect(redo).to_have_attribute("aria-disabled", "true")


# Keyboard


def test_drawing_by_keyboard(pad: Page) -> None:
    pad.get_by_label("Drawing pad").focus()
    pad.keyboard.press("Shift+ArrowUp")
    pad.keyboard.press("Space")
    expect(pad.get_by_text("Pen down")).to_have_count(1)
    for _ in range(5):
        pad.keyboard.press("ArrowRight")
    pad.keyboard.press("Shift+ArrowDown")
    pad.keyboard.press("Enter")
    pad.keyboard.press("ArrowLeft")
    echo = until(pad, lambda echo: len(echo["strokes"]) == 1 and len(echo["strokes"][0]["points"]) == 7)
    assert echo["strokes"][0]["points"][0] == pytest.approx([0.5, 0.42])
    assert echo["strokes"][0]["points"][-1] == pytest.approx([0.6, 0.5])


def test_shortcuts(pad: Page) -> None:
    draw(pad, SEVEN)
    draw(pad, ((0.3, 0.5), (0.7, 0.5)))
    until(pad, lambda echo: len(echo["strokes"]) == 2)
    for keys, strokes in (("Control+z", 1), ("Control+Shift+z", 2), ("Control+z", 1), ("Control+y", 2), ("Delete", 0)):
        pad.keyboard.press(keys)
        until(pad, lambda echo, strokes=strokes: len(echo["strokes"]) == strokes)  # type: ignore[misc]
    pad.keyboard.press("e")
    expect(pad.get_by_role("button", name="Eraser")).to_have_attribute("aria-pressed", "true")
    pad.keyboard.press("p")
    expect(pad.get_by_role("button", name="Pen", exact=True)).to_have_attribute("aria-pressed", "true")


# Touch


def test_a_finger_draws_and_the_page_stays(new_page: Callable[..., Page], url: str) -> None:
    page = opened(new_page(has_touch=True, is_mobile=True, viewport={"width": 360, "height": 640}), url)
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = []
        for number, place in enumerate(places):
            x, y = at(page, *place)
            points.append({"x": x, "y": y, "id": number})
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    before = canvas_box(page)
    fingers("touchStart", (0.5, 0.8))
    for step in range(1, 9):
        fingers("touchMove", (0.5, 0.8 - 0.08 * step))
    # The second finger draws nothing.
    fingers("touchStart", (0.5, 0.16), (0.1, 0.1))
    fingers("touchMove", (0.5, 0.16), (0.1, 0.5))
    fingers("touchEnd")
    echo = until(page, strokes(1, [(0.5, 0.16)]))
    assert canvas_box(page) == before
    assert np.array(echo["strokes"][0]["points"])[:, 0] == pytest.approx(0.5, abs=0.01)

    fingers("touchStart", (0.2, 0.2))
    fingers("touchMove", (0.2, 0.5))
    fingers("touchCancel")
    kept = until(page, lambda echo: len(echo["strokes"]) == 2)
    assert len(kept["strokes"][1]["points"]) >= 2


class Hand:
    """Simulated pen and fingers on a pad; positions are shares of its side."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)
        self.box = canvas_box(page)

    def fingers(self, kind: str, *places: tuple[float, float], radius: float = 8) -> None:
        points: list[dict[str, float]] = []
        for number, place in enumerate(places):
            x, y = inside(self.box, *place)
            points.append({"x": x, "y": y, "id": number, "radiusX": radius, "radiusY": radius})
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def pen(self, kind: str, place: tuple[float, float]) -> None:
        x, y = inside(self.box, *place)
        held = {"button": "none"} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
        pressed = {"buttons": int(kind != "mouseReleased")}
        event = {"type": kind, "x": x, "y": y, "pointerType": "pen", **held, **pressed}
        self.session.send("Input.dispatchMouseEvent", event)

    def write(self, *places: tuple[float, float]) -> None:
        self.pen("mousePressed", places[0])
        for place in places[1:]:
            self.pen("mouseMoved", place)
        self.pen("mouseReleased", places[-1])


@pytest.fixture
def hand(new_page: Callable[..., Page], url: str) -> Hand:
    return Hand(opened(new_page(has_touch=True, viewport={"width": 800, "height": 900}), url))


LINE = ((0.3, 0.2), (0.3, 0.5), (0.3, 0.8))


@pytest.mark.parametrize("radius", [8, 60])
def test_a_palm_that_rests_first_leaves_the_stroke_to_the_pen(hand: Hand, radius: float) -> None:
    hand.fingers("touchStart", (0.8, 0.9), radius=radius)
    hand.fingers("touchMove", (0.82, 0.9), radius=radius)
    hand.write(*LINE)
    hand.fingers("touchEnd")
    echo = until(hand.page, strokes(1, LINE))
    assert np.array(echo["strokes"][0]["points"])[:, 0] == pytest.approx(0.3, abs=0.01)


def test_a_palm_that_comes_after_the_pen_leaves_nothing(hand: Hand) -> None:
    hand.pen("mousePressed", LINE[0])
    hand.fingers("touchStart", (0.8, 0.9))
    hand.fingers("touchMove", (0.7, 0.7))
    for place in LINE[1:]:
        hand.pen("mouseMoved", place)
    hand.pen("mouseReleased", LINE[-1])
    hand.fingers("touchEnd")
    hand.fingers("touchStart", (0.8, 0.9))
    hand.fingers("touchEnd")
    second = tuple((0.6, y) for _, y in LINE)
    hand.write(*second)
    echo = until(hand.page, strokes(2, second))
    assert np.array(echo["strokes"][0]["points"])[:, 0] == pytest.approx(0.3, abs=0.01)


def test_the_tap_of_a_palm_before_the_pen_leaves_nothing(hand: Hand) -> None:
    hand.fingers("touchStart", (0.8, 0.9))
    hand.fingers("touchEnd")
    hand.write(*LINE)
    until(hand.page, strokes(1, LINE))


def test_the_tap_of_something_wide_leaves_nothing(hand: Hand) -> None:
    hand.fingers("touchStart", (0.8, 0.9), radius=60)
    hand.fingers("touchEnd")
    hand.fingers("touchStart", (0.5, 0.9))
    hand.fingers("touchCancel")
    hand.fingers("touchStart", (0.5, 0.5))
    hand.fingers("touchEnd")
    echo = until(hand.page, lambda echo: len(echo["strokes"]) == 1)
    assert echo["strokes"][0]["points"] == [pytest.approx([0.5, 0.5], abs=0.01)]


def test_two_fingers_draw_nothing(hand: Hand) -> None:
    hand.fingers("touchStart", (0.3, 0.3))
    hand.fingers("touchMove", (0.32, 0.33))
    hand.fingers("touchStart", (0.32, 0.33), (0.7, 0.7))
    for step in range(1, 6):
        hand.fingers("touchMove", (0.32 - 0.04 * step, 0.3), (0.7 + 0.04 * step, 0.7))
    hand.fingers("touchEnd")
    hand.fingers("touchStart", (0.2, 0.2))
    hand.fingers("touchMove", (0.2, 0.5))
    hand.fingers("touchEnd")
    echo = until(hand.page, strokes(1, [(0.2, 0.5)]))
    assert len(echo["strokes"]) == 1


def test_back_in_the_middle_of_a_stroke_keeps_it(fresh_page: Page, url: str) -> None:
    page = fresh_page
    page.goto("about:blank")
    opened(page, url)
    page.mouse.move(*at(page, 0.3, 0.2))
    page.mouse.down()
    page.mouse.move(*at(page, 0.3, 0.8), steps=4)
    page.go_back()
    page.mouse.up()
    page.goto(url)
    until(page, strokes(1, [(0.3, 0.8)]))


# Keeping


def test_a_reload_keeps_the_drawing(pad: Page) -> None:
    draw(pad, SEVEN)
    before = until(pad, strokes(1))
    pad.reload()
    after = until(pad, lambda echo: len(echo["strokes"]) == 1)
    assert after["strokes"] == before["strokes"]
    draw(pad, ((0.3, 0.5), (0.7, 0.5)))
    until(pad, lambda echo: len(echo["strokes"]) == 2)


@pytest.mark.parametrize(
    "junk",
    [
        "not JSON",
        "null",
        "[1, 2]",
        '{"sheet": {"base": null, "strokes": [{"tool": "axe", "width": 1, "points": [0, 0]}]}}',
        '{"sheet": {"base": null, "strokes": [{"tool": "pen", "width": 0.1, "points": [0, "x"]}]}, "seen": 7}',
        '{"sheet": {"base": {"id": "a", "side": 2, "pixels": "????", "caption": "", "example": false}, "strokes": []}}',
        '{"sheet": {"base": null, "strokes": [{"tool": "pen", "width": 0.1, "points": [0, 1e9]}]}}',
    ],
)
def test_junk_in_the_storage_is_an_empty_pad(page: Page, url: str, junk: str) -> None:
    opened(page, url, junk)
    expect(page.get_by_text("Draw a digit here")).to_be_visible()
    draw(page, SEVEN)
    until(page, lambda echo: len(echo["strokes"]) == 1)


def test_a_full_drawing_says_so(page: Page, url: str) -> None:
    points = [0.3, 0.3, 0.7, 0.3] * ((MAX_POINTS - 4) // 2)
    sheet = {"base": None, "strokes": [{"tool": "pen", "width": 0.09, "points": points}]}
    opened(page, url, json.dumps({"sheet": sheet, "seen": []}))
    draw(page, ((0.2, 0.5), (0.8, 0.5)), steps=10)
    expect(page.get_by_role("alert").filter(has_text=text("drawing_pad")["full"])).to_be_visible()
    echo = until(page, lambda echo: len(echo["strokes"]) == 2)
    assert echo["points"] == MAX_POINTS
    draw(page, ((0.2, 0.7), (0.8, 0.7)), steps=10)
    page.get_by_role("button", name="Undo").click()
    until(page, lambda echo: len(echo["strokes"]) == 1)


# Digits and pictures


def test_random_digit_of_a_class_is_one_step_of_undo(pad: Page) -> None:
    draw(pad, SEVEN)
    until(pad, lambda echo: len(echo["strokes"]) == 1)
    pad.get_by_label("Which digit").select_option("3")
    pad.get_by_role("button", name="Random").click()
    digit = until(pad, lambda echo: echo["base"] and echo["strokes"] == [])
    assert digit["ink"] == 3 * 20 * 100
    expect(pad.get_by_text("3 bars")).to_be_visible()
    pad.get_by_label("Which digit").select_option("any")
    pad.get_by_role("button", name="Random").click()
    until(pad, lambda echo: echo["ink"] == 5 * 20 * 100)
    pad.get_by_role("button", name="Undo").click()
    assert until(pad, lambda echo: echo["ink"] == digit["ink"])["base_id"] == digit["base_id"]
    pad.get_by_role("button", name="Undo").click()
    until(pad, lambda echo: not echo["base"] and len(echo["strokes"]) == 1)
    expect(pad.get_by_text("3 bars")).to_have_count(0)
    pad.get_by_role("button", name="Redo").click()
    until(pad, lambda echo: echo["base"])
    pad.reload()
    until(pad, lambda echo: echo["base_id"] == digit["base_id"])
    expect(pad.get_by_text("3 bars")).to_be_visible()


def test_the_pen_takes_the_place_of_an_example(page: Page, url: str) -> None:
    page.goto(f"{url}?example=1")
    until(page, lambda echo: echo["base_id"] == "start")
    page.get_by_role("button", name="Eraser").click()
    draw(page, line := ((0.1, 0.5), (0.9, 0.5)))
    assert until(page, strokes(1, line))["base"]
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Pen", exact=True).click()
    draw(page, SEVEN)
    assert not until(page, strokes(1))["base"]
    expect(page.get_by_text("3 bars")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    until(page, lambda echo: echo["base_id"] == "start" and not echo["strokes"])
    expect(page.get_by_text("3 bars")).to_be_visible()


def test_an_uploaded_picture_becomes_a_drawing(pad: Page) -> None:
    with pad.expect_file_chooser() as chooser:
        pad.get_by_role("button", name="Upload").click()
    chooser.value.set_files({"name": "digit.png", "mimeType": "image/png", "buffer": written()})
    until(pad, lambda echo: echo["base"] and echo["ink"] > 1000)
    expect(pad.get_by_text("Your picture")).to_be_visible()
    # Choosing the same file again is a new request.
    pad.get_by_role("button", name="Clear").click()
    until(pad, lambda echo: echo["ink"] == 0)
    pad.locator("input[type=file]").set_input_files({"name": "digit.png", "mimeType": "image/png", "buffer": written()})
    until(pad, lambda echo: echo["base"])


@pytest.mark.parametrize(
    ("kind", "target"), [("paste", "document"), ("paste", "list"), ("drop", "pad"), ("drop", "document")]
)
def test_a_given_picture_becomes_a_drawing(pad: Page, kind: str, target: str) -> None:
    give(pad, kind, written(), target)
    until(pad, lambda echo: echo["base"] and echo["ink"] > 1000)


def test_a_file_over_the_page_shows_where_it_goes(pad: Page) -> None:
    hint = pad.get_by_text("Drop the picture anywhere on the page")
    expect(hint).to_be_hidden()
    drag = """(kind) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File(["x"], "digit.png", { type: "image/png" }));
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    pad.evaluate(drag, "dragover")
    expect(hint).to_be_visible()
    pad.evaluate(drag, "dragleave")
    expect(hint).to_be_hidden()


def test_of_several_digits_one_is_chosen(pad: Page) -> None:
    picture = Image.new("L", (700, 300), 235)
    pen = ImageDraw.Draw(picture)
    pen.line((150, 60, 250, 60, 180, 240), fill=30, width=24)
    pen.line((480, 60, 480, 240), fill=30, width=24)
    draw(pad, SEVEN)
    until(pad, lambda echo: len(echo["strokes"]) == 1)
    pad.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png(picture)})
    expect(pad.get_by_text("2 digits were found in the picture.")).to_be_visible()
    expect(pad.get_by_test_id("drawing-pad")).not_to_have_attribute("aria-busy", "true")
    assert not until(pad, lambda echo: len(echo["strokes"]) == 1)["base"]  # no digit is chosen automatically
    pad.get_by_role("button", name="Digit 2 of 2, from the left").click()
    second = until(pad, lambda echo: echo["base"])
    first_button = pad.get_by_role("button", name="Digit 1 of 2, from the left")
    first_button.click()
    first = until(pad, lambda echo: echo["base_id"] != second["base_id"])
    assert first["ink"] > second["ink"] > 1000
    expect(first_button).to_have_attribute("aria-pressed", "true")
    pad.get_by_role("button", name="Undo").click()
    until(pad, lambda echo: echo["base_id"] == second["base_id"])
    draw(pad, SEVEN)
    expect(first_button).to_have_count(0)


def test_a_large_photograph_is_made_smaller_before_it_is_sent(page: Page, url: str) -> None:
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    pad = opened(page, url)
    sent.clear()
    paper = np.random.default_rng(1).integers(215, 245, (3000, 4000), np.uint8)
    paper[800:2200, 1800:2100] = 30
    file = io.BytesIO()
    Image.fromarray(paper).save(file, "JPEG", quality=90)
    assert len(file.getvalue()) > 3_000_000
    pad.locator("input[type=file]").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    )
    until(pad, lambda echo: echo["base"] and echo["ink"] > 1000)
    assert max(sent) < 2_000_000


def test_a_format_that_the_browser_does_not_read_is_read_by_python(pad: Page) -> None:
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.open(io.BytesIO(written())).convert("RGB")).save(file)
    pad.locator("input[type=file]").set_input_files(
        {"name": "a.heic", "mimeType": "image/heic", "buffer": file.getvalue()}
    )
    until(pad, lambda echo: echo["base"] and echo["ink"] > 1000)


def test_an_upload_that_is_cut_off_says_so(fresh_page: Page, url: str) -> None:
    """The upload is lost first; then the browser notices that it is offline."""
    page = fresh_page
    cut = False

    def relay(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        socket.on_message(lambda message: None if cut else server.send(message))

    page.route_web_socket(re.compile("_stcore/stream"), relay)
    page.goto(url)
    until(page, lambda echo: echo["revision"] > 0)
    root = page.get_by_test_id("drawing-pad")
    cut = True
    page.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": written()})
    expect(root).to_have_attribute("aria-busy", "true")
    page.wait_for_timeout(500)
    page.evaluate("window.dispatchEvent(new Event('offline'))")
    expect(page.get_by_role("alert").filter(has_text="did not arrive")).to_be_visible()
    expect(root).not_to_have_attribute("aria-busy", "true")


def test_a_paste_into_a_text_field_is_not_ours(pad: Page) -> None:
    give(pad, "paste", written(), "field")
    draw(pad, SEVEN)
    assert not until(pad, lambda echo: len(echo["strokes"]) == 1)["base"]


def test_what_is_no_picture_says_so_until_something_is_drawn(pad: Page) -> None:
    draw(pad, SEVEN)
    alert = pad.get_by_role("alert").filter(has_text="PNG")
    pad.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"text"})
    expect(alert).to_be_visible()
    draw(pad, ((0.3, 0.5), (0.7, 0.5)))
    expect(alert).to_have_count(0)
    assert len(until(pad, lambda echo: len(echo["strokes"]) == 2)["strokes"]) == 2
    pad.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": b"text"})
    expect(alert).to_be_visible()


def test_a_picture_that_is_too_large_is_not_sent(page: Page, url: str, tmp_path: Path) -> None:
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    pad = opened(page, url)
    sent.clear()
    (tmp_path / "a.png").write_bytes(bytes(MAX_PICTURE_BYTES + 1))
    pad.locator("input[type=file]").set_input_files(tmp_path / "a.png")
    expect(pad.get_by_role("alert").filter(has_text="18 MB")).to_be_visible()
    draw(pad, SEVEN)
    until(pad, lambda echo: len(echo["strokes"]) == 1)
    assert sent
    assert max(sent) < 100_000


# The ink stages


def test_a_switch_turns_a_stage_off(pad: Page) -> None:
    draw(pad, SEVEN, steps=4)
    stages = pad.get_by_test_id("ink-stages").first
    for name, title in (
        ("box", "20-px box"),
        ("antialias", "Antialiased"),
        ("center", "Centre of mass"),
        ("pad", "Network input"),
    ):
        stages.get_by_role("switch", name=title).click()
        until(pad, lambda echo, name=name: not echo["steps"][name])  # type: ignore[misc]
    expect(stages.locator(".stage-size").filter(has_text=re.compile("^off: "))).to_have_count(4)
    stages.get_by_role("switch", name="20-px box").click()
    assert until(pad, lambda echo: echo["steps"]["box"])["steps"]["center"] is False


def test_each_stage_explains_itself(pad: Page) -> None:
    stages = pad.get_by_test_id("ink-stages").first
    expect(stages.get_by_text("empty")).to_have_count(5)
    note = stages.get_by_role("tooltip").filter(has_text="smallest box")
    expect(note).to_be_hidden()
    stages.get_by_role("button", name="About: Drawn").click()
    expect(note).to_be_visible()
    pad.keyboard.press("Escape")
    pad.mouse.move(0, 0)
    expect(note).to_be_hidden()

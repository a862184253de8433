"""Tests of the Draw page as a visitor uses it, served by `python -m playground`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page, WebSocketRoute, expect

from lenet.digits import drawing, ink, mnist
from lenet.networks import checkpoint, forward
from lenet.networks.models import build
from lenet.train import evaluate
from playground.experiment import opening_stroke
from playground.owner import COOKIE
from playground.text import text
from tests.browser.axe import RULES
from tests.browser.digits import DIGITS, Point
from tests.browser.rest import choose, ended, in_theme, place_of, wait_until

Open = Callable[..., Page]

ROOT = Path(__file__).parents[2]
TEXT, KEEP = text("draw"), text("keep_panel")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def visit(new_page: Open, playground: str) -> Callable[..., Page]:
    """Function that opens the playground in a new page and waits until a network is shown."""

    def go(path: str = "/", **options: object) -> Page:
        page = new_page(**options)
        page.goto(playground + path)
        if "filters" not in path:
            expect(view(page)).to_have_attribute("data-prediction", re.compile(r"\d"))
        return page

    return go


def pad(page: Page) -> Locator:
    return page.locator('canvas[aria-label="Drawing pad"]')


def view(page: Page) -> Locator:
    return page.get_by_test_id("network-view")


SIZES = [(1440, 900), (1920, 1080), (2560, 1440)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_picture_uses_the_height_there_is(visit: Open, width: int, height: int) -> None:
    page = visit(viewport={"width": width, "height": height})
    unit = view(page).get_by_role("img", name="conv1 channel 0 of 6, output, 28×28")
    assert place_of(unit)["width"] >= 66 * height / 900
    bottom = place_of(view(page).locator(".picture"))
    assert 0.8 * height < bottom["y"] + bottom["height"] < height
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    page.set_viewport_size({"width": width, "height": 700})
    expect(view(page).locator(".picture")).not_to_have_css("height", f"{bottom['height']:g}px")


def test_the_first_page_says_what_it_is_and_what_comes_next(visit: Open) -> None:
    page = visit()
    expect(page.get_by_text(TEXT["introduction"].replace("**", ""))).to_be_in_viewport()


def test_the_menu_closes_on_a_phone(visit: Open) -> None:
    page = visit(**PHONE)
    page.get_by_test_id("stExpandSidebarButton").tap()
    link = page.get_by_role("link", name="Step")
    expect(link).to_be_in_viewport()
    link.tap()
    expect(page.get_by_test_id("step-view")).to_be_visible()
    expect(link).not_to_be_in_viewport()


def test_bars_tools_and_switches_show_in_forced_colours(visit: Open) -> None:
    page = visit(forced_colors="active", viewport={"width": 390, "height": 844})

    def ground(one: Locator) -> str:
        return str(one.evaluate("one => getComputedStyle(one).backgroundColor"))

    def expect_other_than(one: Locator, color: str) -> None:
        expect(one).not_to_have_css("background-color", color)  # once its transition has progressed

    classes = view(page).locator(".classes li")
    first = classes.nth(7).locator(".class-bar")
    expect_other_than(first, ground(classes.nth(7).locator(".class-track")))
    expect_other_than(first, ground(classes.nth(6).locator(".class-bar")))
    expect_other_than(button(page, "Pen"), ground(button(page, "Eraser")))
    thick = button(page, "Thick")
    expect_other_than(thick.locator("i"), ground(thick))
    switch = page.get_by_role("switch", name="20-px box")
    before = ground(switch)
    switch.click()
    expect(switch).not_to_be_checked()
    expect_other_than(switch, before)


def test_a_translator_leaves_no_stale_prediction(visit: Open) -> None:
    page = visit()
    for selector in (".prediction-digit", ".prediction-share", ".prediction-runner", "[role=status]"):
        # As browser translators do: replace the text by their own elements.
        view(page).locator(".prediction").locator(selector).evaluate(
            "one => one.replaceChildren(Object.assign(document.createElement('font'), {textContent: 'übersetzt'}))"
        )
    button(page, "Clear").click()
    draw(page, DIGITS[1])
    settle(page)
    prediction = view(page).locator(".prediction")
    expect(prediction.locator(".prediction-digit")).to_have_text("1")
    expect(prediction.locator(".prediction-share")).to_contain_text("%")
    expect(prediction.locator(".prediction-runner")).not_to_contain_text("übersetzt")
    expect(prediction.get_by_role("status")).to_contain_text("1")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def draw(page: Page, strokes: list[list[Point]], box: FloatRect | None = None) -> None:
    """Draw with the mouse, without waiting between the moves.

    Args:
        page: page with the pad.
        strokes: strokes to draw, in 0..1 of the pad.
        box: position of the pad; by default measured at rest, which a page reaches only if the server answers.
    """
    if box is None:
        pad(page).scroll_into_view_if_needed()
        box = place_of(pad(page))
    for stroke in strokes:
        (x, y), *rest = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(x, y)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(x, y)
        page.mouse.up()


def settle(page: Page) -> None:
    """Wait until the network shows the pad's last drawing and no request is pending."""
    page.wait_for_function(
        """([pad, view]) => {
          const now = pad.dataset.seq;
          const same = now === view.dataset.seq && now === window.lastSeq;
          window.lastSeq = now;
          return same;
        }""",
        arg=[pad(page).element_handle(), view(page).element_handle()],
        polling=300,
    )


def expect_prediction(page: Page, digit: str) -> None:
    """Expect the network's prediction for the last drawing, "" for none."""
    settle(page)
    expect(view(page)).to_have_attribute("data-prediction", digit)


def clear(page: Page) -> None:
    button(page, "Clear").click()
    expect(view(page)).to_have_attribute("data-prediction", "")


def test_it_opens_with_a_digit_that_has_gone_through_the_network(visit: Open) -> None:
    page = visit()
    digits = mnist.load("test")
    passed = forward.run(checkpoint.load("LeNet5"), ink.normalize(digits.images[0], 32).input)
    assert passed.prediction == digits.labels[0]
    expect_prediction(page, str(passed.prediction))
    shown = float(view(page).get_attribute("data-probability") or "nan")
    assert shown == pytest.approx(float(passed.probabilities.max()), abs=1e-3)
    expect(page.get_by_role("status").filter(has_text="7")).to_be_attached()


def test_each_of_ten_digits_is_recognised(visit: Open) -> None:
    page = visit()
    for digit, strokes in DIGITS.items():
        clear(page)
        draw(page, strokes)
        expect_prediction(page, str(digit))


def test_the_network_answers_during_the_stroke(visit: Open) -> None:
    page = visit()
    clear(page)
    box = place_of(pad(page))
    page.mouse.move(box["x"] + 140, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 5):
        before = view(page).get_attribute("data-seq") or ""
        page.mouse.move(box["x"] + 140, box["y"] + 60 + 40 * step, steps=8)
        # The pen is still down, and another answer has arrived.
        expect(view(page)).not_to_have_attribute("data-seq", before)
    page.mouse.up()
    expect_prediction(page, "1")


def test_a_stroke_uses_the_fast_path_and_its_end_goes_to_streamlit(visit: Open) -> None:
    page = visit()
    clear(page)
    live: set[str] = set()
    opened: list[str] = []
    answers: list[str] = []
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.on("Network.webSocketCreated", lambda e: live.add(e["requestId"]) if e["url"].endswith("/live") else None)
    client.on("Network.webSocketHandshakeResponseReceived", lambda e: opened.append(e["requestId"]))
    client.on("Network.webSocketFrameReceived", lambda e: answers.append(e["requestId"]))
    page.reload()
    expect(view(page)).to_have_attribute("data-prediction", "")
    settle(page)
    wait_until(page, lambda: not live.isdisjoint(opened), "the fast path")  # until then, drawings go to Streamlit
    answers.clear()
    draw(page, DIGITS[2])
    expect_prediction(page, "2")
    assert len([one for one in answers if one in live]) >= 2
    client.detach()
    # Streamlit has the drawing, too: its next run of the page shows the same one.
    choose(page.get_by_test_id("stSelectbox").filter(has_text="Network").locator("input"), "LightNet")
    expect(view(page).get_by_role("img", name="conv1 channel 0 of 6, output, 30×30")).to_be_attached()
    expect_prediction(page, "2")


def test_without_the_fast_path_everything_goes_through_streamlit(fresh_page: Page, playground: str) -> None:
    page = fresh_page
    page.route_web_socket(re.compile(r"/live$"), lambda socket: socket.close())
    page.goto(playground)
    expect(view(page)).to_have_attribute("data-prediction", "7")
    clear(page)
    draw(page, DIGITS[9])
    expect_prediction(page, "9")


def test_the_fast_path_is_used_again_once_it_works(fresh_page: Page, playground: str) -> None:
    page = fresh_page
    tries: list[WebSocketRoute] = []
    answers: list[object] = []
    works = False

    def connect(socket: WebSocketRoute) -> None:
        def pass_on(message: str | bytes) -> None:
            answers.append(message)
            socket.send(message)

        tries.append(socket)
        if works:
            socket.connect_to_server().on_message(pass_on)
        else:
            socket.close()

    page.clock.install()
    page.route_web_socket(re.compile(r"/live$"), connect)
    page.goto(playground)
    slow = page.get_by_text(text("drawing_pad")["slow"])
    expect(view(page)).to_have_attribute("data-prediction", "7")
    clear(page)
    draw(page, DIGITS[1])
    expect(slow).to_be_visible()
    settle(page)
    before = len(tries)  # more on a slow computer, whose clock goes on meanwhile
    assert before >= 3
    works = True
    page.clock.fast_forward(80_000)  # the first wait is 60 to 75 s long
    expect(slow).to_be_hidden()
    clear(page)
    draw(page, DIGITS[9])
    expect_prediction(page, "9")
    assert len(tries) == before + 1
    assert len(answers) > 0


def test_under_streamlit_run(new_page: Open, serve: Callable[[Path], str]) -> None:
    page = new_page()
    page.goto(serve(ROOT / "playground" / "app.py"))
    expect(view(page)).to_have_attribute("data-prediction", "7")
    clear(page)
    draw(page, DIGITS[6])
    expect_prediction(page, "6")


def test_esc_closes_the_detail_from_the_pad(visit: Open) -> None:
    page = visit()
    page.get_by_role("img", name="conv1 channel 0 of 6, output, 28×28").click()
    detail = page.get_by_test_id("network-detail")
    expect(detail).to_be_visible()
    draw(page, DIGITS[1])
    expect_prediction(page, "1")
    expect(detail).to_be_visible()
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()


def test_weights_that_overflow_are_said_to(visit: Open, tmp_path: Path) -> None:
    model = build("LeNet5", seed=0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1e30)
    checkpoint.save(model, tmp_path / "huge.safetensors", {})
    page = visit()
    choose(page.get_by_test_id("stSelectbox").filter(has_text="Weights").locator("input"), "your own file")
    page.get_by_test_id("stFileUploader").locator('input[type="file"]').set_input_files(tmp_path / "huge.safetensors")
    expect(page.get_by_role("status").filter(has_text="not a number")).to_be_attached()
    expect_prediction(page, "")


def test_undo_redo_and_clear(visit: Open) -> None:
    page = visit()
    clear(page)
    expect(page.get_by_role("status").filter(has_text=re.compile("empty", re.IGNORECASE)).first).to_be_attached()
    draw(page, DIGITS[1])
    expect_prediction(page, "1")
    button(page, "Undo").click()
    expect(view(page)).to_have_attribute("data-prediction", "")
    button(page, "Redo").click()
    expect_prediction(page, "1")


def test_a_reload_and_another_page_keep_the_drawing(visit: Open) -> None:
    page = visit()
    clear(page)
    draw(page, DIGITS[3])
    expect_prediction(page, "3")
    page.reload()
    expect(view(page)).to_have_attribute("data-prediction", "3")
    page.get_by_role("link", name="Filters").click()
    expect(page.get_by_role("heading", name="Filters")).to_be_visible()
    page.get_by_role("link", name="Draw").click()
    expect(view(page)).to_have_attribute("data-prediction", "3")


def test_two_visitors_do_not_see_each_other(visit: Open) -> None:
    one, other = visit(), visit()
    clear(one)
    clear(other)
    draw(one, DIGITS[4])
    draw(other, DIGITS[0])
    expect_prediction(one, "4")
    expect_prediction(other, "0")


def test_another_network_shows_the_same_drawing(visit: Open) -> None:
    page = visit()
    clear(page)
    draw(page, DIGITS[5])
    expect_prediction(page, "5")
    choose(page.get_by_test_id("stSelectbox").filter(has_text="Network").locator("input"), "DigitCNN")
    expect(page.get_by_role("img", name="conv3 channel 63 of 64, output, 6×6")).to_be_attached()
    expect_prediction(page, "5")
    expect(page).to_have_url(re.compile("network=DigitCNN"))


def test_random_digit_of_a_class(visit: Open) -> None:
    page = visit()
    page.get_by_label("Which digit").select_option("8")
    button(page, "Random").click()
    caption = page.get_by_text(re.compile(r"MNIST test digit \d+, label 8"))
    expect(caption).to_be_visible()
    index = int(re.findall(r"\d+", caption.inner_text())[0])
    assert mnist.load("test").labels[index] == 8
    settle(page)


def test_a_hard_digit_is_one_that_the_network_gets_wrong_or_nearly_so(visit: Open) -> None:
    page = visit()
    digits = mnist.load("test")
    hard = evaluate.hard(evaluate.evaluate(checkpoint.load("LeNet5"), digits), digits.labels, 8)
    page.get_by_label("Which digit").select_option("8")
    button(page, "Hard one").click()
    caption = page.get_by_text(re.compile(r"MNIST test digit \d+, label 8"))
    expect(caption).to_be_visible()
    assert int(re.findall(r"\d+", caption.inner_text())[0]) in hard


def test_a_picture_becomes_a_drawing_and_a_text_file_does_not(visit: Open, tmp_path: Path) -> None:
    page = visit()
    digits = mnist.load("test")
    index = int(np.flatnonzero(digits.labels == 6)[3])
    photo = 255 - np.kron(np.pad(digits.images[index], 20), np.ones((6, 6), np.uint8))
    Image.fromarray(photo).save(tmp_path / "six.png")
    page.locator('input[type="file"]').first.set_input_files(tmp_path / "six.png")
    expect(view(page)).to_have_attribute("data-prediction", "6")
    settle(page)
    (tmp_path / "not.png").write_text("this is no picture")
    page.locator('input[type="file"]').first.set_input_files(tmp_path / "not.png")
    expect(page.get_by_role("alert").filter(has_text="picture")).to_be_visible()
    expect_prediction(page, "6")


def test_a_phone_screen(visit: Open) -> None:
    page = visit(**PHONE)
    box = place_of(pad(page))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    button(page, "Clear").tap()
    expect(view(page)).to_have_attribute("data-prediction", "")
    touch = page.context.new_cdp_session(page)
    for stroke in DIGITS[7]:
        for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(stroke) - 1)], stroke, strict=True):
            point = {"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect_prediction(page, "7")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    for name in ("Pen", "Undo", "Clear", "Random", "Hard one"):
        target = place_of(button(page, name))
        assert min(target["width"], target["height"]) >= 40
        assert target["x"] + target["width"] <= 390
    assert place_of(view(page).locator(".picture"))["height"] <= 844 - 200, "one screen beside the pad"
    last = view(page).get_by_role("img", name="softmax digit 9, output")
    last.evaluate("element => element.scrollIntoView({ block: 'end' })")
    sheet, answer = place_of(pad(page)), place_of(view(page).locator(".prediction-answer"))
    for part in (pad(page), view(page).locator(".prediction-digit"), last):
        expect(part).to_be_in_viewport(ratio=1)
    assert sheet["x"] + sheet["width"] <= answer["x"]
    assert sheet["y"] <= answer["y"] <= sheet["y"] + sheet["height"]
    assert sheet["y"] + sheet["height"] <= place_of(last)["y"]


@pytest.mark.parametrize("path", ["/", "/?network=DigitCNN", "/filters"])
def test_accessibility(visit: Open, path: str) -> None:
    page = visit("/" if path == "/filters" else path)
    if path == "/filters":
        page.get_by_role("link", name="Filters").click()
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
    settle(page) if path != "/filters" else None
    for theme in ("light", "dark"):
        in_theme(page, theme)
        found = Axe().run(page, options=RULES)
        # Check the page's content only; Streamlit's own frame is not ours to fix.
        ours = [
            f"{theme}: {violation['id']}: {node['target']}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
            if not is_streamlits_own(str(node["target"]))
        ]
        assert not ours, "\n".join(ours)


def is_streamlits_own(target: str) -> bool:
    return any(name in target for name in ("stHeader", "stToolbar", "stSidebarCollapse", "stExpandSidebar", "plotly"))


def test_filters_page_shows_both_networks(visit: Open) -> None:
    page = visit()
    page.get_by_role("link", name="Filters").click()
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    page.get_by_role("radio", name="conv2").or_(page.get_by_role("button", name="conv2")).first.click()
    expect(page.get_by_text("conv2: 16 × 6 kernels of 5×5")).to_be_visible()


def test_the_page_code_is_shown(visit: Open) -> None:
    page = visit()
    button(page, "Show the PyTorch code").click()
    expect(page.get_by_role("dialog").get_by_text("class LeNet5(nn.Module)")).to_be_visible()


def test_the_drawing_on_the_pad_is_kept_however_early_the_click(
    new_page: Open, playground: str, runs_folder: Path
) -> None:
    page = new_page(viewport={"width": 1280, "height": 1800})
    mine = "at-once-" + "y" * 24
    page.context.add_cookies([{"name": COOKIE, "value": mine, "url": playground}])
    page.goto(playground)
    expect(view(page)).to_have_attribute("data-prediction", "7")
    page.get_by_text(KEEP["title"].format(count=0)).click()
    page.get_by_role("radiogroup", name=KEEP["label"]).get_by_role("radio", name="1").click()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(view(page)).to_have_attribute("data-prediction", "")
    keep = page.get_by_role("button", name=KEEP["keep"], exact=True)
    file = runs_folder / "drawings" / f"{hashlib.sha256(mine.encode()).hexdigest()[:32]}.jsonl"
    for strokes in range(1, 7):
        expect(keep).to_be_enabled()
        place = place_of(keep)
        box = place_of(pad(page))
        x, y = box["x"] + box["width"] * strokes / 8, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + 40)
        page.mouse.up()
        page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        expect(page.get_by_text(KEEP["title"].format(count=strokes))).to_be_visible()
        kept = [len(json.loads(line)["strokes"]) for line in file.read_text("utf-8").splitlines()]
        assert kept == list(range(1, strokes + 1))
        ended(page)


LINE: list[list[Point]] = [[(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]]


def drawn(page: Page) -> list[object]:
    """Strokes on the pad, as this tab keeps them."""
    kept = page.evaluate("Object.values(sessionStorage).find((text) => text.includes('strokes')) ?? '{}'")
    return json.loads(kept).get("sheet", {}).get("strokes", [])


def test_a_visit_opens_with_a_stroke_over_which_the_network_hesitates(visit: Open) -> None:
    page = visit(reduced_motion="no-preference")
    caption = page.get_by_text("An example: your first stroke replaces it")
    expect(caption).to_be_visible()
    last = opening_stroke.drawing()
    model = checkpoint.load("LeNet5")
    expected = forward.run(model, ink.normalize(drawing.rasterize(last), 32).input).probabilities
    expect(view(page)).to_have_attribute("data-prediction", str(expected.argmax()))
    wait_until(
        page,
        lambda: float(view(page).get_attribute("data-probability") or 0) == float(expected.max()),
        "the last answer",
    )
    page.reload()
    expect(caption).to_be_visible()
    draw(page, LINE)
    expect(caption).to_be_hidden()
    expect(view(page)).to_have_attribute("data-prediction", "1")
    assert len(drawn(page)) == 1, "the example made room"


def test_the_first_touch_ends_the_stroke(visit: Open) -> None:
    page = visit(reduced_motion="no-preference")
    expect(page.locator('[data-by="itself"]')).to_have_count(1)
    draw(page, LINE)
    expect(view(page)).to_have_attribute("data-prediction", "1")
    assert len(drawn(page)) == 1
    expect(page.locator('[data-by="itself"]')).to_have_count(0)


def test_without_motion_there_is_a_digit_and_no_stroke(visit: Open) -> None:
    page = visit()
    expect(page.get_by_text("MNIST test digit 0, label 7")).to_be_visible()
    assert drawn(page) == []


def test_the_step_page_opens_on_a_mistake_until_something_is_drawn(visit: Open) -> None:
    page = visit("/step?stop=20")
    digits = mnist.load("test")
    index = int(re.findall(r"digits=(\d+)", page.url)[0])
    label = int(digits.labels[index])
    answer = int(view(page).get_attribute("data-prediction") or -1)
    assert answer != label
    page.get_by_role("link", name="Draw").click()
    draw(page, LINE)
    expect(view(page)).to_have_attribute("data-prediction", "1")
    page.get_by_role("link", name="Step").click()
    expect(page).to_have_url(re.compile(r"/step\?.*digit="))

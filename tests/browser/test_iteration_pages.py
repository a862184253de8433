"""Tests of one recorded iteration across pages: moved through by keyboard, shared as a link, the same everywhere."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from lenet.digits import batch
from lenet.networks import checkpoint
from lenet.record import iteration, recorder
from lenet.record.iteration import Iteration, Setup
from playground.text import text
from tests.browser.axe import RULES
from tests.browser.rest import choose, ended, in_theme, open_settings, place_of, point

STEP, STEP_VIEW, GRAPH, GRADIENTS = text("step"), text("step_view"), text("graph"), text("gradients")
STEP_BAR = text("iteration_bar")
STOPS = 44
DIGIT = 7
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?")
LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


@cache
def recorded() -> Iteration:
    """Iteration recorded on the digit that a new visitor finds on the pad."""
    opening = batch.of_mnist([0], 32)
    return recorder.record(checkpoint.load("LeNet5"), opening.inputs, opening.labels, Setup())


def gradient_at_the_output() -> float:
    """Gradient of the loss with respect to the logit of the digit: softmax − 1."""
    values = recorded().gradient_of("fc3")
    assert values is not None
    array: NDArray[np.float32] = np.asarray(values.array)
    return float(array[0, DIGIT])


def rest(page: Page) -> None:
    ended(page)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def first_number(said: str) -> float:
    found = NUMBER.search(said)
    assert found, said
    digits, _, power = found[0].replace("−", "-").partition("·10")
    return float(f"{digits}e{power.translate(LOWERED)}" if power else digits)


def player(page: Page) -> Locator:
    return page.get_by_test_id("step-view")


def view(page: Page) -> Locator:
    return page.get_by_test_id("network-view")


@pytest.fixture
def step(page: Page, playground: str) -> Page:
    """Step page at rest, with the digit that a new visitor finds on the pad."""
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{playground}/step?input=pad")
    expect(player(page)).to_have_attribute("data-stop", re.compile(r"\d+"))
    expect(view(page)).to_have_attribute("data-frame", re.compile(r"\d+"))
    rest(page)
    return page


def test_a_whole_iteration_by_keyboard(step: Page) -> None:
    phases = []
    for stop in range(STOPS):
        expect(view(step)).to_have_attribute("data-frame", str(stop))
        phases.append(player(step).get_attribute("data-phase"))
        if stop < STOPS - 1:
            step.keyboard.press("ArrowRight")
    assert list(dict.fromkeys(phases)) == list(iteration.PHASES)
    expect(step.get_by_role("heading", name=STEP["outcome-title"])).to_be_visible()
    expect(step).to_have_url(re.compile(rf"[?&]stop={STOPS}\b"))
    step.keyboard.press("Home")
    expect(view(step)).to_have_attribute("data-frame", "0")
    expect(step.get_by_role("heading", name=STEP["outcome-title"])).to_be_hidden()


def test_the_same_number_on_step_graph_and_gradients(step: Page) -> None:
    expected = gradient_at_the_output()

    step.keyboard.press("End")
    step.keyboard.press("ArrowLeft")
    step.keyboard.press("ArrowLeft")
    expect(view(step)).to_have_attribute("data-frame", str(STOPS - 3))  # the last stop of backward
    expect(step.get_by_role("heading", name=STEP["outcome-title"])).to_be_hidden()
    rest(step)
    point(step.get_by_role("img", name=re.compile(rf"fc3 .*\b{DIGIT}\b.*")).first)
    line = view(step).locator(".readout")
    expect(line).to_contain_text("gradient")
    said = re.split("gradient", line.inner_text(), maxsplit=1)[1]
    assert first_number(said) == pytest.approx(expected, rel=2e-3)

    step.get_by_role("link", name="Graph").click()
    reach = step.get_by_label(GRAPH["expression"])
    reach.fill("loss.grad_fn.next_functions[0][0].next_functions[0][0]")
    reach.press("Enter")
    expect(step.get_by_role("heading", name="AddmmBackward0")).to_be_visible()
    arrived = step.get_by_test_id("tensor-cards").first.locator(".card").first
    arrived.locator("canvas").focus()
    for _ in range(DIGIT + 1):  # the first press selects the first number
        step.keyboard.press("ArrowRight")
    cell = arrived.get_by_role("status")
    expect(cell).to_contain_text(str(DIGIT))
    assert first_number(cell.inner_text().rpartition("]")[2]) == pytest.approx(expected, rel=2e-3)

    rest(step)
    step.get_by_role("link", name="Gradients").click()
    expect(step.get_by_role("heading", name=GRADIENTS["weights"])).to_be_visible()
    rest(step)
    choose(step.get_by_label(GRADIENTS["parameter"]).first, "fc3.bias")
    heading = step.get_by_role("heading", name=re.compile("came from"))
    expect(heading).to_contain_text("fc3.bias.grad")
    unit = step.get_by_role("spinbutton", name=GRADIENTS["axis-output"])
    unit.fill(str(DIGIT))
    unit.press("Enter")
    expect(heading).to_contain_text(f"fc3.bias.grad[{DIGIT}]")
    assert first_number(heading.inner_text().partition("=")[2]) == pytest.approx(expected, rel=2e-3)


def test_a_link_opens_the_same_moment_for_somebody_else(step: Page, new_page: Callable[..., Page]) -> None:
    step.get_by_role("button", name=STEP["again"]).click()
    expect(step.get_by_text("Step 2: loss")).to_be_visible()
    rest(step)
    for _ in range(16):
        step.keyboard.press("ArrowRight")
    expect(step).to_have_url(re.compile(r"[?&]stop=17\b"))
    title = player(step).locator("h2, h3, .title").first.inner_text()
    losses = step.get_by_text("Step 2: loss").inner_text()
    theirs = new_page(viewport={"width": 1024, "height": 768})
    theirs.goto(step.url)
    expect(view(theirs)).to_have_attribute("data-frame", "16")
    assert theirs.get_by_text("Step 2: loss").inner_text() == losses
    assert player(theirs).locator("h2, h3, .title").first.inner_text() == title


def test_a_decimal_comma_is_a_decimal_point(step: Page) -> None:
    open_settings(step)
    field = step.get_by_label(STEP_BAR["lr"])
    field.fill("")
    field.press_sequentially("0,5")
    field.press("Enter")
    expect(step).to_have_url(re.compile(r"[?&]lr=0\.5\b"))
    expect(field).to_have_value("0.5")


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1024, 768), (1440, 900)])
def test_the_buttons_are_in_view_with_the_maps(
    width: int, height: int, new_page: Callable[..., Page], playground: str
) -> None:
    page = new_page(viewport={"width": width, "height": height})
    page.goto(f"{playground}/step?stop=5")
    expect(view(page)).to_have_attribute("data-frame", "4")
    rest(page)
    unit = view(page).get_by_role("img", name=re.compile("conv2 channel 11 of 16")).first
    unit.evaluate("element => element.scrollIntoView({ block: 'center' })")
    forwards = player(page).get_by_role("button", name=STEP_VIEW["next"])
    expect(forwards).to_be_in_viewport(ratio=1)
    forwards.click()
    expect(view(page)).to_have_attribute("data-frame", "5")
    place = place_of(unit)
    forwards.click()  # to another layer of the block, which is in view by now
    expect(view(page)).to_have_attribute("data-frame", "6")
    assert place_of(unit) == pytest.approx(place, abs=1), "nothing has moved"
    box = place_of(player(page))
    beside = box["y"] + box["height"] <= place["y"] or box["x"] + box["width"] <= place["x"]
    assert beside or place["y"] + place["height"] <= box["y"], "nothing is covered"


def test_a_phone_on_its_side_keeps_one_row_in_view(new_page: Callable[..., Page], playground: str) -> None:
    page = new_page(viewport={"width": 844, "height": 390})
    page.goto(f"{playground}/step?stop=5")
    expect(view(page)).to_have_attribute("data-frame", "4")
    rest(page)
    unit = view(page).get_by_role("img", name=re.compile("conv1 channel 5 of 6")).first
    place_of(unit)
    unit.evaluate("element => element.scrollIntoView({ block: 'end' })")
    box = place_of(player(page))
    assert 40 < box["y"] + box["height"] < 100
    for part in (
        player(page).get_by_role("button", name=STEP_VIEW["next"]),
        player(page).get_by_role("heading"),
        player(page).get_by_text("stop 5 of 44", exact=True),
    ):
        expect(part).to_be_in_viewport(ratio=1)
    expect(unit).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_on_a_phone_the_picture_follows_the_walk(motion: str, new_page: Callable[..., Page], playground: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion=motion)
    page.goto(f"{playground}/step?stop=5")
    expect(view(page)).to_have_attribute("data-frame", "4")
    rest(page)
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    assert page.evaluate(scrolled) == 0, "nobody has asked for another stop yet"
    forwards = player(page).get_by_role("button", name=STEP_VIEW["next"])
    for stop in range(5, 14):
        forwards.tap()
        expect(view(page)).to_have_attribute("data-frame", str(stop))
    box = place_of(view(page).get_by_role("img", name=re.compile(r"fc3 .*\b7\b")).first)
    assert box["y"] > 60, "below the page's header"
    assert box["y"] + box["height"] <= place_of(player(page))["y"]
    expect(forwards).to_be_in_viewport(ratio=1)


def test_escape_gives_the_arrows_back_to_the_player(step: Page) -> None:
    expect(step.get_by_text(STEP_VIEW["keys"])).to_be_visible()
    unit = view(step).get_by_role("img", name=re.compile("conv1 channel 2 of 6")).first
    unit.focus()
    step.keyboard.press("Enter")
    expect(step.get_by_test_id("network-detail")).to_be_visible()
    step.keyboard.press("Escape")
    expect(step.get_by_test_id("network-detail")).to_be_hidden()
    expect(unit).to_be_focused()
    step.keyboard.press("Escape")
    expect(player(step)).to_be_focused()
    step.keyboard.press("ArrowRight")
    expect(view(step)).to_have_attribute("data-frame", "1")


def test_nothing_shows_beside_the_player_that_covers_it(new_page: Callable[..., Page], playground: str) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    page.goto(f"{playground}/step?stop=1")  # the input is the leftmost layer
    expect(view(page)).to_have_attribute("data-frame", "0")
    rest(page)
    frame = view(page).locator(".spot-current")
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 10_000)")
    over, under = place_of(player(page)), place_of(frame)
    assert under["x"] < over["x"]
    top = over["y"] + over["height"]
    assert under["y"] < top
    clip = {"x": under["x"] - 1, "y": top - 12, "width": over["x"] - under["x"] + 1, "height": 8}
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip)))
    assert len(picture.getcolors() or []) == 1


@pytest.mark.parametrize(
    "path", ["step?stop=44", "step?stop=43&optimizer=Adam&steps=2", "graph", "gradients", "autograd"]
)
def test_everybody_can_use_the_pages(path: str, new_page: Callable[..., Page], playground: str) -> None:
    page = new_page(viewport={"width": 1440, "height": 1000})
    page.goto(f"{playground}/{path}")
    expect(page.locator('[data-testid="stMain"] canvas, [data-testid="graph-view"]').first).to_be_visible()
    rest(page)
    for theme in ("light", "dark"):
        in_theme(page, theme)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{theme}: {found.generate_report()}"


@pytest.mark.parametrize("path", ["step", "graph", "gradients", "autograd"])
def test_a_phone_shows_the_pages_without_scrolling_sideways(
    path: str, new_page: Callable[..., Page], playground: str
) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"{playground}/{path}")
    expect(page.locator('[data-testid="stMain"] canvas, [data-testid="graph-view"]').first).to_be_attached()
    rest(page)
    wider = page.evaluate(
        "document.querySelector('[data-testid=\"stMain\"]').scrollWidth - document.documentElement.clientWidth"
    )
    assert wider <= 0
    if path == "step":
        controls = place_of(page.locator(".st-key-step-controls"))
        network = place_of(view(page))
        assert network["y"] + network["height"] <= controls["y"], "the network is first"
        heading = place_of(page.get_by_role("heading", name=STEP["title"], exact=True))
        assert network["y"] - heading["y"] < 220, "right under the page's heading and settings"


@pytest.mark.parametrize("width", [1440, 1000, 390])
def test_all_digits_of_a_learning_rate_are_shown(new_page: Callable[..., Page], playground: str, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(f"{playground}/step?lr=0.00026080154526452137")
    open_settings(page)
    rate = page.locator(".st-key-setting-lr input")
    expect(rate).to_have_value("0.00026080154526452137")
    place_of(rate)
    assert rate.evaluate("field => field.scrollWidth <= field.clientWidth")


def test_a_tablet_shows_the_player_and_the_whole_network(new_page: Callable[..., Page], playground: str) -> None:
    page = new_page(viewport={"width": 1024, "height": 768})
    page.goto(f"{playground}/step?stop=5")
    expect(view(page)).to_have_attribute("data-frame", "4")
    rest(page)
    lower = place_of(view(page).locator(".picture"))
    assert lower["y"] + lower["height"] <= place_of(player(page))["y"]
    for part in ("heading", "slider"):
        expect(player(page).get_by_role(part)).to_be_in_viewport(ratio=1)

"""Tests of the player and the network that follows it, in a real browser, compared with PyTorch's own gradients."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

from lenet.explain import after_step
from lenet.record.iteration import Iteration
from playground.components.step_view import Frame
from tests.browser.apps import step
from tests.browser.axe import RULES
from tests.browser.rest import ended, place_of, point

APP = Path(__file__).parent / "apps" / "step.py"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

Open = Callable[..., Page]


@cache
def recorded(name: str = "LeNet5") -> Iteration:
    return step.record(name)


@cache
def frames(name: str = "LeNet5") -> tuple[Frame, ...]:
    return step.frames(recorded(name))


def stop_of(phase: str, name: str = "") -> int:
    return next(stop for stop, frame in enumerate(frames()) if frame.phase == phase and name in ("", frame.name))


def values(layer: str, back: bool) -> NDArray[np.float32]:
    found = recorded().gradient_of(layer) if back else recorded().by_name[layer].output
    array = step.array_of(found)
    assert array is not None
    return array


@pytest.fixture
def visit(new_page: Open, serve: Callable[[Path], str]) -> Open:
    """Function that opens the app and waits until player and picture are shown and the script has ended."""

    def go(query: str = "", **options: object) -> Page:
        page = new_page(**{"viewport": {"width": 1440, "height": 1000}, "reduced_motion": "no-preference", **options})
        page.goto(f"{serve(APP)}/?{query}")
        expect(view(page)).to_have_attribute("data-seq", "1")
        ended(page)
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return page

    return go


def player(page: Page) -> Locator:
    return page.get_by_test_id("step-view")


def view(page: Page) -> Locator:
    return page.get_by_test_id("network-view")


def expect_stop(page: Page, stop: int) -> None:
    """Expect player and picture to be at a stop."""
    expect(player(page)).to_have_attribute("data-stop", str(stop))
    expect(view(page)).to_have_attribute("data-frame", str(stop))


def wait_for_stop(page: Page, condition: str) -> None:
    """Wait for a stop that fulfils a condition; while the player plays, a stop may pass unnoticed."""
    handle = player(page).element_handle()
    page.wait_for_function(f"root => {{ const stop = Number(root.dataset.stop); return {condition}; }}", arg=handle)


def go_to(page: Page, stop: int) -> None:
    """Move the scrubber to a stop by script."""
    page.get_by_role("slider", name="Stop").evaluate(
        "(slider, stop) => { slider.value = stop; slider.dispatchEvent(new Event('input')); }", stop
    )
    expect_stop(page, stop)


def test_keys_walk_from_anywhere(visit: Open) -> None:
    page = visit()
    last = len(frames()) - 1
    expect(player(page)).to_have_attribute("data-stops", str(last + 1))
    for key, stop in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", last),
        ("ArrowRight", last),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        page.keyboard.press(key)
        expect_stop(page, stop)
    page.keyboard.press("Control+ArrowRight")
    expect_stop(page, 0)


def test_a_whole_iteration_by_keyboard(visit: Open) -> None:
    page = visit()
    for stop, frame in enumerate(frames()):
        expect_stop(page, stop)
        expect(player(page)).to_have_attribute("data-phase", frame.phase)
        expect(player(page)).to_have_attribute("data-name", frame.name)
        expect(player(page).get_by_role("status")).to_contain_text(frame.title)
        states = view(page).locator(".layer").evaluate_all("all => all.map(layer => layer.dataset.state)")
        names = [layer.name for layer in recorded().layers]
        known = [
            "gradient" if n in frame.gradients else "activation" if n in frame.activations else "none" for n in names
        ]
        if frame.phase == "re-evaluate":
            known = ["again"] * len(names)
        assert states == known, f"stop {stop}"
        current = view(page).locator(".layer[aria-current]").evaluate_all("all => all.map(layer => layer.ariaLabel)")
        assert [label.partition(",")[0] for label in current] == ([frame.current] if frame.current else [])
        page.keyboard.press("ArrowRight")


def test_keys_belong_to_what_has_the_focus(visit: Open) -> None:
    page = visit("at=5")
    expect_stop(page, 5)
    field = page.get_by_label("Somewhere to write")
    field.fill("ab")
    for key in ("ArrowLeft", "Home", "End", "ArrowRight", " "):
        field.press(key)
    expect(field).to_have_value("ab ")
    expect_stop(page, 5)
    first = view(page).get_by_label("conv1 channel 0 of 6, output, 28×28")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(view(page).get_by_label("relu1 channel 0 of 6, output, 28×28")).to_be_focused()
    expect_stop(page, 5)
    page.get_by_role("button", name="Next stop").focus()
    page.keyboard.press(" ")
    expect_stop(page, 6)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("radio", name="2×").focus()
    page.keyboard.press("ArrowLeft")
    expect_stop(page, 6)


def test_space_plays_and_pauses(visit: Open) -> None:
    page = visit("at=1")
    page.get_by_text("2×", exact=True).click()
    page.mouse.click(5, 5)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    wait_for_stop(page, "stop >= 3")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    at = int(player(page).get_attribute("data-stop") or -1)
    expect(page.get_by_text(f"rests at {at}", exact=True)).to_be_visible()
    expect_stop(page, at)


def test_play_ends_at_the_end_and_begins_again(visit: Open) -> None:
    last = len(frames()) - 1
    page = visit(f"at={last - 1}")
    button = page.get_by_role("button", name="Play")
    button.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect_stop(page, last)
    expect(button).to_be_visible()
    button.click()
    wait_for_stop(page, f"stop < {last - 1}")
    page.get_by_role("button", name="Next stop").click()
    expect(button).to_be_visible()


def test_buttons_phases_and_the_scrubber(visit: Open) -> None:
    page = visit()
    last = len(frames()) - 1
    for name, stop in (("Next stop", 1), ("Last stop", last), ("Previous stop", last - 1), ("First stop", 0)):
        page.get_by_role("button", name=name).click()
        expect_stop(page, stop)
    count = sum(frame.phase == "forward" for frame in frames())
    page.get_by_role("button", name=f"3. forward: {count} stops").click()
    expect_stop(page, stop_of("forward"))
    expect(page.locator(".phase[aria-current=step]")).to_have_text("3forward")
    expect(player(page).locator(".is-now .tick")).to_have_count(count)
    slider = page.get_by_role("slider", name="Stop")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect_stop(page, stop_of("forward") + 1)
    frame = frames()[stop_of("forward") + 1]
    expect(slider).to_have_attribute(
        "aria-valuetext", f"Stop {stop_of('forward') + 2} of {last + 1}: forward, {frame.title}"
    )
    expect(player(page).get_by_text(f"stop {stop_of('forward') + 2} of {last + 1}", exact=True)).to_be_visible()


def test_the_line_that_runs_is_marked_and_in_view_of_its_panel(visit: Open) -> None:
    page = visit()
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    before = page.evaluate(scrolled)
    panel = page.get_by_role("region", name="PyTorch code of this iteration")
    go_to(page, stop_of("re-evaluate"))
    marked = panel.locator(".line.is-now")
    expect(marked).to_have_count(2)
    expect(marked.first).to_contain_text("out = net(x)")
    expect(marked.first).to_contain_text("runs now")
    expect(marked.first.locator(".line-mark")).to_be_visible()
    expect_in_panel(panel)
    assert page.evaluate(scrolled) == before
    page.get_by_label("Recording").fill("2")
    page.get_by_label("Recording").press("Enter")
    expect(player(page)).to_have_attribute("data-seq", "2")
    expect_stop(page, 0)
    expect_in_panel(panel)
    go_to(page, stop_of("re-evaluate"))
    expect_in_panel(panel)


def expect_in_panel(panel: Locator) -> None:
    """Expect the running lines to be in the visible part of the panel."""
    assert panel.evaluate(
        """async panel => {
            const inside = () => {
                const own = panel.getBoundingClientRect();
                const lines = [...panel.querySelectorAll(".line.is-now")].map(line => line.getBoundingClientRect());
                return lines.every(line => line.top >= own.top - 1 && line.bottom <= own.bottom + 1);
            };
            for (let i = 0; i < 200 && !inside(); i++) await new Promise(done => setTimeout(done, 25));
            return inside();
        }"""
    )


def test_nothing_is_shown_before_it_is_computed(visit: Open) -> None:
    page = visit()
    images = view(page).get_by_role("img").evaluate_all("all => all.map(one => one.ariaLabel)")
    assert [label for label in images if "not computed yet" not in label] == ["input channel 0 of 1, output, 32×32"]
    assert view(page).get_attribute("data-prediction") == ""
    expect(view(page).locator(".prediction-share")).to_have_text("not computed yet")
    point(view(page).get_by_label("conv1 channel 2 of 6, not computed yet, 28×28"))
    expect(view(page).locator(".readout")).to_have_text(
        re.compile(r"conv1 · channel 2 · row \d+, column \d+ · not computed yet")
    )
    colours = """sheet => {
        const { data } = sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height);
        return new Set(new Uint32Array(data.buffer)).size;
    }"""
    sheet = view(page).locator("canvas.sheet").nth(1)
    assert sheet.evaluate(colours) <= 2, "a pattern alone"
    go_to(page, stop_of("forward", "conv1"))
    assert sheet.evaluate(colours) > 20


def test_hovering_gives_the_gradient_and_the_output(visit: Open) -> None:
    page = visit()
    arriving = stop_of("backward", "ConvolutionBackward0")
    layer = frames()[arriving].gradients[-1]
    go_to(page, arriving - 1)
    unit = view(page).locator(".layer[aria-label^=conv2]").get_by_role("img").nth(4)
    expect(unit).to_have_attribute("aria-label", "conv2 channel 4 of 16, output, 10×10")
    gradients, outputs = values(layer, True)[4], values(layer, False)[4]
    row, column = np.unravel_index(np.abs(gradients).argmax(), gradients.shape)
    point(unit, (column + 0.5) / 10, (row + 0.5) / 10)
    readout = view(page).locator(".readout")
    expect(readout).to_contain_text("gradient not computed yet")
    page.keyboard.press("ArrowRight")
    expect_stop(page, arriving)
    expect(readout).to_contain_text("· gradient")
    expect(unit).to_have_attribute("aria-label", "conv2 channel 4 of 16, gradient, 10×10")
    line = readout.inner_text().replace("−", "-")
    found = re.fullmatch(rf"conv2 · channel 4 · row {row}, column {column} · gradient (\S+) · output (\S+) .*", line)
    assert found, line
    assert float(found[1]) == pytest.approx(float(gradients[row, column]), rel=1e-3)
    assert float(found[2]) == pytest.approx(float(outputs[row, column]), rel=1e-3)
    page.mouse.move(1, 1)
    point(view(page).get_by_label("softmax digit 3, output"))
    expect(readout).to_contain_text("no gradient is computed here")


def test_legends_say_gradient_and_have_a_range_of_their_own(visit: Open) -> None:
    page = visit()
    go_to(page, stop_of("loss"))
    outputs, gradients = (view(page).locator(".key-scale").nth(index) for index in (0, 1))
    page.get_by_text("this layer", exact=True).click()
    point(view(page).get_by_label("conv2 channel 4 of 16, output, 10×10"))
    expect(outputs).to_contain_text("in conv2")
    output = outputs.locator(".key-high").inner_text()
    assert float(output) == pytest.approx(float(np.abs(values("conv2", False)).max()), rel=1e-2)
    go_to(page, stop_of("step"))
    ends = {"this layer": np.abs(values("conv2", True)).max()}
    layers = [layer.name for layer in recorded().layers[1:-1]]
    ends["whole network"] = max(np.abs(values(layer, True)).max() for layer in layers)
    for reach, end in ends.items():
        page.get_by_text(reach, exact=True).click()
        point(view(page).get_by_label("conv2 channel 4 of 16, gradient, 10×10"))
        shown = gradients.locator(".key-high").inner_text()
        assert shown != output
        assert float(shown) == pytest.approx(float(end), rel=1e-2)


def test_a_gradient_worked_out_in_the_browser_is_pytorchs(visit: Open) -> None:
    page = visit(f"at={stop_of('step')}")
    detail = page.get_by_test_id("network-detail")
    for layer in recorded().layers[1:-2]:
        gradients = values(layer.name, True)
        unit = int(np.abs(gradients.reshape(layer.shape[0], -1)).max(axis=1).argmax())
        view(page).locator(f".layer[aria-label^='{layer.name},']").get_by_role("img").nth(unit).focus()
        page.keyboard.press("Enter")
        expect(detail).to_have_attribute("data-layer", layer.name)
        expect(detail).to_have_attribute("data-sum", re.compile(r"\d"))
        for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft") if len(layer.shape) == 3 else ("",):
            row, column = (int(detail.get_attribute(f"data-{axis}") or -1) for axis in ("row", "column"))
            at = unit if len(layer.shape) == 1 else (unit, row, column)
            assert float(detail.get_attribute("data-gradient") or "nan") == float(gradients[at])
            assert float(detail.get_attribute("data-activation") or "nan") == float(values(layer.name, False)[at])
            worked_out = float(detail.get_attribute("data-sum") or "nan")
            assert worked_out == pytest.approx(float(gradients[at]), rel=1e-4, abs=1e-7)
            expect(detail).to_contain_text("✓")
            if key:
                page.keyboard.press(key)


def test_an_open_detail_follows_what_is_known(visit: Open) -> None:
    page = visit()
    view(page).get_by_label("fc3 digit 7, not computed yet").click()
    detail = page.get_by_test_id("network-detail")
    expect(detail).to_contain_text("Not computed yet at this stop.")
    assert detail.get_attribute("data-activation") == ""
    page.mouse.move(1, 1)
    go_to(page, stop_of("loss"))
    expect(detail).to_have_attribute("data-activation", str(float(values("fc3", False)[7])).rstrip("0"))
    assert detail.get_attribute("data-gradient") == ""
    go_to(page, stop_of("step"))
    expect(detail).to_contain_text("This gradient comes from the loss itself.")
    assert float(detail.get_attribute("data-gradient") or "nan") == float(values("fc3", True)[7])


def test_a_rerun_moves_nobody_and_another_recording_does(visit: Open) -> None:
    page = visit("at=4")
    expect_stop(page, 4)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect_stop(page, 6)
    expect(page.get_by_text("rests at 6", exact=True)).to_be_visible()
    page.get_by_label("Open at").fill("9")
    page.get_by_label("Open at").press("Enter")
    expect(page.get_by_text("run 3", exact=True)).to_be_visible()
    expect(page.get_by_text("rests at 6", exact=True)).to_be_visible()
    expect_stop(page, 6)
    page.get_by_label("Recording").fill("2")
    page.get_by_label("Recording").press("Enter")
    expect_stop(page, 9)
    expect(page.get_by_text("rests at 9", exact=True)).to_be_visible()


def test_a_layer_is_marked_where_there_is_no_player(visit: Open) -> None:
    page = visit("still=1")
    outer = place_of(view(page).locator(".spot-marked"))
    for channel in (0, 5):
        inner = view(page).get_by_label(f"pool1 channel {channel} of 6, output, 14×14").bounding_box()
        assert inner
        assert outer["x"] <= inner["x"] <= inner["x"] + inner["width"] <= outer["x"] + outer["width"]
        assert outer["y"] <= inner["y"] <= inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_at_the_end_the_picture_shows_the_pass_after_the_step(visit: Open) -> None:
    page = visit(f"at={stop_of('re-evaluate')}")
    passed = after_step.passed(recorded(), step.network.build("LeNet5"))
    assert passed is not None
    detail = page.get_by_test_id("network-detail")
    for layer, unit in (("conv1", 2), ("conv2", 7), ("fc1", 50), ("fc3", 7)):
        outputs = passed.outputs[layer]
        view(page).locator(f".layer[aria-label^='{layer},']").get_by_role("img").nth(unit).focus()
        page.keyboard.press("Enter")
        expect(detail).to_have_attribute("data-layer", layer)
        expect(detail).to_have_attribute("data-sum", re.compile(r"\d"))
        row, column = (int(detail.get_attribute(f"data-{axis}") or 0) for axis in ("row", "column"))
        at = (unit, row, column) if outputs.ndim == 3 else (unit,)
        assert float(detail.get_attribute("data-activation") or "nan") == float(outputs[at])
        assert float(detail.get_attribute("data-sum") or "nan") == pytest.approx(float(outputs[at]), abs=1e-5)
    outcome = recorded().outcome_after
    assert outcome is not None
    assert float(view(page).get_attribute("data-probability") or "nan") == float(outcome.probabilities[0].max())


SHARES = """view => new Promise(done => {
    const shares = [];
    const note = () => {
        shares.push(Number(view.dataset.u));
        if (shares.length < 5 || view.dataset.u !== "1.000") requestAnimationFrame(note);
        else done(shares);
    };
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
    note();
})"""
"""Shares of the way to the next stop that the picture draws."""


def test_motion_can_be_off(visit: Open) -> None:
    shares: list[float] = view(visit()).evaluate(SHARES)
    assert shares == sorted(shares)
    assert any(0 < share < 1 for share in shares)
    assert set(view(visit(reduced_motion="reduce")).evaluate(SHARES)) == {1}


PIXELS = """view => [...view.querySelectorAll("canvas.sheet")].map(sheet =>
    sheet.getContext("2d").getImageData(0, 0, sheet.width, sheet.height).data.join())"""


@pytest.mark.parametrize("phase", ["forward", "loss", "backward", "step", "re-evaluate"])
def test_the_way_between_two_stops_begins_and_ends_with_them(visit: Open, phase: str) -> None:
    stop = stop_of(phase) + (3 if phase in ("forward", "backward") else 0)
    page = visit(f"at={stop - 1}")
    seen = []
    scrubber = page.locator(".scrubber")
    for position in (stop - 1, stop - 1 + 1e-6, stop - 0.4, stop - 1e-6, stop, stop - 0.4):
        scrubber.evaluate("(it, to) => { it.value = to; it.dispatchEvent(new Event('input')); }", position)
        seen.append(view(page).evaluate(PIXELS))
    first, begins, between, ends, last, again = seen
    assert begins == first
    assert ends == last
    assert between == again, "whichever way the handle comes"
    if first != last:
        assert between not in (first, last)
    expect_stop(page, stop)


PLAY = """(play, ms) => {
    const view = [...document.querySelectorAll("*")].flatMap(one => one.shadowRoot ?? [])
        .map(root => root.querySelector(".network-view")).find(Boolean);
    const real = { now: performance.now, request: window.requestAnimationFrame };
    let time = performance.now();
    let due = [];
    performance.now = () => time;
    window.requestAnimationFrame = (step) => due.push(step);
    const seen = [];
    play.click();
    while (due.length) {
        time += ms;
        const steps = due;
        due = [];
        for (const step of steps) step(time);
        seen.push([Number(view.dataset.frame), Number(view.dataset.u) % 1]);
    }
    performance.now = real.now;
    window.requestAnimationFrame = real.request;
    return seen;
}"""
"""Plays to the end with frames of a length of their own, as a busy computer leaves some out; returns each frame's stop
and share of the way to the next.
"""


def test_play_shows_each_layer_and_the_weights(visit: Open) -> None:
    page = visit("at=0")
    play = page.get_by_role("button", name="Play")
    seen = play.evaluate(PLAY, 40)
    last = len(frames()) - 1
    expect_stop(page, last)
    expect(play).to_be_visible()
    shown = {
        number
        for number, (before, frame) in enumerate(pairwise(frames()), 1)
        if (frame.activations, frame.gradients) != (before.activations, before.gradients)
    }
    assert shown | {last - 1, last} <= {stop for stop, share in seen if share}
    assert 14_000 < 40 * len(seen) < 17_000


@pytest.mark.parametrize(("scheme", "phase"), [("light", "backward"), ("dark", "forward")])
def test_accessibility(visit: Open, scheme: str, phase: str) -> None:
    stop = stop_of(phase) + 4
    page = visit(f"at={stop}", color_scheme=scheme)
    expect_stop(page, stop)
    page.wait_for_function("document.getAnimations().every(one => one.playState === 'finished')")
    found = Axe().run(page, options=RULES)
    problems = [
        f"{violation['id']}: {node['target']}"
        for violation in found.response["violations"]
        for node in violation["nodes"]
        if "st-key-steps" in str(node["target"]) or "st-key-view" in str(node["target"])
    ]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", ["LeNet5", "DigitCNN"])
def test_a_phone_screen(visit: Open, name: str) -> None:
    page = visit(f"network={name}&at=3", **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    edges: list[float] = player(page).evaluate(
        """root => {
            const seen = [...root.querySelectorAll("button, input, .words, .listing, .counter")];
            const boxes = seen.map(one => one.getBoundingClientRect()).filter(box => box.width > 0);
            return boxes.flatMap(box => [box.left, innerWidth - box.right]);
        }"""
    )
    assert min(edges) >= 0
    page.get_by_role("button", name="Next stop").tap()
    expect_stop(page, 4)

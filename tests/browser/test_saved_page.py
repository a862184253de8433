"""Tests of a saved iteration in a real browser: opened from the disk, without a network or a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from lenet.record import experiment
from lenet.record.experiment import Experiment, Input
from lenet.record.iteration import Iteration
from playground.export import html_file
from playground.number_words import number
from playground.text import text
from tests.browser.axe import RULES
from tests.playground.export.saved_recordings import recording

TEXT = text("export")
DIGIT = 7


@pytest.fixture(scope="module")
def iteration() -> Iteration:
    asked = Experiment(input=Input("mnist", digits=(DIGIT,)))
    model = asked.model()
    return experiment.run(asked, model, asked.batch(32)).iteration


@pytest.fixture
def saved(page: Page, playground: str, tmp_path: Path) -> Path:
    """File that the button on the Step page saves."""
    page.goto(f"{playground}/step?input=mnist&digits={DIGIT}")
    with page.expect_download() as waiting:
        page.get_by_role("button", name=TEXT["save"]).click()
    file = tmp_path / waiting.value.suggested_filename
    assert file.name == "LeNet5-step-1.html"
    waiting.value.save_as(file)
    return file


@pytest.fixture
def alone(browser: Browser) -> Iterator[Page]:
    """Page that reaches no network and shows no error."""
    context = browser.new_context(offline=True, viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: asked.append(request.url))
    yield page
    assert not said
    assert [url for url in asked if not url.startswith(("file:", "blob:"))] == []
    context.close()


def cells(page: Page, first: str) -> Locator:
    """Cells of the row that begins with this, in the table of a parameter."""
    rows = page.locator("section.gradients tbody tr")
    return rows.filter(has=page.locator("th", has_text=re.compile(f"^{re.escape(first)}$"))).locator("td")


def test_a_saved_iteration_is_walked_through_without_a_server(saved: Path, alone: Page, iteration: Iteration) -> None:
    alone.goto(saved.as_uri())
    player, network = alone.get_by_test_id("step-view"), alone.get_by_test_id("network-view")
    expect(player).to_have_attribute("data-stop", "0")
    stops = int(player.get_attribute("data-stops") or 0)
    assert stops > 30
    assert iteration.outcome_before is not None
    assert iteration.outcome_after is not None
    alone.keyboard.press("ArrowRight")
    expect(player).to_have_attribute("data-stop", "1")
    while player.get_attribute("data-phase") != "loss":
        alone.keyboard.press("ArrowRight")
    loss = alone.locator(".st-key-panel-loss")
    expect(loss).to_contain_text(number(iteration.outcome_before.loss, 5))
    shown = float(network.get_attribute("data-probability") or 0)
    assert shown == pytest.approx(float(iteration.outcome_before.probabilities.max()), abs=1e-6)
    alone.keyboard.press("End")
    expect(player).to_have_attribute("data-stop", str(stops - 1))
    expect(alone.locator(".st-key-panel-re-evaluate")).to_contain_text(number(iteration.outcome_after.loss, 5))

    # An opened map has its kernel, which the playground's server would send.
    alone.keyboard.press("Home")
    for _ in range(3):
        alone.keyboard.press("ArrowRight")
    alone.get_by_role("img", name=re.compile("^conv1 channel 0 of 6")).click()
    detail = alone.get_by_test_id("network-detail")
    expect(detail).to_contain_text(text("network_view")["matches"])
    row, column, value = (detail.get_attribute(f"data-{name}") for name in ("row", "column", "sum"))
    output = iteration.by_name["conv1"].output.array
    assert output is not None
    assert float(value or "nan") == pytest.approx(float(output[0, 0, int(row or -1), int(column or -1)]), abs=1e-5)
    alone.keyboard.press("Escape")
    expect(detail).to_be_hidden()

    # The graph, node by node.
    assert iteration.graph is not None
    graph = alone.get_by_test_id("graph-view")
    alone.get_by_label(TEXT["every"]).check()
    expect(graph.locator(".box")).to_have_count(len(iteration.graph.nodes))
    graph.get_by_role("option", name=re.compile("AccumulateGrad")).first.dispatch_event("click")
    expect(alone.locator(".facts h3")).to_have_text("AccumulateGrad")
    expect(alone.locator(".facts")).to_contain_text("loss.grad_fn.next_functions[0][0]")

    # A gradient of a weight and one of a bias, with all digits.
    assert iteration.after is not None
    for parameter, row, index, label in (("fc3.weight", 4, (4, 11), "[4, 11]"), ("conv2.bias", 0, (3,), "[3]")):
        alone.locator("section.gradients select").select_option(label=parameter)
        if row:
            alone.get_by_label(TEXT["row"], exact=True).fill(str(row))
            alone.keyboard.press("Enter")
        held = iteration.before.parameters[parameter], iteration.gradients[parameter], iteration.after.parameters
        expected = []
        for values in (held[0], held[1], held[2][parameter]):
            assert values is not None
            assert values.array is not None
            expected.append(number(float(values.array[index]), 7))
        expect(cells(alone, label)).to_have_text(expected)


@pytest.mark.parametrize("width", [1190, 390])  # the narrowest page with the network beside the player; a phone
def test_everybody_can_use_a_saved_page(saved: Path, alone: Page, width: int) -> None:
    alone.set_viewport_size({"width": width, "height": 844})
    for theme in ("light", "dark"):
        alone.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        alone.goto(saved.as_uri())
        expect(alone.get_by_test_id("graph-view").locator(".box").first).to_be_visible()
        assert alone.evaluate("document.documentElement.scrollWidth <= innerWidth")
        hint = alone.get_by_test_id("network-view").locator(".readout")
        assert hint.evaluate("hint => hint.scrollHeight <= hint.clientHeight"), "the hint is cut"
        found = Axe().run(alone, options=RULES)
        assert not [problem["id"] for problem in found.response["violations"]]


def test_another_digit_of_the_batch_keeps_the_opened_map(alone: Page, tmp_path: Path) -> None:
    made = recording(digits=(7, 115))
    file = tmp_path / "two.html"
    file.write_bytes(html_file.write(made))
    alone.goto(file.as_uri())
    expect(alone.get_by_test_id("step-view")).to_have_attribute("data-stop", "0")
    alone.keyboard.press("End")
    network, detail = alone.get_by_test_id("network-view"), alone.get_by_test_id("network-detail")
    after = made.iteration.outcome_after
    assert after is not None
    alone.get_by_role("img", name=re.compile("^conv1 channel 0 of 6")).click()
    for place in (1, 0):
        alone.get_by_label(re.compile(f"^{place}: ")).check()
        expect(network).to_have_attribute("data-prediction", str(after.logits[place].argmax()))
        expect(detail).to_contain_text(text("network_view")["matches"])

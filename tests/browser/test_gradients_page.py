"""Tests of the Gradients page in a real browser: entries chosen by mouse and keyboard show the recorded values."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lenet.digits import batch
from lenet.networks import checkpoint
from lenet.record import recorder
from lenet.record.iteration import Setup
from playground.number_words import number
from playground.text import text
from tests.browser.rest import TRIES, ended, place_of, point

TEXT = text("gradients")


@pytest.fixture
def gradients(page: Page, playground: str) -> Page:
    """Gradients page at rest, reached through the menu."""
    page.goto(playground)
    expect(page.locator('[data-testid="network-view"][data-prediction="7"]')).to_be_attached()
    rest(page)
    page.get_by_role("link", name="Gradients").click()
    expect(page.get_by_role("heading", name=TEXT["weights"])).to_be_visible()
    rest(page)
    return page


def rest(page: Page) -> None:
    ended(page)
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def recorded(parameter: str, *index: int) -> str:
    """Heading of an entry, from an iteration recorded on the initial digit."""
    opening = batch.of_mnist([0], 32)
    done = recorder.record(checkpoint.load("LeNet5"), opening.inputs, opening.labels, Setup())
    values = done.gradients[parameter]
    assert values is not None
    assert values.array is not None
    place = ", ".join(map(str, index))
    return f"{parameter}.grad[{place}] = {number(float(np.asarray(values.array[index])), 6)}"


def chart(page: Page, place: int) -> Locator:
    return page.get_by_test_id("stPlotlyChart").nth(place).locator(".nsewdrag").first


def click_bar(page: Page, place: int, bar: int, count: int) -> None:
    """Click in a bar's column above the axis, which works even for a bar of 0."""
    target = chart(page, place)
    label = page.get_by_test_id("stPlotlyChart").nth(place).locator(".hovertext").first
    for _ in range(TRIES):
        at = point(target, (bar + 0.6) / (count + 0.2), 0.3)
        page.wait_for_timeout(500)
        if label.is_visible():  # Plotly handles events only some time after it has drawn
            break
    expect(label).to_be_visible()
    page.mouse.click(*at)


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", name=re.compile("came from"))


def test_a_click_on_a_bar_shows_where_it_came_from(gradients: Page) -> None:
    click_bar(gradients, 0, 4, 6)
    expect(heading(gradients)).to_contain_text(recorded("conv1.bias", 4))
    expect(heading(gradients)).to_be_in_viewport(ratio=1)
    expect(gradients.get_by_text("is added at each of the")).to_be_in_viewport()
    click_bar(gradients, 2, 3, 120)
    expect(heading(gradients)).to_contain_text("fc1.bias.grad[3] = 0 ")
    expect(gradients.get_by_text("lets nothing through")).to_be_visible()
    expect(gradients).to_have_url(re.compile(r"parameter=fc1\.bias&index=3"))
    rest(gradients)
    click_bar(gradients, 0, 4, 6)  # the bar that is still selected in its own chart
    expect(heading(gradients)).to_contain_text(recorded("conv1.bias", 4))


def test_a_number_is_chosen_by_keyboard_and_shared(gradients: Page) -> None:
    field = gradients.get_by_role("spinbutton", name="Output channel")
    field.focus()
    gradients.keyboard.press("ArrowUp")
    gradients.keyboard.press("Enter")
    expect(heading(gradients)).to_contain_text(recorded("conv1.bias", 1))
    expect(gradients).to_have_url(re.compile(r"index=1"))
    expect(gradients.get_by_text("add up to")).to_be_visible()


def test_the_code_of_the_page(gradients: Page) -> None:
    gradients.get_by_role("button", name="Show the PyTorch code").click()
    dialog = gradients.get_by_role("dialog")
    expect(dialog.locator("code").first).to_contain_text('model.get_parameter("conv1.bias")')
    with gradients.expect_download() as waiting:
        dialog.get_by_role("button", name="Download").click()
    assert "autograd.grad" in waiting.value.path().read_text("utf-8")


def test_the_zeros_are_listed_by_key_and_do_not_make_the_row_tall(gradients: Page) -> None:
    page = gradients
    opener = page.get_by_role("button", name=re.compile(r"exactly 0: \d+ of 120"))
    count = int(re.findall(r"\d+", opener.inner_text())[1])
    row = page.get_by_test_id("stHorizontalBlock").filter(has=opener).last
    assert place_of(row)["height"] < 160
    opener.focus()
    page.keyboard.press("Enter")
    listed = page.get_by_text("is exactly 0 at these indices")
    expect(listed).to_be_visible()
    assert len(re.findall(r"\d+", listed.inner_text().partition(":")[2])) == count

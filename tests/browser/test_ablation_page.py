"""Tests of switching channels off in a real browser: the marks, the detail, and strokes over the fast path."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from playwright.sync_api import Page, expect

from lenet.digits import batch
from lenet.networks import ablation, checkpoint, forward
from lenet.networks.ablation import Channel
from playground.text import text
from tests.browser.digits import DIGITS
from tests.browser.rest import ended
from tests.browser.test_draw_page import button, draw, settle, view, visit

__all__ = ["visit"]

ABLATION, VIEW = text("ablation"), text("network_view")
CROSSED = ".unit.is-off"


def test_a_channel_is_switched_off_stays_off_in_a_stroke_and_goes_on_again(visit: Callable[..., Page]) -> None:
    page = visit()
    whole = float(view(page).get_attribute("data-probability") or "nan")
    page.locator('.unit[data-layer="1"][data-unit="3"]').click()
    detail = page.get_by_test_id("network-detail")
    detail.get_by_role("button", name=VIEW["switch_off"].partition("{")[0]).click()
    expect(page.locator(CROSSED)).to_have_count(3)  # of conv1, relu1 and pool1
    ended(page)
    expect(page).to_have_url(re.compile(r"[?&]off=conv1\.3"))
    expect(page.get_by_text("conv1 channel 3")).to_be_visible()
    expect(page.locator(CROSSED).first).to_have_attribute("aria-label", re.compile("switched off"))
    model = ablation.ablated(checkpoint.load("LeNet5"), [Channel("conv1", 3)])
    expected = forward.run(model, batch.of_mnist([0], 32).inputs[0]).probabilities.max()
    shown = float(view(page).get_attribute("data-probability") or "nan")
    assert np.float32(shown) == expected
    assert shown != whole
    expect(detail).to_have_attribute("data-activation", "0")
    draw(page, DIGITS[3])
    settle(page)
    expect(detail).to_have_attribute("data-activation", re.compile(r"^-?0$"))
    expect(page.locator(CROSSED)).to_have_count(3)
    button(page, ABLATION["all-on"]).click()
    expect(page.locator(CROSSED)).to_have_count(0)
    ended(page)
    expect(page).not_to_have_url(re.compile("off="))


def test_a_random_input_is_shown_with_its_signs(page: Page, playground: str) -> None:
    page.goto(f"{playground}/step?input=noise&stop=12")
    page.locator('.unit[data-layer="0"]').click()
    expect(page.get_by_test_id("network-detail")).to_contain_text("either sign")
    expect(page.locator(".key-scale").first).to_contain_text(re.compile("−4.10.*4.10.*in input"))


def test_the_detail_says_how_many_parameters_and_where_the_largest_value_is(visit: Callable[..., Page]) -> None:
    page = visit()
    page.locator('.unit[data-layer="1"][data-unit="3"]').click()
    detail = page.get_by_test_id("network-detail")
    expect(detail).to_contain_text("6·1·5·5 + 6 = 156")
    expect(detail).to_contain_text("= 28")
    values = forward.run(checkpoint.load("LeNet5"), batch.of_mnist([0], 32).inputs[0]).outputs["conv1"][3]
    row, column = np.unravel_index(values.argmax(), values.shape)
    expect(detail.locator(".detail-most")).to_contain_text(f"in row {row}, column {column}")

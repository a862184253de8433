"""Tests of the Build page in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from playground.text import text
from tests.browser.axe import RULES
from tests.browser.rest import ended, in_theme

TEXT = text("build")
LIST = text("layer_list")
SMALL = "stack-28~conv-4-5~relu~max_pool~flatten~linear"
TRAINING = "train_digits=64&train_hold_out=32&train_batch=8&train_epochs=1"


def row(page: Page, number: int) -> Locator:
    return page.get_by_test_id("layer-list").get_by_role("listitem").nth(number)


def shape(page: Page, number: int) -> Locator:
    return row(page, number).locator(".shape")


def test_a_network_is_built_broken_mended_trained_and_stepped_through(page: Page, playground: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{playground}/build?layers={SMALL}")
    expect(shape(page, 0)).to_have_text("4×24×24")
    row(page, 0).get_by_label("out_channels").fill("6")
    expect(shape(page, 3)).to_have_text("864")
    page.get_by_label(LIST["add"]).select_option("dropout")
    expect(shape(page, 4)).to_have_text("864")
    expect(row(page, 5)).to_contain_text("864")  # in_features, left to the playground

    features = row(page, 5).get_by_label("in_features")
    features.fill("400")
    problem = row(page, 5).locator(".problem")
    expect(problem).to_contain_text("mat1 and mat2 shapes cannot be multiplied (1x864 and 400x10)")
    expect(page).to_have_url(re.compile("layers=stack-28"))
    features.fill("4x")
    expect(row(page, 5)).to_contain_text("100000")  # nothing is sent, and the range is said
    problem.get_by_role("button", name=LIST["mend"]).click()
    expect(problem).to_be_hidden()
    built = "stack-28~conv-6-5~relu~max_pool~flatten~dropout~linear"
    expect(page).to_have_url(re.compile(rf"network={built}(&|$)"))
    page.get_by_role("button", name="Remove layer 4").click()
    expect(page.get_by_test_id("layer-list").get_by_role("listitem")).to_have_count(5)
    page.get_by_role("button", name=TEXT["undo"]).click()
    expect(page.get_by_test_id("layer-list").get_by_role("listitem")).to_have_count(6)
    page.reload()
    expect(shape(page, 4)).to_have_text("864")

    page.get_by_role("link", name="Step").click()
    expect(page.get_by_test_id("step-view")).to_contain_text("x = self.drop1(x)")
    expect(page.get_by_test_id("network-view")).to_be_visible()
    page.goto(f"{playground}/train?network={built}&weights=random&{TRAINING}")
    page.get_by_role("button", name=text("train")["start-button"], exact=True).click()
    expect(page.get_by_test_id("training-view")).to_be_visible()
    expect(page.get_by_text(text("train")["result"]).first).to_be_visible()


def test_a_common_error_is_mended_by_one_click(page: Page, playground: str) -> None:
    page.goto(f"{playground}/build?error=kernel")
    problem = row(page, 6).locator(".problem")
    expect(problem.locator(".said")).to_contain_text("Kernel size: (7 x 7)")
    problem.get_by_role("button", name=LIST["mend"]).click()
    expect(problem).to_be_hidden()
    expect(page).not_to_have_url(re.compile("error="))
    page.get_by_role("button", name=TEXT["error-softmax"]).click()
    advice = row(page, 12).locator(".problem")
    expect(advice).to_contain_text("1.4612")
    advice.get_by_role("button", name=LIST["mend"]).click()
    expect(page.get_by_test_id("layer-list").get_by_role("listitem")).to_have_count(12)


@pytest.mark.parametrize("width", [1440, 390])
def test_everybody_can_use_the_page(new_page: Callable[..., Page], playground: str, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 900}, has_touch=width < 500)
    page.goto(f"{playground}/build?layers={SMALL.replace('linear', 'linear-10-1-5')}")
    expect(row(page, 4).locator(".problem")).to_be_visible()
    ended(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert row(page, 4).evaluate("row => row.scrollWidth <= row.clientWidth")
    for theme in ("light", "dark"):
        in_theme(page, theme)
        found = Axe().run(page, options=RULES)
        assert not [problem["id"] for problem in found.response["violations"]]

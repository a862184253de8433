"""Tests of the Autograd page in a browser: numbers, a node picked in the graph, an expression, a shared address."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from playground.text import text
from tests.browser.axe import RULES
from tests.browser.rest import ended, in_theme


def table(page: Page, label: str) -> Locator:
    """First table with this name."""
    return page.locator(f'[data-testid="number-tables"] [data-table="{label}"]').first


def numbers(page: Page, label: str) -> list[str]:
    return table(page, label).locator("td").all_inner_texts()


def test_the_review_by_hand(page: Page, playground: str) -> None:
    page.goto(playground)
    page.get_by_role("link", name="Autograd").click()
    expect(table(page, "after call 1").locator("td")).to_have_text(["4.5"] * 4)
    page.get_by_role("spinbutton", name="Calls of backward").fill("2")
    page.keyboard.press("Enter")
    expect(table(page, "after call 2").locator("td")).to_have_text(["9"] * 4)
    page.get_by_role("spinbutton", name="x[0, 1]").fill("-4")
    page.keyboard.press("Enter")
    expect(table(page, "after call 1").locator("td")).to_have_text(["4.5", "−3", "4.5", "4.5"])
    page.get_by_role("option", name=re.compile("AccumulateGrad")).first.click()
    expect(page.get_by_text("out.grad_fn.next_functions[0][0].next_functions[0][0]")).to_be_visible()
    expect(table(page, "incoming gradient").locator("td")).to_have_text(["4.5", "−3", "4.5", "4.5"])


def test_an_expression_that_is_sent_is_opened_and_a_bad_one_costs_nothing(
    new_page: Callable[..., Page], playground: str
) -> None:
    page = new_page()
    page.goto(playground)
    page.get_by_role("link", name="Autograd").click()
    page.get_by_role("radio", name="your own expression").click()
    line = page.get_by_role("textbox", name="Expression")
    line.fill("q = tensor([2., 3.])\n(q * q).sum() / 0")
    page.keyboard.press("Control+Enter")
    expect(table(page, "q.grad").locator("td")).to_have_text(["∞", "∞"])
    expect(page.get_by_text("There are infinite numbers")).to_be_visible()
    expect(page).to_have_url(re.compile("exercise=own.*expression="))
    line.fill("ones(100000, 100000)")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("more than 10,000 numbers")
    assert numbers(page, "q.grad") == ["∞", "∞"]
    line.fill("w = tensor([2., 3.])\n(w * w).sum()")
    page.keyboard.press("Control+Enter")
    expect(table(page, "w.grad").locator("td")).to_have_text(["4", "6"])
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page).to_have_url(re.compile("expression=w"))
    other = new_page()
    other.goto(page.url)
    expect(table(other, "w.grad").locator("td")).to_have_text(["4", "6"])


@pytest.mark.parametrize("width", [1440, 390])
def test_a_common_error_is_mended_by_one_click(new_page: Callable[..., Page], playground: str, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(f"{playground}/autograd?exercise=errors&error=leaf")
    words = text("common_errors")
    expect(page.get_by_role("alert")).to_contain_text("a leaf Variable that requires grad is being used in an in-place")
    ended(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for theme in ("light", "dark"):
        in_theme(page, theme)
        found = Axe().run(page, options=RULES)
        assert not [problem["id"] for problem in found.response["violations"]]
    page.get_by_role("button", name=words["mend"]).click()
    expect(page.get_by_text(words["ran"])).to_be_visible()
    expect(page).to_have_url(re.compile("mended=1"))

"""Tests of the Initialisation page in a real browser, and of the comparison of modes on the Step page."""

from __future__ import annotations

import re

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from playground.text import text
from tests.browser.axe import RULES
from tests.browser.rest import ended, in_theme

TEXT = text("initialisation")


def choose(page: Page, setting: str, value: str) -> None:
    page.get_by_test_id("stMain").get_by_role("combobox", name=TEXT[setting]).click()
    page.get_by_role("option", name=TEXT[f"{setting}-{value}"]).click()


def test_an_initialisation_is_chosen_and_the_curves_follow(page: Page, playground: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{playground}/initialisation?depth=6")
    chart = page.get_by_test_id("stPlotlyChart").first
    expect(chart).to_contain_text("fc6")
    expect(chart).to_contain_text(TEXT["line-differences"])
    assert chart.locator(".scatterlayer .trace").count() == 3
    choose(page, "layers", "conv")
    expect(chart).to_contain_text("conv5")
    choose(page, "init", "kaiming_normal")
    expect(page).to_have_url(re.compile("init=kaiming_normal"))
    expect(page.get_by_text("nn.init.kaiming_normal_(weight")).to_be_visible()
    ended(page)
    box = chart.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900  # in view without scrolling


def test_it_is_accessible_and_fits_a_phone(page: Page, playground: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{playground}/initialisation?depth=4")
    expect(page.get_by_test_id("stPlotlyChart").first).to_contain_text("fc4")
    ended(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for theme in ("light", "dark"):
        in_theme(page, theme)
        found = Axe().run(page, options=RULES)
        assert not [problem["id"] for problem in found.response["violations"]]


def test_the_gap_between_the_modes_is_made_in_one_click(page: Page, playground: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{playground}/step")
    page.get_by_role("button", name=text("iteration_bar")["preset-both-modes"]).click()
    panel = page.locator(".st-key-mode-gap")
    expect(panel.get_by_role("heading", name=text("mode_panel")["title"])).to_be_in_viewport()
    expect(panel.get_by_test_id("stPlotlyChart")).to_contain_text("model.eval()")
    expect(panel).to_contain_text("bn1 normalises with other numbers")


def test_the_running_statistics_are_shown_where_they_move(page: Page, playground: str) -> None:
    network = "stack-28~conv-4-5~batch_norm~relu~flatten~linear"
    page.goto(f"{playground}/step?network={network}&weights=random&input=mnist&digits=0,1&stop=4")
    heading = page.get_by_role("heading", name=text("running_statistics")["title"])
    expect(heading).to_be_visible()
    page.get_by_role("button", name=text("step_view")["below"]).click()
    expect(heading).to_be_in_viewport()

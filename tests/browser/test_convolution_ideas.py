"""The Convolution page's experiments in a real browser: a digit is shifted, cells are pointed at, a shift is taken."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from lenet.convolution import answers
from lenet.digits import batch
from lenet.networks import checkpoint
from tests.browser.rest import TRIES, choose, ended, point


def board(page: Page, name: str) -> Locator:
    return page.get_by_test_id(name)


def test_a_shifted_digit_has_a_difference_of_exactly_0(page: Page, playground: str) -> None:
    page.goto(f"{playground}/convolution?part=equivariance&padding=circular&stride=1")
    found = board(page, "equivariance")
    expect(found).to_have_attribute("data-difference", "0")
    expect(found.locator(".number")).to_have_text("0")
    slider = page.get_by_role("slider", name="To the right")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("dx=7"))
    expect(found).to_have_attribute("data-difference", "0")
    choose(page.get_by_role("combobox", name="Padding"), "zeros")
    expect(page).to_have_url(re.compile("padding=zeros"))
    expect(found).not_to_have_attribute("data-difference", "0")
    assert float(found.get_attribute("data-difference") or 0) > 0.01
    choose(page.get_by_role("combobox", name="Padding"), "circular")
    choose(page.get_by_role("combobox", name="Stride"), "2")
    expect(board(page, "equivariance-shifts")).to_have_attribute("data-holds", "121")
    expect(found).not_to_have_attribute("data-difference", "0")  # by 7 pixels
    shifts = board(page, "equivariance-shifts").get_by_role("img")
    shifts.focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("dx=8"))
    expect(found).to_have_attribute("data-difference", "0")
    expect(shifts).to_be_focused()
    page.reload()
    expect(found).to_have_attribute("data-difference", "0")
    expect(page).to_have_url(re.compile("padding=circular&stride=2"))


def test_a_place_on_the_heat_map_puts_that_digit_on_the_pad(page: Page, playground: str) -> None:
    page.goto(f"{playground}/convolution?part=equivariance")
    found = board(page, "shifted-answers")
    model = checkpoint.load("LeNet5")
    shifts = answers.over_shifts(model, batch.of_mnist([0], 32).inputs[0])
    expect(found).to_have_attribute("data-right", str((shifts.argmax(2) == 7).sum()))
    ended(page)
    heat = found.get_by_role("img")
    point(heat, 14.5 / 21, 7.5 / 21)
    share = f"{shifts[7, 14, 7]:.3g}"[:4]
    expect(found.get_by_role("status")).to_contain_text(f"row −3, column 4: {share}")
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_label("Drawing pad")).to_be_visible()
    expect(page.get_by_text("shifted by 4 to the right and −3 down")).to_be_visible()
    page.go_back()
    expect(found).to_be_visible()
    ended(page)
    curve = page.get_by_test_id("stPlotlyChart").first.locator(".nsewdrag").first
    label = page.get_by_test_id("stPlotlyChart").first.locator(".hovertext").first
    for _ in range(TRIES):
        at = point(curve, 0.75, 0.5)
        page.wait_for_timeout(300)
        if label.is_visible():  # Plotly handles events only some time after it has drawn
            break
    page.mouse.click(*at)
    expect(page.get_by_text(re.compile("rotated by (85|90|95)°"))).to_be_visible()


def test_an_output_cell_and_its_receptive_field(page: Page, playground: str) -> None:
    page.goto(f"{playground}/convolution?part=sparse&layer=conv2&row=0&column=0")
    found = board(page, "sparse")
    expect(found).to_have_attribute("data-computed", "196")
    expect(found).to_have_attribute("data-measured", "196")
    ended(page)
    output = found.get_by_label("conv2 · 16×10×10, 10×10")
    point(output, 0.55, 0.25)
    page.mouse.down()
    page.mouse.up()
    expect(page).to_have_url(re.compile("row=2&column=5"))
    output.focus()
    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("row=3&column=5"))
    expect(found.locator(".sentence")).to_contain_text("row 3, column 5")
    page.get_by_role("radio", name="What a pixel can reach").click()
    expect(found.locator(".sentence")).to_contain_text("can be reached by the pixel")
    choose(page.get_by_role("combobox", name="Reached in"), "conv1")
    expect(found).to_have_attribute("data-computed", re.compile(r"^(96|120|150)$"))
    page.get_by_role("radio", name="Parameter sharing").click()
    kernel = board(page, "sharing").get_by_label(re.compile("kernel"))
    kernel.focus()
    page.keyboard.press("End")
    expect(page).to_have_url(re.compile("part=sharing.*column=4"))
    page.get_by_role("radio", name="Channels").click()
    expect(page.get_by_text("Parameters of every layer")).to_be_visible()

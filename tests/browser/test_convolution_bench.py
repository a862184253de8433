"""Tests of the bench on the Convolution page in a real browser: what a visitor does by hand, with PyTorch's numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional as F

from tests.browser.axe import RULES
from tests.browser.conftest import Open
from tests.browser.rest import ended, in_theme, point, wait_until

GRID = np.float32([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 1, 2], [3, 4, 5, 6]])
ADDRESS = "convolution?part=by-hand&source=grid&grid=1x4x4:" + ",".join(f"{value:g}" for value in GRID.ravel())


def bench(page: Page) -> Locator:
    return page.get_by_test_id("convolution-bench")


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    found = bench(page)
    expect(found).to_have_attribute("data-seq", re.compile(r"\d+"))
    ended(page)
    return found


def cell(found: Locator) -> tuple[int, int]:
    return int(found.get_attribute("data-row") or -1), int(found.get_attribute("data-column") or -1)


def number(found: Locator, name: str) -> float:
    return float(found.get_attribute(f"data-{name}") or "nan")


def changed(found: Locator, name: str, value: str) -> None:
    """Type a new value of an option, and wait for Python's answer."""
    seq = int(found.get_attribute("data-seq") or 0)
    found.locator(f".field-{name} input").fill(value)
    wait_until(found.page, lambda: int(found.get_attribute("data-seq") or 0) > seq, f"{name} = {value}")


def test_a_convolution_by_hand(page: Page, playground: str) -> None:
    found = opened(page, f"{playground}/{ADDRESS}")
    output = page.get_by_test_id("convolution-output")
    expect(output).to_have_attribute("data-shape", "4x4")

    # Edit the kernel.
    found.get_by_label("kernel of input channel 0, row 1, column 1").fill("2.5")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"kernel=1x3x3"))
    weight = torch.tensor([[-1.0, 0, 1], [-2, 2.5, 2], [-1, 0, 1]])
    wanted = F.conv2d(torch.from_numpy(GRID)[None, None], weight[None, None], padding=1)[0, 0]

    # Move the window by keys, by pointer and by the scrubber.
    output.focus()
    for key in ("Home", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(found).to_have_attribute("data-stop", "1,1")
    stages = page.get_by_test_id("convolution-stages")
    numbers = [float(text.replace("−", "-")) for text in stages.locator("td").all_inner_texts()]
    patch, kernel, products = np.array(numbers).reshape(3, 9)
    np.testing.assert_allclose(products, patch * kernel)
    assert products.sum() == pytest.approx(float(wanted[1, 1]))
    assert number(found, "value") == number(found, "sum") == pytest.approx(float(wanted[1, 1]))
    expect(stages).to_contain_text("This is PyTorch's value")
    expect(stages).to_contain_text("y[0, 1, 1] = Σ x[c, 1·1 + i − 1, 1·1 + j − 1] · w[0, c, i, j]")
    point(output, 0.9, 0.1)
    expect(found).to_have_attribute("data-stop", "0,3")
    assert number(found, "value") == pytest.approx(float(wanted[0, 3]))
    expect(stages.locator("td.is-padding")).to_have_count(5)
    page.get_by_label("Window's cell").fill("14")
    expect(found).to_have_attribute("data-stop", "3,2")
    page.get_by_role("button", name="Previous cell").click()
    page.get_by_role("button", name="Play").click()
    expect(found).to_have_attribute("data-stop", "3,3")
    expect(page.get_by_role("button", name="Play")).to_be_visible()

    # Break a setting: PyTorch's words and plain ones are at the option, and the picture stays.
    changed(found, "padding", "0")
    expect(output).to_have_attribute("data-shape", "2x2")
    changed(found, "height", "7")
    alert = found.get_by_role("alert").filter(visible=True)
    expect(alert).to_contain_text("Kernel size can't be greater than actual input size")
    expect(alert).to_contain_text("the padded input only 4")
    expect(found.locator(".field-height input")).to_have_attribute("aria-invalid", "true")
    expect(output).to_have_attribute("data-shape", "2x2")
    changed(found, "height", "3")
    expect(alert).to_have_count(0)
    found.get_by_label("kernel of input channel 0, row 0, column 0").fill("")
    expect(alert).to_contain_text("row 0, column 0 is empty")
    report = Axe().run(page, options=RULES)
    assert report.violations_count == 0, report.generate_report()
    expect(output).to_have_attribute("data-shape", "2x2")
    found.get_by_label("kernel of input channel 0, row 0, column 0").fill("-1")
    expect(alert).to_have_count(0)

    # Draw on the grid by brush and by keys.
    found.get_by_role("checkbox", name="Brush").check()
    found.get_by_label("value that the brush sets").fill("20")
    box = found.locator(".map-input").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 8, box["y"] + box["height"] / 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 3 / 8, box["y"] + box["height"] / 8, steps=3)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"grid=1x4x4(:|%3A)20(,|%2C)20(,|%2C)2"))
    found.get_by_role("checkbox", name="Brush").uncheck()
    found.get_by_label("input channel 0, row 3, column 3", exact=True).fill("-7")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"-7(&|$)"))


def test_a_pinned_cell_and_a_shared_address(new_page: Open, playground: str) -> None:
    page = new_page()
    found = opened(page, f"{playground}/convolution?part=by-hand&source=grid&transposed=1&stride=2&kernel=box")
    output = page.get_by_test_id("convolution-output")
    point(found.locator(".map-input"), 0.4, 0.4)
    expect(page.get_by_test_id("convolution-stages")).to_contain_text("reaches 9 cells of the output")
    point(output, 0.5, 0.5)
    page.mouse.down()
    page.mouse.up()
    expect(found).to_have_attribute("data-pinned", "true")
    pinned = cell(found)
    expect(page).to_have_url(re.compile("pin="))
    point(output, 0.1, 0.1)
    assert cell(found) == pinned
    value = number(found, "value")

    other = new_page(viewport={"width": 390, "height": 844})
    shared = opened(other, page.url)
    assert cell(shared) == pinned
    expect(shared).to_have_attribute("data-pinned", "true")
    assert number(shared, "value") == number(shared, "sum") == value
    shape = output.get_attribute("data-shape") or ""
    expect(other.get_by_test_id("convolution-output")).to_have_attribute("data-shape", shape)
    assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shared.get_by_role("button", name="Unpin").click()
    expect(other).not_to_have_url(re.compile("pin="))


def test_pooling_by_hand(page: Page, playground: str) -> None:
    address = ADDRESS.replace("by-hand", "pooling")
    found = opened(page, f"{playground}/{address}")
    expect(page.get_by_test_id("convolution-output")).to_have_attribute("data-shape", "2x2")
    page.get_by_test_id("convolution-output").focus()
    for key in ("Home", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    assert (cell(found), number(found, "value")) == ((1, 0), 9)
    expect(found).to_contain_text("The largest value, 9, is at row 2, column 1")
    expect(found.locator("td.is-marked")).to_have_text("9.00")
    expect(found).to_contain_text("4 of 4 outputs have changed.")
    for theme in ("light", "dark"):
        in_theme(page, theme)
        report = Axe().run(page, options=RULES)
        assert report.violations_count == 0, report.generate_report()
    found.get_by_label("kind").select_option("avg")
    expect(found).to_contain_text("The sum of the window, 24, divided by 4 is 6.")
    changed(found, "size", "5")
    expect(found.get_by_role("alert").filter(visible=True)).to_contain_text("Output size is too small")
    expect(page.get_by_test_id("convolution-output")).to_have_attribute("data-shape", "2x2")


def test_without_a_websocket_of_its_own_options_go_through_streamlit(fresh_page: Page, playground: str) -> None:
    fresh_page.route_web_socket(re.compile(r"/bench$"), lambda socket: socket.close())
    found = opened(fresh_page, f"{playground}/{ADDRESS}")
    changed(found, "stride", "2")
    output = fresh_page.get_by_test_id("convolution-output")
    expect(output).to_have_attribute("data-shape", "2x2")
    changed(found, "groups", "3")
    expect(found.get_by_role("alert").filter(visible=True)).to_contain_text("in_channels must be divisible by groups")
    expect(output).to_have_attribute("data-shape", "2x2")

"""Tests in a real browser of a unit that is open inside the picture of a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch.nn import functional as F

from lenet.networks import forward
from tests.browser.apps import network
from tests.browser.network_pages import APP, DIGIT, View, at_rest, open_unit, open_view
from tests.browser.rest import point

CONV2 = "conv2 channel 3 of 16, output, 10×10"
POOL2 = "pool2 channel 5 of 16, output, 5×5"
FC1 = "fc1 unit 7 of 120, output"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def view(page: Page, serve: Callable[[Path], str]) -> View:
    """Function that opens the app and waits for the picture."""
    return lambda name="LeNet5", **query: open_view(page, serve(APP), name, **query)


def places(view: Locator) -> dict[str, Any]:
    """Places of the page and the box, and whether everything that is open is inside the box."""
    found: dict[str, Any] = view.evaluate(
        """root => {
            const main = document.querySelector('[data-testid="stMain"]');
            const box = root.querySelector(".picture").getBoundingClientRect();
            const panel = root.querySelector(".detail").getBoundingClientRect();
            return {
                page: [main.scrollTop, main.scrollHeight, scrollY],
                box: [box.x, box.y, box.width, box.height],
                inside: panel.left >= box.left && panel.right <= box.right + 0.5
                    && panel.top >= box.top && panel.bottom <= box.bottom + 0.5,
                panel: panel.width * panel.height,
            };
        }"""
    )
    return found


def swipe(detail: Locator, distance: int) -> None:
    """Swipe down over the heading."""
    detail.locator("h3").evaluate(
        """(head, distance) => {
            const touch = (y) => new Touch({ identifier: 1, target: head, clientX: 60, clientY: y });
            const tell = (type, touches, changedTouches) =>
                head.dispatchEvent(new TouchEvent(type, { bubbles: true, composed: true, touches, changedTouches }));
            tell("touchstart", [touch(20)], [touch(20)]);
            tell("touchend", [], [touch(20 + distance)]);
        }""",
        distance,
    )


@pytest.mark.parametrize("name", [CONV2, POOL2, FC1, "softmax digit 4, output"])
def test_a_unit_opens_inside_the_box_and_the_page_stays_as_it_is(view: View, name: str) -> None:
    found = view()
    before = places(found)
    open_unit(found, name)
    after = places(found)
    assert (after["page"], after["box"]) == (before["page"], before["box"])
    assert after["inside"]
    assert after["panel"] > 0.5 * after["box"][2] * after["box"][3]


def test_esc_brings_everything_back_and_the_focus_to_the_map(view: View, page: Page) -> None:
    found = view()
    before = places(found)["box"]
    maps = found.get_by_role("img").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    detail = open_unit(found, CONV2)
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(found.get_by_label(CONV2, exact=True)).to_be_focused()
    at_rest(found)
    assert places(found)["box"] == before
    assert found.get_by_role("img").evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())") == maps
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()


def test_each_sources_sum_is_what_pytorch_computes_of_it_alone(view: View) -> None:
    model = network.build.__wrapped__("LeNet5")
    passed = forward.run(model, network.digit_for(model, DIGIT))
    detail = open_unit(view(), CONV2)
    point(detail.get_by_role("application"), 6.5 / 10, 4.5 / 10)
    expect(detail).to_have_attribute("data-row", "4")
    expect(detail).not_to_have_attribute("data-sum", "")
    maps = torch.from_numpy(passed.outputs["pool1"])[None]
    with torch.no_grad():
        alone = [F.conv2d(maps[:, [i]], model.conv2.weight[3:4, [i]])[0, 0, 4, 6].item() for i in range(6)]
    shown = [float(text.replace("−", "-")) for text in detail.locator(".part-sum").all_inner_texts()]
    assert shown == pytest.approx(alone, rel=6e-3, abs=1e-6)


def test_each_source_has_its_map_its_kernel_and_an_edge_to_the_sum(view: View, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 1100})
    detail = open_unit(view(spare=60), CONV2)
    for part in (".part .map-part", ".part .map-kernel", ".zoom-edge"):
        expect(detail.locator(part)).to_have_count(6)
    apart = detail.evaluate(
        """root => {
            const places = [...root.querySelectorAll(".part, .detail-output, .detail-words, .work")]
                .map(one => one.getBoundingClientRect());
            const beside = (a, b) => a.left >= b.right - 1 || a.top >= b.bottom - 1;
            return places.every((a, i) => places.slice(i + 1).every(b => beside(a, b) || beside(b, a)));
        }"""
    )
    assert apart, "parts lie over each other"


def test_another_map_opens_from_its_strip(view: View) -> None:
    found = view()
    detail = open_unit(found, CONV2)
    found.get_by_label("conv1 channel 2 of 6, output, 28×28", exact=True).click()
    expect(detail).to_have_attribute("data-layer", "conv1")
    expect(detail).to_have_attribute("data-unit", "2")


def test_without_motion_everything_is_in_its_place_at_once(view: View, page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    found = view()
    found.get_by_label(CONV2, exact=True).click()
    expect(found.get_by_test_id("network-detail")).to_be_visible()
    moving = "root => root.getAnimations({ subtree: true }).length + root.querySelectorAll('.flight').length"
    assert found.evaluate(moving) == 0
    still = places(found)
    page.keyboard.press("Escape")
    expect(found.get_by_test_id("network-detail")).to_be_hidden()
    assert found.evaluate(moving) == 0
    assert still["inside"]


def test_an_open_unit_stays_open_when_the_window_changes(view: View, page: Page) -> None:
    found = view()
    detail = open_unit(found, CONV2)
    for width in (1000, 390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        expect(found.locator("dialog[open]")).to_have_count(1 if width == 390 else 0)
        expect(detail).to_be_visible()
        expect(detail).to_have_attribute("data-unit", "3")
    assert places(found)["inside"]


def test_on_a_phone_a_sheet_covers_the_window_until_it_is_closed(view: View, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found = view()
    unit = found.get_by_label(CONV2, exact=True)
    for close in ("button", "Escape"):
        detail = open_unit(found, CONV2)
        box = found.locator("dialog[open]").bounding_box()
        assert box == {"x": 0, "y": 0, **PHONE}
        button = detail.get_by_role("button", name="Close")
        size = button.bounding_box()
        assert size
        assert size["height"] >= 44
        if close == "button":
            button.click()
        else:
            page.keyboard.press(close)
        expect(detail).to_be_hidden()
        expect(found.locator("dialog[open]")).to_have_count(0)
        expect(unit).to_be_focused()


@pytest.mark.parametrize("name", [CONV2, POOL2, FC1, "softmax digit 4, output"])
def test_on_a_phone_nothing_of_a_unit_is_cut_off_at_the_side(view: View, page: Page, name: str) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    detail = open_unit(view(), name)
    outside = detail.evaluate(
        """root => [...root.querySelectorAll("canvas, td, th, p, button, h3, figcaption")]
            .filter(one => one.checkVisibility())
            .filter(one => one.getBoundingClientRect().right > innerWidth || one.getBoundingClientRect().left < 0)
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert outside == []


def test_on_a_phone_a_swipe_down_closes_the_sheet(view: View, page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    detail = open_unit(view(), CONV2)
    swipe(detail, 40)
    expect(detail).to_be_visible()
    swipe(detail, 180)
    expect(detail).to_be_hidden()

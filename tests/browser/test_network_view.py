"""Tests of the network view in a real browser, compared with PyTorch."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lenet.networks import forward
from lenet.networks.forward import Layer, Pass
from playground.components import modules, network_view
from playground.text import text
from tests.browser.apps import network
from tests.browser.network_pages import APP, DIGIT, View, label, open_unit, open_view
from tests.browser.rest import point

NETWORKS = ["LeNet5", "LightNet", "DigitCNN"]
WORDS = text("network_view")


def passed_of(name: str, index: int = DIGIT) -> Pass:
    model = network.build.__wrapped__(name)
    return forward.run(model, network.digit_for(model, index))


@pytest.fixture
def view(page: Page, serve: Callable[[Path], str]) -> View:
    """Function that opens the app and waits for the picture."""
    return lambda name="LeNet5", **query: open_view(page, serve(APP), name, **query)


def labels(layers: tuple[Layer, ...]) -> list[str]:
    classes = {layers[-1].name, *layers[-1].sources}
    return [label(layer, unit, layer.name in classes) for layer in layers for unit in range(layer.shape[0])]


def choose(detail: Locator, layer: Layer, row: int, column: int) -> None:
    """Point at a cell of the enlarged output."""
    _, height, width = layer.shape
    point(detail.get_by_role("application"), (column + 0.5) / width, (row + 0.5) / height)
    expect(detail).to_have_attribute("data-row", str(row))
    expect(detail).to_have_attribute("data-column", str(column))


def check_sum(detail: Locator, value: np.float32) -> None:
    """Expect the browser to show exactly PyTorch's value, and its own arithmetic to give the same result."""
    expect(detail).not_to_have_attribute("data-sum", "")
    assert float(detail.get_attribute("data-activation") or "nan") == float(value)
    assert float(detail.get_attribute("data-sum") or "nan") == pytest.approx(float(value), rel=1e-4, abs=1e-5)
    expect(detail).to_contain_text("✓")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_map_has_its_label_and_the_prediction_is_pytorchs(view: View, name: str) -> None:
    passed = passed_of(name)
    found = view(name)
    images = found.get_by_role("img").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert images == labels(passed.layers)
    share = float(passed.probabilities.max())
    expect(found).to_have_attribute("data-prediction", str(passed.prediction))
    assert float(found.get_attribute("data-probability") or "nan") == pytest.approx(share, abs=1e-6)
    expect(found.get_by_role("status")).to_contain_text(f"{passed.prediction}, with a probability of {share:.1%}"[:-1])
    expect(found.locator(".unit-share")).to_have_count(10)


def test_a_sum_in_the_browser_is_pytorchs_activation(view: View) -> None:
    passed = passed_of("LeNet5")
    found = view()
    classes = {passed.layers[-1].name, *passed.layers[-1].sources}
    random = np.random.default_rng(1)
    for layer in passed.layers[1:]:
        output = passed.outputs[layer.name]
        unit = int(random.integers(layer.shape[0]))
        detail = open_unit(found, label(layer, unit, layer.name in classes))
        if len(layer.shape) == 1:
            check_sum(detail, output[unit])
            continue
        _, height, width = layer.shape
        for row, column in ((0, 0), (height // 2, width // 3), (height - 1, width - 1)):
            choose(detail, layer, row, column)
            check_sum(detail, output[unit, row, column])


def test_padding_stride_dilation_and_groups_are_honoured(view: View) -> None:
    passed = passed_of("Odd")
    found = view("Odd")
    for layer in passed.layers:
        if layer.kind not in ("conv2d", "max_pool2d"):
            continue
        _, height, width = layer.shape
        unit = layer.shape[0] - 1
        detail = open_unit(found, label(layer, unit))
        for row, column in ((0, 0), (height - 1, width - 1), (height // 2, width // 2)):
            choose(detail, layer, row, column)
            check_sum(detail, passed.outputs[layer.name][unit, row, column])


def test_a_layer_without_a_worked_example_says_so(view: View) -> None:
    layer = next(layer for layer in passed_of("Odd").layers if layer.kind == "silu")
    detail = open_unit(view("Odd"), label(layer, 1))
    expect(detail).to_contain_text("There is no worked example for silu")
    assert detail.get_attribute("data-sum") == ""


def test_a_relu_after_a_reshape_reads_the_right_number(view: View) -> None:
    passed = passed_of("Odd")
    layer = passed.layers[-3]
    assert layer.kind == "relu"
    assert len(layer.shape) == 1
    check_sum(open_unit(view("Odd"), label(layer, 37)), passed.outputs[layer.name][37])


def test_the_pools_winner_is_named(view: View) -> None:
    passed = passed_of("LeNet5")
    pool = next(layer for layer in passed.layers if layer.kind == "max_pool2d")
    detail = open_unit(view(), label(pool, 2))
    choose(detail, pool, 6, 5)
    window = passed.outputs[pool.sources[0]][2, 12:14, 10:12]
    row, column = np.unravel_index(window.argmax(), window.shape)
    expect(detail).to_contain_text(f"in row {12 + row}, column {10 + column} of {pool.sources[0]}")
    marked = detail.locator("td.is-marked")
    expect(marked).to_have_count(1)
    assert marked.evaluate("cell => [cell.parentElement.rowIndex, cell.cellIndex]") == [row, column]


def test_softmax_is_worked_out_for_all_ten(view: View) -> None:
    probabilities = passed_of("LeNet5").probabilities
    table = open_unit(view(), "softmax digit 4, output").locator("tbody tr")
    expect(table).to_have_count(10)
    shown = [float(table.nth(digit).locator("td").last.inner_text()) for digit in range(10)]
    assert shown == pytest.approx(probabilities.tolist(), rel=1e-3)


def test_pointing_says_what_is_there(view: View, page: Page) -> None:
    found = view()
    unit = found.get_by_label("conv1 channel 2 of 6, output, 28×28")
    point(unit, 6.5 / 28, 4.5 / 28)
    readout = found.locator(".readout")
    expect(readout).to_contain_text("conv1 · channel 2 · row 4, column 6 · ")
    shown = float(readout.inner_text().split("·")[3].replace("−", "-"))
    output = passed_of("LeNet5").outputs["conv1"][2]
    assert shown == pytest.approx(float(output[4, 6]), rel=1e-3)
    bias = float(network.build("LeNet5").get_parameter("conv1.bias")[2])
    expect(readout).to_contain_text("mostly from input · channel 0: ")
    contribution = float(readout.inner_text().rpartition(": ")[2].replace("−", "-"))
    assert contribution == pytest.approx(float((output[output > 0] - bias).mean()), rel=1e-3)


def test_keys_alone_reach_everything_and_esc_goes_back(view: View, page: Page) -> None:
    found = view(width=700)  # conv1's channels are in one column
    first = found.get_by_label("conv1 channel 0 of 6, output, 28×28")
    first.focus()
    page.keyboard.press("ArrowDown")
    second = found.get_by_label("conv1 channel 1 of 6, output, 28×28")
    expect(second).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(found.get_by_label("relu1 channel 1 of 6, output, 28×28")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(second).to_be_focused()
    page.keyboard.press("Enter")
    detail = found.get_by_test_id("network-detail")
    expect(detail).to_be_visible()
    expect(detail.get_by_role("application")).to_be_focused()
    before = int(detail.get_attribute("data-row") or -1)
    page.keyboard.press("ArrowDown" if before == 0 else "ArrowUp")
    expect(detail).to_have_attribute("data-row", str(1 if before == 0 else before - 1))
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(second).to_be_focused()
    assert found.locator(".unit[tabindex='0']").count() == len(passed_of("LeNet5").layers)


def test_a_detail_stays_open_through_new_values(view: View, page: Page) -> None:
    found = view()
    detail = open_unit(found, "conv2 channel 3 of 16, output, 10×10")
    passed = passed_of("LeNet5", 4)
    choose(detail, next(layer for layer in passed.layers if layer.name == "conv2"), 3, 4)
    page.get_by_label("Digit", exact=True).fill("4")
    page.keyboard.press("Enter")
    expect(found).to_have_attribute("data-seq", "4")
    assert (detail.get_attribute("data-row"), detail.get_attribute("data-column")) == ("3", "4")
    check_sum(detail, passed.outputs["conv2"][3, 3, 4])


def pixels(view: Locator, layer: int) -> bytes:
    data: str = view.locator("canvas.sheet").nth(layer).evaluate("canvas => canvas.toDataURL()")
    return base64.b64decode(data.partition(",")[2])


def test_the_range_switch_changes_the_colours_and_is_kept(view: View, page: Page) -> None:
    found = view()
    layer, whole = pixels(found, 1), pixels(found, 5)
    expect(found.get_by_role("radio", name="this layer")).to_be_checked()
    found.get_by_text("this map", exact=True).click()
    own = pixels(found, 1)
    assert own != layer
    found.get_by_text("whole network", exact=True).click()
    assert pixels(found, 1) not in (own, layer)
    found.get_by_text("this layer", exact=True).click()
    assert (pixels(found, 1), pixels(found, 5)) == (layer, whole)
    found.get_by_text("this map", exact=True).click()
    page.reload()
    expect(found.get_by_role("radio", name="this map")).to_be_checked()


def test_an_empty_pad_has_no_prediction(view: View) -> None:
    found = view(blank=1)
    assert found.get_attribute("data-prediction") == ""
    assert found.get_attribute("data-probability") == ""
    expect(found.get_by_role("status")).to_have_text("The pad is empty. Draw a digit.")
    expect(found.get_by_role("img")).to_have_count(len(labels(passed_of("LeNet5").layers)))
    detail = open_unit(found, "conv2 channel 3 of 16, output, 10×10")
    expect(detail).to_contain_text("The pad is empty.")
    expect(detail.get_by_role("application")).to_be_hidden()


@pytest.mark.parametrize("name", [*NETWORKS, "Odd"])
def test_the_whole_network_fits_the_width(view: View, page: Page, name: str) -> None:
    found = view(name, width=350)
    for width in (350, 700, 850, 1150):
        page.set_viewport_size({"width": width + 200, "height": 900})
        edges = edges_at(found, width)
        assert min(min(edge) for edge in edges) > -3, "a label may stand out by the width of a digit, no more"


def edges_at(view: Locator, width: int) -> list[list[float]]:
    """Distances of all parts from the left and the right edge of a view of this width."""
    found: list[list[float]] = view.evaluate(
        """async (root, width) => {
            root.style.width = `${width}px`;
            for (let i = 0; i < 3; i++) await new Promise(done => requestAnimationFrame(done));
            const own = root.getBoundingClientRect();
            const parts = ".unit, .block-head span, .unit-share, .key li, .prediction li, .ranges";
            const seen = [...root.querySelectorAll(parts)].filter(one => one.checkVisibility());
            const boxes = seen.map(one => one.getBoundingClientRect());
            return boxes.map(box => [box.left - own.left, own.right - box.right]);
        }""",
        width,
    )
    return found


def test_maps_do_not_overlap(view: View) -> None:
    overlaps: int = view("DigitCNN", width=850).evaluate(
        """root => {
            const boxes = [...root.querySelectorAll(".unit")].map(one => one.getBoundingClientRect());
            const apart = (a, b) => a.left > b.right - .5 || a.top > b.bottom - .5;
            const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).map(b => [a, b]));
            return pairs.filter(([a, b]) => !apart(a, b) && !apart(b, a)).length;
        }"""
    )
    assert overlaps == 0


@pytest.mark.parametrize("name", [*NETWORKS, "Odd"])
def test_the_browser_has_every_activation_bit_for_bit(page: Page, playground: str, name: str) -> None:
    passed = passed_of(name)
    given = {
        "layers": json.loads(json.dumps(network_view._describe(passed.layers))),
        "values": base64.b64encode(network_view._values(passed)).decode(),
        "modules": [f"/modules/{modules.digest()}/network_view/{name}.js" for name in ("network", "values")],
    }
    page.goto(f"{playground}/_stcore/health")  # the modules need no app
    found = page.evaluate(
        """async (given) => {
            const load = (module) => import(module);
            const [{ readLayers }, { takeValues }] = await Promise.all(given.modules.map(load));
            const layers = readLayers(given.layers);
            takeValues(layers, Uint8Array.from(atob(given.values), sign => sign.charCodeAt(0)));
            return layers.map(layer => Array.from(layer.values));
        }""",
        given,
    )
    for layer, values in zip(passed.layers, found, strict=True):
        np.testing.assert_array_equal(np.array(values, np.float32), passed.outputs[layer.name].ravel(), layer.name)

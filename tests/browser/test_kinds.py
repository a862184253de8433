"""Tests of every worked example in a real browser, cell by cell, compared with PyTorch."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.explain import recorded_layers
from lenet.networks import kinds, weights
from lenet.record import recorder
from lenet.record.iteration import Iteration, Setup
from playground.components import constants, modules, network_view
from playground.components.network_view import Unit
from playground.palette import PALETTE
from tests.browser.apps import network

WORK = """async ({ modules, layers: described, values, graded, gradients, units, text, palette }) => {
    const load = (name) => import(modules + name);
    const [{ readLayers, takeGradients }, { takeValues }, { makeForward, makeBackward }, { matches }, { makeScales }] =
        await Promise.all(
            ["network_view/network.js", "network_view/values.js", "network_view/kinds/index.js",
             "network_view/arithmetic.js", "shared/colors.js"].map(load));
    const bytes = (code) => Uint8Array.from(atob(code), (sign) => sign.charCodeAt(0));
    const floats = (code) => (code ? new Float32Array(bytes(code).buffer) : null);
    const layers = readLayers(described);
    takeValues(layers, bytes(values));
    takeGradients(layers, graded, bytes(gradients));
    const look = { scales: makeScales(palette), rangeOf: () => 1 };
    const worked = {};
    const wrong = [];
    for (const { name, unit, kernel, bias, onward } of units) {
        const layer = layers.find((one) => one.name === name);
        const given = {
            layers, layer, unit, look, kernel: floats(kernel), bias: floats(bias)?.[0] ?? 0, onward: floats(onward) };
        for (const [way, make, face] of [
            ["forward", makeForward, layer], ["backward", makeBackward, layer.gradient]]) {
            if (!face) continue;
            const example = make(text, { layers, layer, unit });
            for (let row = 0; row < layer.rows; row++) {
                for (let column = 0; column < layer.columns; column++) {
                    if (layer.rows * layer.columns > 50 && (row * 5 + column * 3 + unit) % 7) continue;
                    const value = face.values[(unit * layer.rows + row) * layer.columns + column];
                    const outcome = example.show({ ...given, row, column, value });
                    const key = `${way} ${name}`;
                    worked[key] = (worked[key] ?? 0) + (outcome ? 1 : 0);
                    if (outcome && !matches(outcome, value))
                        wrong.push([key, unit, row, column, String(outcome.sum), String(value)].join(" "));
                }
            }
            if (/undefined|\\{\\w+\\}/.test(example.element.textContent))
                wrong.push(`${way} ${name}: ${example.element.textContent}`);
        }
    }
    return { worked, wrong };
}"""


def code(*arrays: NDArray[Any]) -> str:
    return base64.b64encode(b"".join(array.astype("<f4").tobytes() for array in arrays)).decode()


def work(page: Page, recorded: Iteration) -> dict[str, Any]:
    """Results of the browser's arithmetic for an iteration's first input."""
    layers = recorded.layers
    passed = recorded_layers.passed(recorded)
    assert passed is not None
    numbers = recorded_layers.numbers(recorded)
    gradients = {name: found for name, found in recorded_layers.gradients(recorded).items() if found is not None}
    units = []
    for layer in layers:
        for unit in range(layer.shape[0]):
            kernel, bias = weights.numbers_of_unit(layer, numbers, unit)
            onward = network_view._onward(Unit(layer.name, unit), layers, numbers)
            units.append(
                {
                    "name": layer.name,
                    "unit": unit,
                    "kernel": code(kernel),
                    "bias": code(bias),
                    "onward": base64.b64encode(onward).decode(),
                }
            )
    given = {
        "modules": f"/modules/{modules.digest()}/",
        "layers": json.loads(json.dumps(network_view._describe(layers))),
        "values": base64.b64encode(network_view._values(passed)).decode(),
        "graded": list(gradients),
        "gradients": code(*gradients.values()),
        "units": units,
        "text": constants.texts("en")["network_view"],
        "palette": PALETTE["light"],
    }
    found: dict[str, Any] = page.evaluate(WORK, given)
    return found


def inputs(model: Any, odd: str) -> NDArray[np.float32]:
    side = model.input_size
    made = np.random.default_rng(4).normal(size=(1, 1, side, side)).astype(np.float32)
    if odd == "blank":  # all values of a pooling window are equal
        made[:] = 0
    elif odd:
        made[0, 0, side // 2, side // 2 - 1] = float(odd)
    return made


class Settings(nn.Module):
    """Settings that `EveryKind` leaves as they are."""

    input_size = 14

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=2, bias=False)
        self.norm = nn.BatchNorm2d(3, eps=0.1, affine=False)
        self.out = nn.Linear(3, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(self.norm(self.conv(x)), (3, 2), 2, 1, ceil_mode=True, count_include_pad=False)
        x = F.gelu(F.avg_pool2d(x, 2, 1, 1, divisor_override=3), approximate="tanh")
        x = F.leaky_relu(F.avg_pool2d(x, 3, 2, ceil_mode=True), 0.3)
        return self.out(F.adaptive_avg_pool2d(x, 1).flatten(1))


class FirstDropped(nn.Module):
    """Dropout of the input itself, which has no node in the graph, and of units; a batch norm without parameters."""

    input_size = 8

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.3)
        self.conv = nn.Conv2d(1, 3, 3)
        self.norm = nn.BatchNorm2d(3, eps=0.1, affine=False, track_running_stats=False)
        self.out = nn.Linear(108, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(F.relu(self.drop(x))))
        return self.drop(self.out(x.flatten(1)))


TRAINED = ["EveryKind", "EveryKind nan", "EveryKind blank", "Settings", "FirstDropped"]


@pytest.mark.parametrize("case", TRAINED)
def test_likewise_in_training_mode(page: Page, playground: str, case: str) -> None:
    page.goto(f"{playground}/_stcore/health")
    name, _, odd = case.partition(" ")
    own = {"Settings": Settings, "FirstDropped": FirstDropped}
    model = own[name]() if name in own else network.build.__wrapped__(name)
    given = np.concatenate([inputs(model, odd), inputs(model, "")[:, :, ::-1], inputs(model, "")[:, :, :, ::-1]])
    setup = Setup(loss="none", target="random", mode="train", mask_seed=2)
    recorded = recorder.record(model, given, None, setup)
    found = work(page, recorded)
    assert found["wrong"] == []
    trained = [layer for layer in recorded.layers if kinds.in_training(layer)]
    assert trained
    for layer in trained:
        assert found["worked"][f"forward {layer.name}"]
        if layer.sources != ("input",) and odd != "nan":
            assert found["worked"][f"backward {layer.sources[0]}"]


CASES = [
    *[("EveryKind", odd) for odd in ("", "nan", "inf", "-inf", "blank")],
    *[("LightNet", odd) for odd in ("", "nan", "blank")],
    ("LeNet5", ""),
    ("DigitCNN", ""),
    ("Odd", ""),
    ("Settings", ""),
    ("Settings", "nan"),
]


@pytest.mark.parametrize(("name", "odd"), CASES)
def test_a_worked_example_comes_to_pytorchs_number(page: Page, playground: str, name: str, odd: str) -> None:
    page.goto(f"{playground}/_stcore/health")  # the modules need no app
    model = Settings().eval() if name == "Settings" else network.build.__wrapped__(name)
    recorded = recorder.record(model, inputs(model, odd), None, Setup(loss="none", target="random"))
    found = work(page, recorded)
    # PyTorch's GELU of infinity is infinity for a single number, but NaN if several are computed at once.
    own = "forward gelu1" if odd == "inf" else "none"
    assert [line for line in found["wrong"] if not line.startswith(own)] == []
    by_name = {layer.name: layer for layer in recorded.layers}
    for layer in recorded.layers[1:]:
        assert bool(found["worked"][f"forward {layer.name}"]) == (kinds.of(layer) is not None)
        source = by_name[layer.sources[0]]
        if kinds.of(layer) and layer.kind != kinds.SOFTMAX and source.name != kinds.INPUT:
            assert found["worked"][f"backward {source.name}"] > 0

"""Tests of the data that the network view sends, and of how it reads the browser's values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import streamlit as st

from lenet.digits import batch
from lenet.networks import forward, models, weights
from playground.components import network_view
from playground.components.network_view import Unit, opened_unit
from playground.components.packing import pack

MOST_BYTES = 120_000


def digit(name: str) -> np.ndarray:
    side = models.input_size(models.build(name))
    return np.random.default_rng(3).random((1, side, side), np.float32)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Data of the component's last mount."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(network_view, "_mount", lambda *, data, key, **rest: given.update(data))
    monkeypatch.setattr("streamlit.session_state", {})
    return given


def show(name: str, opened: Unit | None = None, blank: bool = False, **more: Any) -> forward.Pass:
    model = models.build(name, seed=1)
    passed = forward.run(model, digit(name))
    if opened:
        st.session_state["view"] = {"opened": {"layer": opened.layer, "channel": opened.channel}}
    network_view.network_view(
        key="view",
        layers=passed.layers,
        passed=None if blank else passed,
        revision=5,
        numbers=weights.numbers(model),
        **more,
    )
    return passed


@pytest.mark.parametrize("name", models.MODELS)
def test_values_are_the_sent_layers_in_their_order(name: str, sent: dict[str, Any]) -> None:
    passed = show(name)
    values = np.frombuffer(sent["values"], "<f4")
    offset = 0
    for layer in sent["layers"]:
        if layer["sent"]:
            size = int(np.prod(layer["shape"]))
            expected = passed.outputs[layer["name"]].ravel()
            np.testing.assert_array_equal(values[offset : offset + size], expected)
            offset += size
        else:
            assert layer["kind"] in ("relu", "max_pool2d")
            assert len(layer["sources"]) == 1
    assert offset == values.size
    assert [layer["name"] for layer in sent["layers"]] == [layer.name for layer in passed.layers]
    np.testing.assert_array_equal(np.frombuffer(sent["probabilities"], "<f4"), passed.probabilities)


@pytest.mark.parametrize("name", models.MODELS)
def test_an_input_of_both_signs_is_not_shown_as_ink(name: str, sent: dict[str, Any]) -> None:
    show(name)
    assert sent["layers"][0]["scale"] == "ink"
    show(name, blank=True)
    assert sent["layers"][0]["scale"] == "ink"
    model = models.build(name, seed=1)
    for seed in range(3):
        given = batch.of_noise(seed, models.input_size(model)).inputs[0]
        passed = forward.run(model, given)
        network_view.network_view(
            key="view", layers=passed.layers, passed=passed, revision=1, numbers=weights.numbers(model)
        )
        assert sent["layers"][0]["scale"] == "diverging"
        np.testing.assert_array_equal(np.frombuffer(sent["values"], "<f4", given.size), given.ravel())


@pytest.mark.parametrize("name", models.MODELS)
def test_an_update_stays_small_whatever_is_open(name: str, sent: dict[str, Any]) -> None:
    passed = show(name)
    for layer in passed.layers:
        show(name, Unit(layer.name, layer.shape[0] - 1))
        assert len(pack(sent)) <= MOST_BYTES


@pytest.mark.parametrize("name", models.MODELS)
def test_an_opened_unit_gets_its_weights(name: str, sent: dict[str, Any]) -> None:
    model = models.build(name, seed=1)
    for layer in show(name).layers:
        channel = layer.shape[0] // 2
        show(name, Unit(layer.name, channel))
        assert sent["opened"] == {"layer": layer.name, "channel": channel}
        kernel, bias = (np.frombuffer(sent[part], "<f4") for part in ("kernel", "bias"))
        if layer.weight and layer.bias:
            np.testing.assert_array_equal(kernel, model.get_parameter(layer.weight)[channel].detach().numpy().ravel())
            np.testing.assert_array_equal(bias, [model.get_parameter(layer.bias)[channel].item()])
        else:
            assert kernel.size == bias.size == 0


def test_colours_say_what_a_value_can_be(sent: dict[str, Any]) -> None:
    show("LeNet5")
    scales = {layer["name"]: layer["scale"] for layer in sent["layers"]}
    assert scales["input"] == "ink"
    assert scales["conv1"] == scales["fc3"] == "diverging"
    assert scales["relu1"] == scales["pool1"] == scales["softmax"] == "sequential"


def test_an_empty_pad_sends_the_layers_and_no_value(sent: dict[str, Any]) -> None:
    show("LeNet5", blank=True)
    assert sent["values"] == sent["probabilities"] == b""
    assert sent["layers"]


def gradients_of(name: str) -> dict[str, np.ndarray | None]:
    """Arbitrary gradients for each layer, None for the input and the softmax."""
    random = np.random.default_rng(4)
    layers = forward.layers(models.build(name))
    found = {layer.name: random.normal(size=layer.shape).astype(np.float32) for layer in layers}
    return {**found, "input": None, "softmax": None}


@pytest.mark.parametrize("name", models.MODELS)
def test_gradients_are_sent_of_the_layers_that_have_one(name: str, sent: dict[str, Any]) -> None:
    gradients = gradients_of(name)
    passed = show(name, gradients=gradients, follow="step")
    assert sent["follow"] == "step"
    assert sent["graded"] == [layer.name for layer in passed.layers[1:-1]]
    values = np.frombuffer(sent["gradients"], "<f4")
    np.testing.assert_array_equal(values, np.concatenate([gradients[layer].ravel() for layer in sent["graded"]]))


def test_without_gradients_none_is_sent(sent: dict[str, Any]) -> None:
    show("LeNet5", Unit("pool1", 3))
    assert (sent["graded"], sent["gradients"], sent["onward"]) == ([], b"", b"")
    assert sent["follow"] is sent["marked"] is None


@pytest.mark.parametrize("name", models.MODELS)
def test_an_opened_unit_gets_the_weights_by_which_the_next_layer_reads_it(name: str, sent: dict[str, Any]) -> None:
    model = models.build(name, seed=1)
    layers = forward.layers(model)
    checked = 0
    for layer in layers:
        channel = layer.shape[0] // 2
        show(name, Unit(layer.name, channel), gradients=gradients_of(name))
        found = np.frombuffer(sent["onward"], "<f4")
        (reader,) = [reader for reader in layers if layer.name in reader.sources] or [None]
        if reader is None or reader.weight is None:
            assert found.size == 0
            continue
        weight = model.get_parameter(reader.weight).detach()
        by_channel = weight.reshape(weight.shape[0], layer.shape[0], -1)
        np.testing.assert_array_equal(found, by_channel[:, channel].numpy().ravel())
        checked += 1
    assert checked >= 4


def test_weights_of_a_group_go_to_its_own_channels(sent: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    weight = np.arange(4 * 3 * 9, dtype=np.float32).reshape(4, 3, 3, 3)
    layers = (
        forward.Layer("first", "relu", (6, 4, 4)),
        forward.Layer("grouped", "conv2d", (4, 4, 4), ("first",), "w", None, (3, 3), (1, 1), (1, 1), (1, 1), 2),
    )
    monkeypatch.setattr("streamlit.session_state", {"view": {"opened": {"layer": "first", "channel": 4}}})
    network_view.network_view(
        key="view",
        layers=layers,
        passed=None,
        revision=0,
        numbers={"w": weight}.get,
        gradients={"grouped": np.zeros((4, 4, 4), np.float32)},
    )
    # Channel 4 is the second channel of the second group, which the last two outputs read.
    np.testing.assert_array_equal(np.frombuffer(sent["onward"], "<f4"), weight[2:, 1].ravel())


JUNK = [
    None,
    7,
    "x" * 10_000_000,
    [],
    {},
    {"opened": None},
    {"opened": []},
    {"opened": "conv1"},
    {"opened": {"layer": "conv1"}},
    {"opened": {"layer": "conv1", "channel": "0"}},
    {"opened": {"layer": "conv1", "channel": 0.0}},
    {"opened": {"layer": "conv1", "channel": True}},
    {"opened": {"layer": "conv1", "channel": float("nan")}},
    {"opened": {"layer": "conv1", "channel": -1}},
    {"opened": {"layer": "conv1", "channel": 6}},
    {"opened": {"layer": "conv1", "channel": 10**30}},
    {"opened": {"layer": "conv9", "channel": 0}},
    {"opened": {"layer": "x" * 10_000_000, "channel": 0}},
    {"opened": {"layer": ["conv1"], "channel": 0}},
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_from_the_browser_opens_nothing(junk: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {"view": junk})
    layers = forward.layers(models.build("LeNet5"))
    assert opened_unit("view", layers) is None


def test_a_good_message_opens_a_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {"view": {"opened": {"layer": "conv1", "channel": 5}}})
    assert opened_unit("view", forward.layers(models.build("LeNet5"))) == Unit("conv1", 5)


def test_a_unit_of_another_network_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {"view": {"opened": {"layer": "conv3", "channel": 5}}})
    assert opened_unit("view", forward.layers(models.build("LeNet5"))) is None

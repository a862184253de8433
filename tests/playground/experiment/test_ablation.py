"""Tests of channels that are switched off, in the picture or by the address, and of all results that depend on them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from lenet.digits import drawing, ink
from lenet.digits.ink import Steps
from lenet.networks import ablation, checkpoint, forward
from lenet.networks.ablation import Channel
from playground.components import network_view
from playground.draw import fast_path
from playground.draw.classifier import Classifier
from playground.session import Network
from playground.text import text
from tests.playground.blocks import unpack
from tests.playground.draw.test_fast_path import document, request
from tests.playground.pages import clean, in_use, open_app, open_page, shown

TEXT = text("ablation")
ACCURACY = f"{100 * checkpoint.card('LeNet5')['accuracy']['mnist-test']['0']:.2f}"
"""Accuracy in percent that the sidebar gives for LeNet5's shipped weights."""
TURNS = itertools.count(1)


def switch(at: AppTest, key: str, layer: str, channel: int, on: bool = False) -> AppTest:
    """Switch a channel in the picture with this key, as a visitor does."""
    turn = next(TURNS)
    at.session_state[key] = {"picked": {"layer": layer, "channel": channel, "on": on, "revision": turn}}
    return clean(at)


def query(at: AppTest) -> str | None:
    values = at.query_params.get("off")
    return values[0] if isinstance(values, list) else values


def words(at: AppTest) -> str:
    return " ".join(str(part.value) for part in (*at.markdown, *at.sidebar.markdown, *at.warning, *at.sidebar.warning))


def test_a_channel_switched_on_draw_is_off_in_the_network_of_every_page() -> None:
    at = clean(open_app())
    assert query(at) is None
    switch(at, "view", "conv1", 3)
    switch(at, "view", "fc1", 7)
    network = in_use(at)
    assert network.off == (Channel("conv1", 3), Channel("fc1", 7))
    assert query(at) == "conv1.3,fc1.7"
    assert "conv1 channel 3, fc1 unit 7" in words(at)
    at.switch_page("step/page.py")
    clean(at)
    made = shown(at)
    assert made.network.off == network.off
    model = ablation.ablated(checkpoint.load("LeNet5"), network.off)
    expected = model(torch.from_numpy(made.batch.inputs)).detach().numpy()
    assert made.iteration.outcome_before is not None
    assert np.array_equal(made.iteration.outcome_before.logits, expected)
    assert "conv1 channel 3" in words(at)
    switch(at, "step-network", "conv1", 3, on=True)
    assert shown(at).network.off == (Channel("fc1", 7),)
    next(button for button in at.button if button.label == TEXT["all-on"]).click()
    clean(at)
    assert shown(at).network.off == ()
    assert query(at) is None


def test_the_address_switches_channels_off_and_other_weights_keep_them() -> None:
    at = clean(open_app(off="conv1.3,conv1.0"))
    assert in_use(at).off == (Channel("conv1", 0), Channel("conv1", 3))
    at.sidebar.selectbox(key="weights").set_value("random")
    clean(at)
    network = in_use(at)
    assert network.weights == "random"
    assert network.off == (Channel("conv1", 0), Channel("conv1", 3))
    assert network.accuracy is None


@pytest.mark.parametrize("off", ["conv1.6", "conv9.0", "<b>", "conv1", "conv1.3;fc1.7", "x" * 5000])
def test_an_address_that_names_no_channel_is_said_and_nothing_is_off(off: str) -> None:
    at = clean(open_app(off=off))
    assert in_use(at).off == ()
    assert TEXT["refused"].partition("{")[0] in words(at)
    assert query(at) is None


JUNK = [
    None,
    7,
    "conv1",
    {"layer": "conv1"},
    {"layer": "conv1", "channel": 99, "on": False, "revision": 1},
    {"layer": "conv1", "channel": True, "on": False, "revision": 1},
    {"layer": "relu1", "channel": 0, "on": False, "revision": 1},
    {"layer": ["conv1"], "channel": 0, "on": False, "revision": 1},
    {"layer": "conv1", "channel": 0, "on": 0, "revision": 1},
    {"layer": "conv1", "channel": 0, "on": False, "revision": -1},
]


@pytest.mark.parametrize("junk", JUNK, ids=str)
def test_what_a_browser_can_t_mean_switches_nothing(junk: object) -> None:
    at = clean(open_app())
    at.session_state["view"] = {"picked": junk}
    clean(at)
    assert in_use(at).off == ()


def test_the_fast_route_answers_with_the_ablated_network() -> None:
    model = checkpoint.load("LeNet5")
    off = (Channel("conv1", 3), Channel("fc2", 9))
    classifiers = [
        Classifier(Network("LeNet5", "shipped", one, off=which), Steps())
        for one, which in ((model, ()), (ablation.ablated(model, off), off))
    ]
    answers = [unpack(unpack(fast_path.answer(request(classifier)))["network_view"]) for classifier in classifiers]
    drawn = drawing.rasterize(drawing.parse_drawing(document(3)))
    prepared = ink.normalize(drawn, 32).input
    direct = forward.run(ablation.ablated(model, off), prepared)
    for number, passed in enumerate((forward.run(model, prepared), direct)):
        sent = network_view.changing(passed, 7, classifiers[number].network.numbers)
        assert answers[number]["values"] == sent["values"]
        assert answers[number]["forward_values"] == sent["forward_values"]
    assert answers[0]["values"] != answers[1]["values"]
    assert fast_path.ticket(classifiers[0]) != fast_path.ticket(classifiers[1])


def test_a_stroke_after_a_switch_goes_to_the_board_of_the_ablated_network(monkeypatch: pytest.MonkeyPatch) -> None:
    classifiers: list[Classifier] = []
    monkeypatch.setattr("playground.served.is_served", lambda: True)
    monkeypatch.setattr("playground.draw.fast_path.ticket", lambda classifier: classifiers.append(classifier) or "name")
    at = clean(open_app())
    assert classifiers[-1].network.off == ()
    switch(at, "view", "conv1", 3)
    assert classifiers[-1].network.off == (Channel("conv1", 3),)
    assert classifiers[-1].network is in_use(at)


def test_a_link_to_step_is_of_the_ablated_network() -> None:
    at = open_page("step", off="conv2.5")
    assert shown(at).network.off == (Channel("conv2", 5),)
    assert shown(at).network.script.count("register_forward_hook") == 1


def test_the_sidebar_does_not_name_the_accuracy_of_the_whole_network() -> None:
    at = clean(open_app())
    assert any(ACCURACY in caption.value for caption in at.sidebar.caption)
    switch(at, "view", "conv1", 3)
    assert not any(ACCURACY in caption.value for caption in at.sidebar.caption)


def test_the_label_of_a_drawing_is_the_whole_networks_reading() -> None:
    off = ",".join(f"conv1.{channel}" for channel in range(6))
    at = clean(open_app(off=off))
    at.session_state["pad"] = {"drawing": document(5)}
    clean(at)
    at.switch_page("step/page.py")
    made = shown(clean(at))
    assert made.network.off
    assert made.batch.labels is not None
    assert made.batch.labels.tolist() == [5]

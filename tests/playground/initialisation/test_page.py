"""Tests of the Initialisation page without a browser."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lenet.explain import depth_spread
from lenet.explain.depth_spread import Depth
from lenet.networks import initialisation
from playground.initialisation.choices import key
from playground.number_words import number
from playground.text import text
from tests.playground.pages import clean, codes, in_use, open_app

TEXT = text("initialisation")
MIXED = "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.5~flatten~linear"


def opened(**query: str) -> AppTest:
    return clean(open_app("initialisation", **query))


def table(at: AppTest) -> Any:
    return next(frame.value for frame in at.dataframe if TEXT["column-layer"] in frame.value)


def assert_shows(at: AppTest, found: Depth) -> None:
    rows = table(at)
    assert rows[TEXT["column-layer"]].tolist() == [one.layer for one in found.spreads]
    for column, values in (
        ("activations", [one.activations for one in found.spreads]),
        ("gradients", [one.gradients for one in found.spreads]),
        ("weights", [one.weights for one in found.spreads]),
    ):
        assert rows[TEXT[f"column-{column}"]].tolist() == [number(value) for value in values]


def words(at: AppTest) -> str:
    return "\n".join(item.value for item in at.markdown)


def test_it_opens_with_pytorchs_default_in_a_deep_stack() -> None:
    at = opened()
    assert_shows(at, depth_spread.of_plain("linear", 20, "relu", "default", 1.0, 0, 32)[1])
    assert TEXT["verdict-vanish"] in words(at)
    assert f"1 / √100 = **{number(0.1)}**" in words(at)
    assert not {"depth", "init", "layers"} & set(at.query_params)


def test_another_initialisation_keeps_the_signals_even_and_is_part_of_the_address() -> None:
    at = opened()
    at.selectbox(key=key("init")).set_value("kaiming_normal")
    clean(at)
    assert_shows(at, depth_spread.of_plain("linear", 20, "relu", "kaiming_normal", 1.0, 0, 32)[1])
    assert TEXT["verdict-even"] in words(at)
    assert at.query_params["init"] == "kaiming_normal" or at.query_params["init"] == ["kaiming_normal"]
    again = opened(init="kaiming_normal")
    assert table(again).equals(table(at))


@pytest.mark.parametrize(
    ("query", "verdict"),
    [
        ({"init": "zeros"}, "verdict-zero"),
        ({"factor": "10"}, "verdict-explode"),
        ({"layers": "conv", "init": "kaiming_uniform", "depth": "8", "count": "8"}, "verdict-even"),
        ({"activation": "tanh", "depth": "12", "init_seed": "3"}, "verdict-vanish"),
        ({"activation": "none", "depth": "2"}, "verdict-none"),
    ],
)
def test_settings_of_the_address(query: dict[str, str], verdict: str) -> None:
    at = opened(**query)
    assert TEXT[verdict].partition("{")[0] in words(at)
    found = depth_spread.of_plain(
        query.get("layers", "linear"),
        int(query.get("depth", 20)),
        query.get("activation", "relu"),
        query.get("init", "default"),
        float(query.get("factor", 1)),
        int(query.get("init_seed", 0)),
        int(query.get("count", 32)),
    )[1]
    assert_shows(at, found)


def test_settings_that_are_not_there_are_said() -> None:
    at = opened(depth="99", init="magic", factor="x")
    assert len(at.warning) == 3
    assert_shows(at, depth_spread.of_plain("linear", 20, "relu", "default", 1.0, 0, 32)[1])


@pytest.mark.parametrize("name", ["LeNet5", MIXED])
def test_the_network_in_use(name: str) -> None:
    at = opened(network=name, layers="own", init="as-it-is")
    model = in_use(at).model
    assert_shows(at, depth_spread.of_network(model, None, "relu", 1.0, 0, 32)[1])
    assert TEXT["formula-title"].partition("{")[0] not in "".join(item.value for item in at.subheader)
    at.selectbox(key=key("init")).set_value("xavier_uniform")
    clean(at)
    assert_shows(at, depth_spread.of_network(model, "xavier_uniform", "relu", 1.0, 0, 32)[1])
    assert TEXT["formula-title"].partition("{")[0] in "".join(item.value for item in at.subheader)


@pytest.mark.parametrize("scheme", initialisation.SCHEMES)
def test_each_formula_has_its_numbers(scheme: str) -> None:
    at = opened(init=scheme, depth="4", factor="2")
    assert "{" not in words(at)
    assert "None" not in words(at)


def test_the_script_makes_the_same_network() -> None:
    at = opened(layers="conv", depth="5", init="xavier_normal", activation="tanh", factor="0.5")
    next(button for button in at.button if button.label == text("code_button")["label"]).click()
    clean(at)
    (code,) = codes(at)
    assert initialisation.plain_code("conv", 5, "tanh") in code
    assert initialisation.code("xavier_normal", "tanh", 0.5, 0) in code

"""One convolution, by hand, without a browser: what the page shows is PyTorch's, and bad options are said and kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.networks import forward
from playground.convolution.by_hand import OPTIONS, PART
from playground.convolution.options import LONGEST
from tests.playground.bench_page import Data, array, change, data, output
from tests.playground.pages import clean, components, in_use, open_app, open_page


def recomputed(shown: Data) -> torch.Tensor:
    """Output that the code on the page makes of the numbers on the page."""
    kernel, groups = shown["window"]["kernel"], shown["window"]["groups"]
    inputs, outputs = shown["inShape"][0], shown["outShape"][0]
    pair = [inputs, outputs // groups] if shown["kind"] == "transposed" else [outputs, inputs // groups]
    names: dict[str, Any] = {"F": F, "x": array(shown, "x", shown["inShape"])[None]}
    names["weight"] = array(shown, "weight", [*pair, *kernel])
    names["bias"] = array(shown, "bias", [outputs]) if shown["bias"] else None
    exec(shown["code"], names)
    made = names["y"][0]
    assert isinstance(made, torch.Tensor)
    return made


def fields(shown: Data) -> dict[str, Any]:
    return {field["name"]: field["value"] for group in shown["groups"] for field in group["fields"]}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"source": "grid", "in": 3, "out": 2, "mode": "reflect", "kernel": "line-30;laplacian", "shown": 1},
        {
            "source": "map",
            "layer": "relu1",
            "channel": 4,
            "in": 4,
            "out": 4,
            "groups": 4,
            "stride": 2,
            "b": -0.5,
            "bias": 1,
        },
        {"transposed": 1, "stride": 2, "output_padding": 1, "in": 2, "out": 2, "groups": 2, "flipped": 1},
        {
            "kernel": "2x1x3:1,2,3,-1,-2,-3",
            "in": 2,
            "height": 1,
            "width": 2,
            "dilation": 3,
            "mode": "circular",
            "padding": 4,
        },
    ],
    ids=str,
)
def test_an_address_shows_what_pytorch_makes_of_it(options: dict[str, object]) -> None:
    query = {name: str(value) for name, value in options.items()}
    at = open_page("convolution", part=PART.name, **query)
    shown = data(at)
    assert shown["problems"] == {}
    torch.testing.assert_close(output(shown), recomputed(shown), rtol=0, atol=0)
    assert {name: at.query_params[name] for name in query} == query
    assert set(at.query_params) - set(query) <= {"part", "network", "weights"}


def test_a_trained_kernel_makes_the_networks_own_map() -> None:
    at = open_page("convolution")
    change(at, PART.key, preset="trained")
    change(at, PART.key, from_output=3)
    shown = change(at, PART.key, padding=0)
    assert fields(shown)["height"] == 5
    network = in_use(at)
    x = array(shown, "x", shown["inShape"]).numpy()
    wanted = forward.run(network.model, x).outputs["conv1"][3]
    np.testing.assert_allclose(output(shown)[0].numpy(), wanted, atol=1e-6)


def test_numbers_are_edited_and_kept() -> None:
    at = open_page("convolution", source="grid")
    shown = change(at, PART.key, cells="1x2x3:1,0,−2,0.5,0,1e1", weights="1x3x3:0,0,0,0,2,0,0,0,0")
    np.testing.assert_array_equal(array(shown, "x", [2, 3]), [[1, 0, -2], [0.5, 0, 10]])
    np.testing.assert_array_equal(output(shown)[0], [[2, 0, -4], [1, 0, 20]])
    assert fields(shown)["preset"] == "typed"
    again = data(open_page("convolution", **at.query_params))
    np.testing.assert_array_equal(output(again), output(shown))
    shown = change(at, PART.key, rows=3, columns=2, height=1, width=1, padding=0)
    np.testing.assert_array_equal(output(shown)[0], [[2, 0], [1, 0], [0, 0]])


@pytest.mark.parametrize(
    ("changes", "option", "said"),
    [
        ({"weights": "1x3x3:1,1,1,1,,1,1,1,1"}, "kernel", "row 1, column 1 is empty"),
        ({"weights": "1x3x3:1,1,1,1,1,NaN,1,1,1"}, "kernel", "row 1, column 2 is NaN"),
        ({"weights": "1x3x3:1,1,1,1,1,1,1,1,two"}, "kernel", "“two” at row 2, column 2"),
        ({"weights": "1x3x3:1e7,1,1,1,1,1,1,1,1"}, "kernel", "larger than one million"),
        ({"weights": "9x9"}, "kernel", "can't be used"),
        ({"cells": "1x6x6:" + ",".join("x" * 36)}, "grid", "row 0, column 0"),
        ({"cells": "1x99x99:" + ",".join("1" * 9801)}, "grid", "can't be used"),
        ({"rows": 99}, "rows", "from 1 to 12"),
        ({"stride": 0}, "stride", "stride of 1 or more"),
        ({"stride": ""}, "stride", "from 0 to 8"),
        ({"stride": 1.5}, "stride", "from 0 to 8"),
        ({"b": "x"}, "b", "number"),
        ({"height": 7, "padding": 0, "dilation": 2}, "height", "13 cells"),
        ({"padding": 9, "mode": "reflect"}, "padding", "5 at most"),
        ({"groups": 3}, "groups", "3 groups"),
        ({"transposed": True, "mode": "reflect"}, "mode", "Choose zeros"),
        ({"transposed": True, "output_padding": 2}, "output_padding", "0 at most"),
        ({"transposed": True, "padding": 12}, "padding", "whole output"),
        ({"from_output": 9999}, "preset", "no kernel conv1.9999.0"),
        ({"source": "map", "layer": "fc1"}, "layer", "has no maps of fc1"),
        ({"source": "map", "channel": 100}, "channel", "channels 0 to 5"),
        ({"mode": "mirror"}, "mode", "can't be used"),
        ({"angle": -1}, "angle", "from 0 to 180"),
    ],
    ids=str,
)
def test_a_problem_is_said_at_its_option_and_the_last_picture_stays(
    changes: dict[str, object], option: str, said: str
) -> None:
    at = open_page("convolution", source="grid", part=PART.name)
    before = data(at)
    shown = change(at, PART.key, **changes)
    assert set(shown["problems"]) == {option}
    assert said in shown["problems"][option][0]
    assert shown["output"] == before["output"]
    assert shown["code"] == before["code"]
    assert option in fields(shown) or option in ("kernel", "grid", "layer", "b", "angle")


def test_pytorchs_own_words_stand_beside_the_plain_ones() -> None:
    at = open_page("convolution", source="grid", padding="0", part=PART.name)
    shown = change(at, PART.key, height=7)
    with pytest.raises(RuntimeError) as raised:
        F.conv2d(torch.zeros(1, 1, 6, 6), torch.zeros(1, 1, 7, 3))
    assert shown["problems"]["height"][1] == str(raised.value)
    assert change(at, PART.key, height=3)["problems"] == {}


def test_an_impossible_address_shows_the_first_picture() -> None:
    at = open_page("convolution", part=PART.name, groups="3")
    shown = data(at)
    assert set(shown["problems"]) == {"groups"}
    assert shown["outShape"] == [1, 32, 32]


@pytest.mark.parametrize("junk", ["", "-1", "nan", "1x1x1:nan", ";" * 9, "9" * 400, "x" * (LONGEST + 1), "\x00"])
def test_an_odd_address_is_no_exception(junk: str) -> None:
    at = open_app("convolution", part=PART.name, **dict.fromkeys(OPTIONS, junk))
    clean(at)
    assert data(at)["output"]
    assert at.warning


@pytest.mark.parametrize("junk", [None, 7, "x", [1], {}, {"a": 1}, float("nan"), 1e999, True, "x" * 100_000, 10**40])
def test_junk_from_the_component_is_no_exception(junk: object) -> None:
    at = open_page("convolution")
    names = ["preset", "angle", "from_layer", "from_output", "from_input", "weights", "cells", "rows", "columns"]
    for name in [*OPTIONS, *names]:
        assert change(at, PART.key, **{name: junk})["output"]
    at.session_state[PART.key] = junk
    clean(at)
    at.session_state[PART.key] = {"picked": junk}
    clean(at)


def test_another_network_keeps_the_options_and_says_what_it_lacks() -> None:
    at = open_page("convolution", network="DigitCNN", kernel="conv3.1.2", height="5", width="5", part=PART.name)
    assert data(at)["problems"] == {}
    at.selectbox(key="network").select("LeNet5")
    shown = data(clean(at))
    assert "LeNet5 has no kernel conv3.1.2" in shown["problems"]["preset"][0]
    at.selectbox(key="network").select("DigitCNN")
    assert data(clean(at))["problems"] == {}


def test_the_script_is_that_of_the_picture() -> None:
    at = open_page("convolution", source="grid", pin="1,2", part=PART.name)
    button = next(button for button in at.button if "PyTorch" in button.label)
    button.click()
    clean(at)
    script = next("".join(text for _, text in block["pieces"]) for block in components(at, "code_block"))
    assert data(at)["code"] in script
    assert "channel, row, column = (0, 1, 2)" in script


def test_a_part_takes_its_options_out_of_the_address() -> None:
    at = open_page("convolution", part=PART.name, stride="3", padding="3", mode="circular")
    at.segmented_control(key="convolution-part").set_value("pooling")
    clean(at)
    assert at.query_params["part"] == "pooling"
    assert not {"mode", "stride", "padding"} & set(at.query_params)  # a pooling has its own of these names
    assert data(at)["problems"] == {}
    at.segmented_control(key="convolution-part").set_value(PART.name)
    clean(at)
    assert at.query_params["mode"] == "circular"

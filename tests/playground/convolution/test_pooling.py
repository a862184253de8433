"""Pooling without a browser: what the page shows is PyTorch's, and bad options are said and kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.convolution.pooling import OPTIONS, PART
from tests.playground.bench_page import array, change, data, output
from tests.playground.pages import clean, components, open_app, open_page


@pytest.mark.parametrize("kind", ["max", "avg"])
@pytest.mark.parametrize(
    "options", [{}, {"size": 3, "padding": 1, "ceil_mode": 1, "move": "up"}, {"source": "grid"}], ids=str
)
def test_an_address_shows_what_pytorch_makes_of_it(kind: str, options: dict[str, object]) -> None:
    at = open_page("convolution", part=PART.name, kind=kind, **{name: str(value) for name, value in options.items()})
    shown = data(at)
    names: dict[str, Any] = {"F": F, "x": array(shown, "x", shown["inShape"])[None].requires_grad_()}
    exec(shown["code"], names)
    torch.testing.assert_close(output(shown), names["y"][0].detach(), rtol=0, atol=0)
    names["y"].sum().backward()
    assert shown["gradient"] == names["x"].grad.numpy().tobytes()
    moved = array(shown, "moved", shown["outShape"])
    assert shown["changed"] == int((moved != output(shown)).sum())
    if kind == "max":
        winners = np.frombuffer(shown["winners"], np.int32)
        np.testing.assert_array_equal(winners, names["winners"].numpy().ravel())


@pytest.mark.parametrize(
    ("changes", "option", "said"),
    [
        ({"size": 8}, "size", "does not fit"),
        ({"size": 9}, "size", "from 1 to 8"),
        ({"padding": 2}, "padding", "1 at most"),
        ({"stride": 0}, "stride", "1 or more"),
        ({"move": "sideways"}, "move", "can't be used"),
        ({"cells": "1x1x2:,1"}, "grid", "is empty"),
    ],
    ids=str,
)
def test_a_problem_is_said_at_its_option_and_the_last_picture_stays(
    changes: dict[str, object], option: str, said: str
) -> None:
    at = open_page("convolution", part=PART.name, source="grid")
    before = data(at)
    shown = change(at, PART.key, **changes)
    assert set(shown["problems"]) == {option}
    assert said in shown["problems"][option][0]
    assert shown["output"] == before["output"]


@pytest.mark.parametrize("junk", ["-1", "nan", "9" * 400])
def test_an_odd_address_is_no_exception(junk: str) -> None:
    at = clean(open_app("convolution", part=PART.name, **dict.fromkeys(OPTIONS, junk)))
    assert data(at)["output"]
    assert at.warning


def test_the_script_is_that_of_the_picture() -> None:
    at = open_page("convolution", part=PART.name, source="grid", pin="1,2")
    next(button for button in at.button if "PyTorch" in button.label).click()
    clean(at)
    script = next("".join(text for _, text in block["pieces"]) for block in components(at, "code_block"))
    assert data(at)["code"] in script
    assert "row, column = (1, 2)" in script

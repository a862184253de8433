"""Tests of the Build page without a browser."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lenet.networks import stack_errors
from lenet.networks.models import MODELS
from playground.text import text
from tests.playground.pages import clean, codes, components, in_use, open_page

TEXT = text("build")
OWN = "stack-28~conv-4-5~relu~max_pool~flatten~linear"
WRONG = "stack-32~conv-6-5~relu~max_pool~flatten~linear-120-1-576~linear"


def rows(at: AppTest) -> list[dict[str, Any]]:
    (found,) = components(at, "layer_list")
    return list(found["rows"])


def test_it_begins_with_the_network_in_use() -> None:
    at = open_page("build", network="DigitCNN")
    assert [row["kind"] for row in rows(at)].count("conv") == 3
    assert in_use(at).name == "DigitCNN"


@pytest.mark.parametrize("name", MODELS)
def test_each_network_is_something_to_begin_with(name: str) -> None:
    at = open_page("build", layers=OWN)
    assert in_use(at).name == OWN
    assert at.query_params["network"] == OWN
    at.button(key=f"build-{name}").click()
    clean(at)
    assert in_use(at).name == name  # not a list of its own: the included weights fit it
    assert "layers" not in at.query_params
    assert "class Net(nn.Module)" in codes(at)[0]
    at.button(key="build-undo").click()
    clean(at)
    assert [row["kind"] for row in rows(at)] == ["conv", "relu", "max_pool", "flatten", "linear"]


def test_a_list_that_fits_is_in_use_on_other_pages() -> None:
    at = open_page("build", network=OWN)
    assert in_use(at).name == OWN
    assert at.sidebar.selectbox(key="network").value == OWN
    assert at.sidebar.selectbox(key="weights").value == "random"
    assert "shipped" not in at.sidebar.selectbox(key="weights").options
    for page in ("draw", "step", "graph", "gradients", "filters", "train"):
        at.switch_page(f"{page}/page.py")
        clean(at)
        assert in_use(at).name == OWN
        assert at.query_params["network"] == OWN
        assert not at.error


def test_the_layer_that_does_not_fit_is_said_with_pytorchs_message() -> None:
    at = open_page("build", layers=WRONG)
    found = rows(at)[4]
    problem = found["problem"]
    assert problem["key"] == "features"
    assert problem["said"] == "mat1 and mat2 shapes cannot be multiplied (1x1176 and 576x120)"
    assert "1,176" in problem["words"]
    assert problem["mend"]
    assert rows(at)[5]["output"] == []
    assert in_use(at).name == "LeNet5"
    (part,) = components(at, "network_view")
    assert [layer["name"] for layer in part["layers"]] == ["input", "conv1", "relu1", "pool1"]
    assert len(part["probabilities"]) == 0


def test_a_list_without_layers_says_so() -> None:
    at = open_page("build", layers="stack-32")
    assert TEXT["empty"] in [one.value for one in at.markdown]
    assert not list(components(at, "network_view"))


def test_an_address_that_is_none_is_said() -> None:
    at = open_page("build", layers="stack-32~conv-0")
    assert [one.value for one in at.warning] == [TEXT["address"]]
    assert len(rows(at)) == 12
    at = open_page("draw", network="stack-32~conv")
    assert in_use(at).name == "LeNet5"
    assert "network" in at.sidebar.warning[0].value


@pytest.mark.parametrize("key", stack_errors.ERRORS)
def test_each_common_error_is_a_button(key: str) -> None:
    at = open_page("build")
    at.button(key=f"build-error-{key}").click()
    clean(at)
    fits = key == "softmax"
    assert at.query_params.get("error") == (None if fits else key)
    (row,) = [row for row in rows(at) if row["problem"] or row["advice"]]
    reason = row["advice"] if fits else row["problem"]
    assert bool(reason["said"]) != fits
    assert ("1.4612" in reason["words"]) == fits
    assert reason["mend"]


@pytest.mark.parametrize("key", [*stack_errors.ERRORS, "odd"])
def test_a_common_error_is_opened_by_its_key(key: str) -> None:
    at = open_page("build", error=key)
    assert [bool(row["problem"] or row["advice"]) for row in rows(at)].count(True) == (key != "odd")
    assert bool(at.warning) == (key == "odd")

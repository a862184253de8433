"""Tests of the settings bar, which all pages that show an iteration share."""

from __future__ import annotations

import pytest
from torch import Tensor

from lenet.networks.models import LeNet5
from playground.experiment.settings import key
from playground.markdown import literal
from playground.text import text
from tests.playground.pages import clean, open_page, shown


@pytest.mark.parametrize("page", ["step", "graph", "gradients"])
def test_an_iteration_that_fails_is_said_and_what_there_is_is_shown(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(self: LeNet5, x: Tensor) -> Tensor:
        self.conv1(x)
        raise RuntimeError("no *room*")

    at = open_page(page)
    monkeypatch.setattr(LeNet5, "forward", forward)
    at.text_input(key=key("lr")).set_value("0.5")
    clean(at)
    (error,) = at.error
    assert error.value == text("iteration_bar")["failed"].format(phase="forward", message=r"RuntimeError: no \*room\*")
    done = shown(at).iteration
    assert [operation.name for operation in done.operations] == ["conv1"]
    assert done.graph is None


@pytest.mark.parametrize("page", ["step", "graph", "gradients"])
def test_the_iteration_can_be_saved_on_every_page_that_shows_it(page: str) -> None:
    at = open_page(page)
    (button,) = [one for one in at.get("download_button") if one.proto.label == text("export")["save"]]
    assert not button.proto.disabled
    large = open_page(page, network="stack-32~flatten~linear-600~relu~linear")
    (button,) = [one for one in large.get("download_button") if one.proto.label == text("export")["save"]]
    assert button.proto.disabled
    assert "500,000" in button.proto.help


MIXED = "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.4~flatten~linear"


def test_the_mode_is_a_setting_of_networks_that_depend_on_it_only() -> None:
    at = open_page("step", input="pad")
    assert key("mode") not in {widget.key for widget in at.selectbox}
    assert "mode" not in at.query_params
    at = open_page("step", network=MIXED, weights="random", input="mnist", digits="0, 1")
    mode, seed = at.selectbox(key=key("mode")), at.number_input(key=key("mask_seed"))
    assert (mode.value, seed.value) == ("train", 0)
    assert "bn1, dropout1" in mode.help
    first = shown(at)
    assert first.iteration.setup.mode == "train"
    assert literal("model.train(), mask seed 0") in [one.value for one in at.markdown]
    assert {"model.train()", "torch.manual_seed(0)"} <= set(first.listing.lines)
    seed.set_value(4)
    clean(at)
    assert at.query_params["mask_seed"] == "4"
    assert shown(at).losses != first.losses
    at.selectbox(key=key("mode")).set_value("eval")
    clean(at)
    assert at.query_params["mode"] == "eval"
    assert at.number_input(key=key("mask_seed")).disabled
    assert shown(at).iteration.setup.mode == "eval"
    assert literal("model.eval()") in [one.value for one in at.markdown]
    at.selectbox(key="network").set_value("LeNet5")
    clean(at)
    assert "mode" not in at.query_params


def test_a_link_opens_in_its_mode_and_with_its_masks() -> None:
    query = {"network": MIXED, "weights": "random", "input": "mnist", "digits": "0, 1"}
    one, other = (shown(open_page("step", **query, mask_seed=seed)) for seed in ("7", "8"))
    assert (one.iteration.setup.mask_seed, one.iteration.setup.mode) == (7, "train")
    assert one.losses != other.losses
    at = open_page("step", **query, mode="sometimes")
    assert shown(at).iteration.setup.mode == "train"
    assert any("mode" in warning.value for warning in at.warning)

"""Tests of the settings bar, which all pages that show an iteration share."""

from __future__ import annotations

import pytest
from torch import Tensor

from lenet.networks.models import LeNet5
from playground.experiment.settings import key
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

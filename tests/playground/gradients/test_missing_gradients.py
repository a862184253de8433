"""Tests of the Gradients page for a network of which some parameters get no gradient."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from lenet.networks import models
from lenet.record import experiment
from playground import sidebar
from playground.gradients.selected_entry import PARAMETER
from playground.text import text
from tests.playground.gradients.test_page import words
from tests.playground.pages import clean, open_page

NAME, TEXT = "Partly", text("gradients")


class Partly(nn.Module):
    """(N, 1, 28, 28) -> (N, 10) logits, past a frozen and an unused layer."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.frozen = nn.Conv2d(1, 2, 5, stride=4).requires_grad_(False)
        self.unused = nn.Linear(3, 3)
        self.out = nn.Linear(2 * 6 * 6, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        return self.out(torch.relu(self.frozen(x)).flatten(1))  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the network to those that the pages offer."""
    monkeypatch.setitem(models.MODELS, NAME, Partly)
    monkeypatch.setattr(sidebar, "NETWORKS", (*sidebar.NETWORKS, NAME))
    monkeypatch.setitem(experiment.READERS, "network", lambda name: name if name in models.MODELS else None)


def test_what_has_no_gradient_is_said_once_and_what_has_one_is_explained() -> None:
    at = open_page("gradients", network=NAME, weights="random")
    (said,) = at.info
    assert "`frozen.weight`, `frozen.bias`: `requires_grad` is False" in said.value
    assert "`unused.weight`, `unused.bias`: not used" in said.value
    assert words(at).count(TEXT["after-none"]) == 2
    assert at.selectbox(key=PARAMETER).value == "out.bias"
    assert text("check_panel")["title"] in words(at)


def test_where_there_is_no_gradient_nothing_is_computed_for_it() -> None:
    at = open_page("gradients", network=NAME, weights="random", parameter="unused.bias", index="1")
    assert TEXT["origin-none"].format(name="unused.bias") in words(at)
    assert "No gradient for `unused.bias`: not used in the forward pass." in words(at)
    assert text("check_panel")["title"] not in words(at)
    assert text("number_words")["none"] not in words(at)
    at.selectbox(key=PARAMETER).select("out.bias")
    clean(at)
    assert text("check_panel")["title"] in words(at)

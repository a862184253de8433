"""Tests that the script offered by a page runs by itself and prints the numbers of that page."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.code_button import TEXT
from tests.lenet.run_script import run_all
from tests.playground.pages import clean, codes, open_page, shown, visitor

MOMENT = {"network": "LightNet", "input": "mnist", "digits": "3, 14", "optimizer": "Adam", "lr": "0.002", "steps": "2"}


def script_of(at: AppTest) -> str:
    next(button for button in at.button if button.label == TEXT["label"]).click()
    return codes(clean(at))[-1]


def test_the_scripts_print_what_the_pages_show(tmp_path: Path) -> None:
    pages = [open_page(name, **MOMENT) for name in ("step", "graph", "gradients")]
    made = shown(pages[0])
    assert made.steps == 2
    assert made.network.name == "LightNet"
    step, graph, gradients = run_all([script_of(at) for at in pages], tmp_path)

    losses = [float(line.split()[-1]) for line in step if line.startswith("loss")]
    assert losses == pytest.approx([made.losses[place] for place in (0, 1, 1, 2)], rel=1e-5)

    recorded = made.iteration.graph
    assert recorded is not None
    rows = [line.split()[1:3] for line in graph[1:-1]]
    arrived = [next(values for values in node.arrived if values) for node in recorded.nodes]
    assert [name for name, _ in rows] == [node.title for node in recorded.nodes]
    assert [float(norm) for _, norm in rows] == pytest.approx([values.norm for values in arrived], rel=1e-5)

    (line,) = [line for line in gradients if line.startswith("fc3.bias.grad after")]
    values = made.iteration.gradients["fc3.bias"]
    assert values is not None
    assert values.array is not None
    assert [float(word) for word in line.split()[3:]] == pytest.approx(values.array.tolist(), rel=1e-4)


def test_a_click_that_only_a_fragment_saw_opens_the_script_in_the_next_run_of_the_page() -> None:
    at = open_page("draw")
    visitor(at).script.asked = "draw"  # as the callback leaves it
    assert "class LeNet5(nn.Module)" in codes(clean(at))[-1]
    assert codes(clean(at)) == []
    visitor(at).script.asked = "step"  # of a page that the visitor has left meanwhile
    assert codes(clean(at)) == []

"""Tests of the Graph page without a browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lenet.explain import saved_memory
from lenet.record.graph import Graph
from playground.graph import saved_memory_panel
from playground.number_words import memory
from playground.text import text
from tests.playground.pages import clean, codes, open_page, shown, visitor

ROOT = Path(__file__).parents[3]
TEXT = text("graph")


@pytest.fixture(scope="module")
def opened() -> AppTest:
    return open_page("graph")


@pytest.fixture
def page(opened: AppTest) -> AppTest:
    visitor(opened).memory.kept["graph-node-own"] = 0
    opened.button_group(key="graph-source").set_value("own")
    return clean(opened)


def node_of(at: AppTest) -> int:
    """Selected node of the visitor's own graph."""
    node = visitor(at).memory.kept["graph-node-own"]
    assert isinstance(node, int)
    return node


def graph_of(at: AppTest) -> Graph:
    graph = shown(at).iteration.graph
    assert graph is not None
    return graph


def heading(at: AppTest) -> str:
    return at.subheader[0].value


def test_every_node_can_be_shown(page: AppTest) -> None:
    graph = graph_of(page)
    for node in graph.nodes:
        visitor(page).memory.kept["graph-node-own"] = node.index
        clean(page)
        assert heading(page) == node.title
        shown = codes(page)
        assert graph.expression(node.index) in shown
        assert node.source is None or node.source.text in shown
        if node.parameter:
            assert any(node.parameter in words.value for words in page.markdown)


def test_an_expression_leads_to_its_node(page: AppTest) -> None:
    graph = graph_of(page)
    goal = next(node for node in graph.nodes if node.parameter == "conv2.bias")
    page.text_input(key="graph-expression").set_value(f"  {graph.expression(goal.index)} ")
    clean(page)
    assert node_of(page) == goal.index
    assert heading(page) == "AccumulateGrad"


@pytest.mark.parametrize(
    "expression",
    [
        "import os",
        "loss",
        "loss.grad_fn.next_functions[9][0]",
        "loss.grad_fn" + ".next_functions[0][0]" * 400,
        "[" * 9000,
    ],
    ids=range(5),
)
def test_an_expression_that_leads_nowhere_is_said(page: AppTest, expression: str) -> None:
    page.text_input(key="graph-expression").set_value(expression)
    clean(page)
    assert len(page.error) == 1
    assert node_of(page) == 0
    page.text_input(key="graph-expression").set_value("loss.grad_fn")
    clean(page)
    assert not page.error


def test_the_question_is_about_the_last_linear_layer_and_is_answered(page: AppTest) -> None:
    graph = graph_of(page)
    last = next(node for node in graph.nodes if node.title == "AddmmBackward0")
    key = f"graph-guess-own-{last.index}"
    guess = page.button_group(key=key)
    assert set(guess.options) == {graph.nodes[edge.target].title for edge in graph.by_source[last.index]}
    page.button_group(key=key).set_value("ReluBackward0")
    clean(page)
    said = " ".join(words.value for words in page.markdown)
    assert "No. It is AccumulateGrad (fc3.bias)" in said
    assert "next_functions[1][0]` is ReluBackward0" in said
    page.button(key="graph-go-own-1").click()
    clean(page)
    assert heading(page) == "ReluBackward0"
    page.button_group(key=key).set_value("AccumulateGrad")
    clean(page)
    assert "Yes: AccumulateGrad (fc3.bias)" in " ".join(words.value for words in page.markdown)


def test_a_click_in_the_picture_leads_to_the_node_of_the_layer(page: AppTest) -> None:
    page.session_state["graph-picture"] = {"opened": {"layer": "conv2", "channel": 3}}
    clean(page)
    assert heading(page) == "ConvolutionBackward0"
    assert graph_of(page).nodes[node_of(page)].operation == "conv2"


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize(
    "junk", [3, {"picked": 1}, {"picked": {"id": "n999", "revision": 5}}, {"picked": {"step": 99, "revision": 8}}]
)
def test_junk_from_a_component_is_no_exception(page: AppTest, junk: object, every: bool) -> None:
    page.session_state["graph-every"] = every
    for key in ("graph", "walk"):
        page.session_state[key] = junk
    clean(page)
    assert node_of(page) == 0


def test_resnet18_can_be_chosen(page: AppTest) -> None:
    page.button_group(key="graph-source").set_value("resnet18")
    clean(page)
    assert heading(page) == "AddmmBackward0"
    assert any("resnet18" in words.value for words in page.markdown)
    page.text_input(key="graph-expression").set_value(
        "loss.grad_fn.next_functions[0][0].next_functions[0][0].next_functions[1][0]"
    )
    clean(page)
    assert heading(page) == "ViewBackward0"
    assert any("torchvision/models/resnet.py" in words.value for words in page.markdown)


def test_the_address_says_whose_graph_it_is(page: AppTest) -> None:
    assert "of" not in page.query_params
    page.button_group(key="graph-source").set_value("resnet18")
    assert clean(page).query_params["of"] == "resnet18"
    page.button_group(key="graph-source").set_value("own")
    assert "of" not in clean(page).query_params
    at = open_page("graph", of="resnet18")
    assert at.button_group(key="graph-source").value == "resnet18"
    at = open_page("graph", of="'><b>")
    assert at.button_group(key="graph-source").value == "own"
    assert "of" not in at.query_params


@pytest.mark.parametrize("source", ["own", "resnet18"])
def test_what_backward_keeps_is_told_in_all_and_by_tensor(page: AppTest, source: str) -> None:
    page.button_group(key="graph-source").set_value(source)
    clean(page)
    said = saved_memory_panel.TEXT
    assert not any(said["savers"] in frame.value.columns for frame in page.dataframe)
    page.session_state[f"graph-memory-{source}"] = True  # same effect as a click on the expander
    clean(page)
    (table,) = [frame.value for frame in page.dataframe if said["savers"] in frame.value.columns]
    sizes, owned = table[said["bytes"]], table[said["anyway"]]
    total, own = int(sizes.sum()), int(sizes[~owned].sum())
    assert own > 0
    assert said["title"].format(total=memory(total)) in [expander.label for expander in page.expander]
    split = said["split"].format(total=memory(total), own=memory(own), owned=memory(total - own))
    assert split in [words.value for words in page.markdown]
    names = set(table[said["tensor"]])
    assert {"input", "output of relu1", "conv1.weight"} <= names
    assert ("fc1.weight, transposed" if source == "own" else "fc.weight, transposed") in names
    assert any(name.startswith("indices of the winners") for name in names)
    if source == "own":
        found = saved_memory.of(graph_of(page))
        assert (found.total, found.owned) == (total, total - own)
        (relu,) = table.index[table[said["tensor"]] == "output of relu1"]
        assert "ReluBackward0 (relu1): result" in table[said["savers"]][relu]
        assert "MaxPool2DWithIndicesBackward0 (pool1): self" in table[said["savers"]][relu]
    else:
        assert "bn1.running_mean" in names


FIRST_VISIT = """
import sys
from playground import session
from tests.playground.pages import clean, open_app

session.warm_up()
at = clean(open_app())
before = set(sys.modules)
at.switch_page("graph/page.py")
clean(at)
print(*(set(sys.modules) - before), sep="\\n")
"""


def test_a_first_visit_waits_for_no_import() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_VISIT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []

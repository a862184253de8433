"""Tests of the data that the graph view and other components send, and of how they read the browser's values."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import streamlit as st

from lenet.errors import InputError
from lenet.explain import expression
from lenet.networks import models
from lenet.record import recorder
from lenet.record.arrays import Summary, Values
from lenet.record.graph import Graph
from lenet.record.iteration import Iteration, Setup
from playground.components import graph_view, tensor_cards, walk_strip
from playground.components.graph_view import Box, boxes, node_words, picked
from playground.components.graph_view.families import FAMILIES, family_of
from playground.components.packing import pack
from playground.components.tensor_cards import Card
from playground.components.walk_strip import picked_step
from playground.graph import walk
from playground.palette import PALETTE
from playground.text import text
from tests.browser.apps import graph as app


@pytest.fixture(scope="module")
def recorded() -> Iteration:
    image = np.random.default_rng(0).random((1, 1, 32, 32), np.float32)
    return recorder.record(models.build("LeNet5", 1), image, np.array([3]), Setup(loss="mse"))


@pytest.fixture
def graph(recorded: Iteration) -> Graph:
    assert recorded.graph
    return recorded.graph


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Data of the last component that was mounted."""
    given: dict[str, Any] = {}
    for module in (graph_view, tensor_cards, walk_strip):
        monkeypatch.setattr(module, "_mount", lambda *, data, key, **rest: given.update(data))
    monkeypatch.setattr("streamlit.session_state", {})
    return given


JUNK = [
    None,
    7,
    "x" * 10_000_000,
    [],
    {},
    {"picked": None},
    {"picked": "n1"},
    {"picked": {"id": "n1"}},
    {"picked": {"id": "n1", "revision": "1"}},
    {"picked": {"id": "n1", "revision": True}},
    {"picked": {"id": "n1", "revision": 0}},
    {"picked": {"id": "n1", "revision": -4}},
    {"picked": {"id": "n1", "revision": 10**30}},
    {"picked": {"id": "n1", "revision": float("nan")}},
    {"picked": {"id": ["n1"], "revision": 1}},
    {"picked": {"id": 1, "revision": 1}},
    {"picked": {"id": "nowhere", "revision": 1}},
    {"picked": {"id": "x" * 10_000_000, "revision": 1}},
    {"picked": {"step": 1.0, "revision": 1}},
    {"picked": {"step": -1, "revision": 1}},
    {"picked": {"step": 99, "revision": 1}},
    {"picked": {"step": True, "revision": 1}},
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_from_the_browser_picks_nothing(junk: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {"view": junk})
    assert picked("view", {"n0", "n1"}) is None
    assert picked_step("view", 5) is None


def test_a_pick_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state: dict[str, Any] = {
        "view": {"picked": {"id": "n1", "revision": 1}},
        "strip": {"picked": {"step": 2, "revision": 1}},
    }
    monkeypatch.setattr("streamlit.session_state", state)
    assert [picked("view", {"n1"}), picked("view", {"n1"})] == ["n1", None]
    assert [picked_step("strip", 3), picked_step("strip", 3)] == [2, None]
    state["view"] = {"picked": {"id": "n1", "revision": 2}}
    assert picked("view", {"n1"}) == "n1"


def test_what_was_picked_counts_more_than_what_python_had_selected(sent: dict[str, Any]) -> None:
    boxes, arrows = app.chain()
    st.session_state["view"] = {"picked": {"id": "3", "revision": 1}}
    assert graph_view.graph_view(key="view", boxes=boxes, arrows=arrows, selected="1") == "3"
    assert (sent["selected"], sent["taken"]) == ("3", 1)
    assert graph_view.graph_view(key="view", boxes=boxes, arrows=arrows, selected="1") == "1"
    assert (sent["selected"], sent["taken"]) == ("1", 1)


@pytest.mark.parametrize("name", app.GRAPHS)
def test_everything_can_be_sent(name: str, sent: dict[str, Any]) -> None:
    boxes, arrows = getattr(app, name)()
    graph_view.graph_view(key="view", boxes=boxes, arrows=arrows, selected=None)
    pack(sent)
    assert [box["id"] for box in sent["boxes"]] == [box.id for box in boxes]
    ids = [box.id for box in boxes]
    ends = [(ids[arrow["source"]], ids[arrow["target"]]) for arrow in sent["arrows"]]
    assert ends == [(arrow.source, arrow.target) for arrow in arrows]


def test_what_is_no_number_goes_as_javascript_reads_it(sent: dict[str, Any]) -> None:
    values = (math.nan, math.inf, -math.inf, None, 0.0, 1.5)
    boxes = [Box(str(place), "x", value=value) for place, value in enumerate(values)]
    graph_view.graph_view(key="view", boxes=boxes, arrows=[], selected=None)
    assert [box["value"] for box in sent["boxes"]] == ["NaN", "Infinity", "-Infinity", None, 0.0, 1.5]
    json.dumps(sent, allow_nan=False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("AddmmBackward0", "linear"),
        ("torch::autograd::AccumulateGrad", "parameter"),
        ("NllLossBackward0", "loss"),
        ("MseLossBackward0", "loss"),
        ("LogSoftmaxBackward0", "activation"),
        ("ConvolutionBackward0", "convolution"),
        ("MaxPool2DWithIndicesBackward0", "pooling"),
        ("TBackward0", "reshape"),
        ("TanhBackward0", "activation"),
        ("NativeBatchNormBackward0", "normalization"),
        ("AddBackward0", "arithmetic"),
        ("NoSuchBackward0", "other"),
    ],
)
def test_kinds(name: str, kind: str) -> None:
    assert family_of(name) == kind


def test_every_kind_has_a_colour_in_both_themes_and_a_name() -> None:
    for colors in PALETTE.values():
        assert set(colors["kinds"]) == set(FAMILIES)
    assert all(text("graph_view").get(f"kind_{kind}") for kind in FAMILIES)


def test_every_node_and_every_edge_is_drawn(graph: Graph) -> None:
    drawn = boxes.every_node(graph)
    assert len(drawn.boxes) == len(graph.nodes)
    assert len(drawn.arrows) == len(graph.edges)
    for box, node in zip(drawn.boxes, graph.nodes, strict=True):
        assert box.label == node.title
        assert drawn.members[box.id] == (node.index,)
        assert drawn.box_of(node.index) == box.id
        arrived = node.arrived[0]
        assert arrived is not None
        assert box.value == arrived.norm


def test_a_folded_graph_has_every_node_in_one_box(graph: Graph) -> None:
    drawn = boxes.folded(graph)
    assert sorted(node for nodes in drawn.members.values() for node in nodes) == list(range(len(graph.nodes)))
    assert [box.label for box in drawn.boxes][:2] == ["loss", "fc3"]
    ids = {box.id for box in drawn.boxes}
    assert all(arrow.source in ids and arrow.target in ids and arrow.source != arrow.target for arrow in drawn.arrows)
    fc3 = next(box for box in drawn.boxes if box.label == "fc3")
    assert "fc3.weight" in fc3.title
    assert "fc3.bias" in fc3.title


def test_a_walk_is_the_expression_step_by_step(graph: Graph) -> None:
    chain = graph.chain()
    for node in graph.nodes:
        steps, at = walk.walk(graph, node.index)
        assert steps[at][0] == node.index
        assert "".join(step.code for _, step in steps[: at + 1]) == graph.expression(node.index)
        whole = "".join(step.code for _, step in steps)
        assert graph.find(whole) == (chain[-1] if node.index in chain else node.index)
        assert [step.ahead for _, step in steps] == [place > at for place in range(len(steps))]


def test_the_chain_forwards_is_the_notes_chain(graph: Graph) -> None:
    names = "input conv1 relu1 pool1 conv2 relu2 pool2 view1 fc1 relu3 fc2 relu4 fc3 loss"
    assert walk.forwards(graph) == names.split()


def test_every_node_of_our_networks_is_explained(graph: Graph) -> None:
    for node in graph.nodes:
        assert node_words.work_of(node).startswith("Forward: "), node.name


VALUES = """\
x = ones(2, 2, requires_grad=True)
v = ones(2, requires_grad=True)
batch = ones(1, 2, 2, requires_grad=True)
image = ones(1, 1, 4, 4, requires_grad=True)
kernel = ones(1, 1, 2, 2, requires_grad=True)
share = tensor([[0.2, 0.8], [0.6, 0.4]], requires_grad=True)
target = ones(2, 2)
"""
ARGUMENTS = {
    **dict.fromkeys(("matmul", "mm", "maximum", "minimum"), ("x",)),
    "bmm": ("batch",),
    **dict.fromkeys(("mv", "dot", "outer"), ("v",)),
    **dict.fromkeys(expression.JOINERS, ("[x, x]",)),
    **dict.fromkeys(expression.ELEMENT_LOSSES, ("target",)),
    **dict.fromkeys(("cross_entropy", "nll_loss"), ("tensor([0, 1])",)),
    "reshape": ("[4]",),
    "transpose": ("0, 1",),
    "permute": ("[1, 0]",),
    "pow": ("3",),
    "clamp": ("min=0", "max=2"),
    "linear": ("x", "x, v"),
    "conv2d": ("kernel",),
    "conv1d": ("batch",),
    "layer_norm": ("[2]",),
    **dict.fromkeys(("max_pool2d", "avg_pool2d"), ("2",)),
}
FIRST = {
    "bmm": "batch",
    "dot": "v",
    "outer": "v",
    "conv1d": "batch",
    "conv2d": "image",
    "binary_cross_entropy": "share",
}
FIRST |= dict.fromkeys(expression.POOLINGS, "image")


@pytest.mark.parametrize("name", [name for name in expression.FUNCTIONS if name != "detach"])
def test_every_function_of_an_expression_is_explained(name: str) -> None:
    computed = 0
    for given in ARGUMENTS.get(name, ("", "dim=0")):
        first = FIRST.get(name, "x")
        for target in ("x", "v") if name == "diag" else (first,):
            arguments = given if name in expression.JOINERS else f"{target}, {given}"
            try:
                found = expression.evaluate(f"{VALUES}{name}({arguments.removesuffix(', ')})")
            except InputError:
                continue
            computed += 1
            for node in found.graph.nodes if found.graph else ():  # argmax and argmin have none
                assert node_words.work_of(node) != node_words.TEXT["unknown"], node.title
                assert family_of(node.name) != "other", node.title
    assert computed


def cards(sent: dict[str, Any], *given: Card) -> list[tuple[dict[str, Any], np.ndarray]]:
    """Data and values sent for each card."""
    tensor_cards.tensor_cards(key="cards", cards=given)
    pack(sent)
    numbers = np.frombuffer(sent["values"], "<f4")
    found, offset = [], 0
    for card in sent["cards"]:
        found.append((card, numbers[offset : offset + card["count"]]))
        offset += card["count"]
    assert offset == numbers.size
    return found


def test_cards_carry_the_numbers(sent: dict[str, Any]) -> None:
    small = np.arange(-3, 3, dtype=np.float32).reshape(2, 3)
    places = np.arange(4)
    found = cards(
        sent, Card("a", values=Values((2, 3), "float32", small)), Card("b", values=Values((4,), "int64", places))
    )
    np.testing.assert_array_equal(found[0][1], small.ravel())
    np.testing.assert_array_equal(found[1][1], places)
    assert found[0][0]["summary"] == [pytest.approx(np.linalg.norm(small)), -3, 2]


def test_a_card_without_numbers_says_so_or_gives_the_summary(sent: dict[str, Any]) -> None:
    kept = Values((1000, 1000), "float32", None, Summary(math.nan, -math.inf, 2))
    found = cards(sent, Card("none"), Card("large", values=kept))
    assert found[0][0]["shape"] is None
    assert found[1][0]["summary"] == ["NaN", "-Infinity", 2]  # as JavaScript parses them
    assert found[1][0]["count"] == 0


def test_of_a_large_batch_the_card_names_the_digits_that_are_shown(sent: dict[str, Any]) -> None:
    array = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    ((card, numbers),) = cards(sent, Card("x", values=Values((256, 3, 4), "float32", array, Summary(9, -1, 99))))
    np.testing.assert_array_equal(numbers, array.ravel())
    assert (card["shape"], card["part"]) == ([256, 3, 4], [2, 3, 4])
    assert card["cut"] == tensor_cards.TEXT["rows"].format(shown=2, count=256)
    assert card["summary"] == [9, -1, 99]


@pytest.mark.parametrize("shape", [(512, 512, 3, 3), (1, 1, 400, 400), (1, 100_000), (100_000,), (300, 300)])
def test_of_a_large_tensor_its_first_numbers_go(shape: tuple[int, ...], sent: dict[str, Any]) -> None:
    array = np.random.default_rng(1).random(shape, np.float32)
    ((card, numbers),) = cards(sent, Card("x", values=Values(shape, "float32", array)))
    assert 0 < numbers.size <= tensor_cards.MOST
    assert numbers.size == math.prod(card["part"])
    np.testing.assert_array_equal(numbers, array.ravel()[: numbers.size])
    assert card["shape"] == list(shape)

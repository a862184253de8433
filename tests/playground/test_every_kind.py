"""Tests that the pages show and explain every kind of operation, with a network of kinds that the three others lack."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from lenet.explain import batch_statistics, dropout_masks, timeline
from lenet.networks import kinds, models
from lenet.record import experiment
from lenet.scripts import code_listing
from playground import sidebar
from playground.components.graph_view import node_words
from playground.components.graph_view.families import family_of
from playground.experiment import stop_words
from playground.gradients.selected_entry import PARAMETER
from playground.number_words import number
from playground.text import text
from tests.lenet.networks.every_kind import EveryKind
from tests.playground.pages import clean, open_page, shown

NAME = "EveryKind"


@pytest.fixture(autouse=True)
def _offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the network to those that the pages offer."""
    monkeypatch.setitem(models.MODELS, NAME, EveryKind)
    monkeypatch.setattr(sidebar, "NETWORKS", (*sidebar.NETWORKS, NAME))
    monkeypatch.setitem(experiment.READERS, "network", lambda name: name if name in models.MODELS else None)


def open_it(page: str, **query: str) -> AppTest:
    at = open_page(page, network=NAME, weights="random", seed="3", **query)
    assert at.selectbox(key="network").value == NAME
    assert not at.error
    assert not at.warning
    return at


def words(at: AppTest) -> str:
    return "\n".join(item.value for kind in (at.subheader, at.markdown, at.caption) for item in kind)


def test_draw_shows_it() -> None:
    open_it("draw")


def test_every_stop_of_a_step_is_explained() -> None:
    done = shown(open_it("step", mode="eval")).iteration
    stops = timeline.stops(done)
    frames = stop_words.frames(done, stops, code_listing.listing(EveryKind(), done))
    known = {layer.name: layer.kind for layer in done.layers}
    said: dict[str, set[str]] = {"forward": set(), "backward": set()}
    for stop, frame in zip(stops, frames, strict=True):
        assert not re.search(r"\{\w+\}", frame.detail)
        if stop.phase in said and stop.layer in known:
            detail = text(f"kind_{known[stop.layer]}")[stop.phase]
            assert frame.detail.startswith(detail.partition("{")[0])
            said[stop.phase].add(known[stop.layer])
    assert said["forward"] | {"input", "softmax", "relu", "max_pool2d"} == kinds.KINDS.keys()
    assert said["forward"] - said["backward"] == {"dropout"}  # which has no node in evaluation mode
    assert set(stops[-1].gradients) == known.keys() - {"input", "softmax"}


def test_every_stop_in_training_mode_is_explained() -> None:
    at = open_it("step", input="mnist", digits="0, 1")
    done = shown(at).iteration
    frames = stop_words.frames(done, timeline.stops(done), code_listing.listing(EveryKind(), done))
    said = {(frame.phase, frame.name): frame.detail for frame in frames}
    assert not any(re.search(r"\{\w+\}", detail) for detail in said.values())
    norm, dropout = said["forward", "norm"], said["forward", "dropout1"]
    assert norm.startswith("In training mode each channel of conv1")
    assert f"{2 * 12 * 12} numbers per channel" in norm
    assert "by the momentum, 0.1" in norm
    mask = dropout_masks.of(done, "dropout1")
    assert mask is not None
    assert f"it dropped {(mask == 0).sum()} of {mask.size}." in dropout
    assert said["backward", "NativeBatchNormBackward0"] == text("kind_batch_norm")["backward-training"]
    assert said["backward", "MulBackward0"] == text("kind_dropout")["backward"]


def test_the_running_statistics_are_worked_out_where_they_move() -> None:
    at = open_it("step", input="mnist", digits="0, 1")
    done = shown(at).iteration
    stops = timeline.stops(done)
    found = batch_statistics.of(done, "norm")
    assert found is not None
    assert found.running_mean is not None
    for stop in stops:
        if stop.layer not in ("norm", "conv2") and stop.phase not in ("step", "loss"):
            continue
        at.session_state["player"] = {"at": {"revision": shown(at).revision, "stop": stops.index(stop)}}
        clean(at)
        titles = [item.value for item in at.subheader]
        moves = stop.phase == "step" or (stop.phase == "forward" and stop.layer == "norm")
        assert (text("running_statistics")["title"] in titles) == moves
        if moves:
            *_, table, worked = [frame.value for frame in at.dataframe]
            assert table[text("running_statistics")["mean-after"]].tolist() == [
                number(value, 5) for value in found.running_mean.after
            ]
            assert worked[text("running_statistics")["recorded"]][0] == number(found.running_mean.after[0], 6)


def test_a_gradient_through_batch_norm_in_training_mode_is_explained() -> None:
    at = open_it("gradients", input="mnist", digits="0, 1")
    at.selectbox(key=PARAMETER).select("conv1.bias")
    clean(at)
    assert text("kind_batch_norm")["through"].format(operation="norm") in words(at)
    at.selectbox(key=PARAMETER).select("norm.weight")
    clean(at)
    assert text("gradients")["other"].partition("{total}")[2] not in words(at)


def test_every_node_of_the_graph_is_explained() -> None:
    graph = shown(open_it("graph")).iteration.graph
    assert graph is not None
    for node in graph.nodes:
        assert node_words.work_of(node) != node_words.TEXT["unknown"], node.name
        assert family_of(node.name) != kinds.OTHER, node.name
    norm = next(node.index for node in graph.nodes if node.name == "NativeBatchNormBackward0")
    at = open_it("graph")
    at.session_state["graph-node-own"] = norm
    assert text("kind_batch_norm")["node"] in words(clean(at))


def test_every_gradient_is_explained() -> None:
    at = open_it("gradients", mode="eval")
    for name in ("conv1.bias", "norm.weight", "norm.bias", "conv2.weight", "fc2.bias", "fc3.weight"):
        at.selectbox(key=PARAMETER).select(name)
        clean(at)
        said = words(at)
        assert f"`{name}.grad[0" in said
        assert text("gradients")["other"].partition("{total}")[2] not in said
        if name.startswith("conv1"):
            assert "came back through norm" in said
            assert "by the same slope" in said
            assert text("kind_batch_norm")["slope"] in said
    assert text("gradients")["biases-and-scales"] in said

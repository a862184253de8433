"""Tests of the data that the player sends, and of how it reads the browser's values."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from lenet.record.iteration import PHASES
from playground.components import step_view
from playground.components.packing import pack
from playground.components.step_view import Frame, stop_at_rest

FRAMES = (
    Frame("batch", "", "The batch", "One digit.", (0,), ("input",), (), "input"),
    Frame("forward", "conv1", "conv1", "Runs.", (1, 2), ("input", "conv1"), (), "conv1"),
    Frame("backward", "ConvolutionBackward0", "Back", "Runs.", (3,), ("input", "conv1"), ("conv1",), "conv1"),
    Frame("step"),
)
LISTING = ("x = 1", "y = 2", "", "z = 3")
REVISION = 7


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Data of the component's last mount."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(step_view, "_mount", lambda *, data, key, **rest: given.update(data))
    monkeypatch.setattr("streamlit.session_state", {})
    return given


def show(at: int = 0) -> int:
    return step_view.step_view(key="player", frames=FRAMES, listing=LISTING, at=at, revision=REVISION)


def test_frames_arrive_whole(sent: dict[str, Any]) -> None:
    show(at=2)
    names = sent["names"]
    read = [
        Frame(
            **{
                **raw,
                "lines": tuple(raw["lines"]),
                "activations": tuple(names[index] for index in raw["activations"]),
                "gradients": tuple(names[index] for index in raw["gradients"]),
            }
        )
        for raw in sent["frames"]
    ]
    assert tuple(read) == FRAMES
    assert (sent["at"], sent["revision"], sent["listing"]) == (2, REVISION, list(LISTING))
    assert tuple(sent["phases"]) == PHASES
    pack(sent)


def test_it_opens_where_the_page_says(sent: dict[str, Any]) -> None:
    assert show(at=3) == 3


def test_the_visitor_rests_where_the_browser_says(sent: dict[str, Any]) -> None:
    st.session_state["player"] = {"at": {"revision": REVISION, "stop": 1}}
    assert show(at=3) == 1


JUNK = [
    None,
    3,
    "3",
    [],
    {},
    {"at": None},
    {"at": 1},
    {"at": True},
    {"at": [REVISION, 1]},
    {"at": {}},
    {"at": {"stop": 1}},
    {"at": {"revision": REVISION}},
    {"at": {"revision": REVISION + 1, "stop": 1}},
    {"at": {"revision": str(REVISION), "stop": 1}},
    {"at": {"revision": float(REVISION), "stop": 1}},
    {"at": {"revision": REVISION, "stop": True}},
    {"at": {"revision": REVISION, "stop": "1"}},
    {"at": {"revision": REVISION, "stop": 1.0}},
    {"at": {"revision": REVISION, "stop": float("nan")}},
    {"at": {"revision": REVISION, "stop": -1}},
    {"at": {"revision": REVISION, "stop": len(FRAMES)}},
    {"at": {"revision": REVISION, "stop": 10**400}},
    {"at": {"revision": REVISION, "stop": [1]}},
    {"at": {"revision": REVISION, "stop": "x" * 1_000_000}},
]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_from_the_browser_moves_nobody(junk: object, sent: dict[str, Any]) -> None:
    st.session_state["player"] = junk
    assert stop_at_rest("player", REVISION, len(FRAMES)) is None
    assert show(at=2) == 2


def test_true_is_not_the_first_recording(sent: dict[str, Any]) -> None:
    st.session_state["player"] = {"at": {"revision": True, "stop": 1}}
    assert stop_at_rest("player", 1, len(FRAMES)) is None


@pytest.mark.parametrize("stop", range(len(FRAMES)))
def test_every_stop_can_be_rested_at(stop: int, sent: dict[str, Any]) -> None:
    st.session_state["player"] = {"at": {"revision": REVISION, "stop": stop}}
    assert stop_at_rest("player", REVISION, len(FRAMES)) == stop

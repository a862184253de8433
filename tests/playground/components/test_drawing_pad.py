"""Tests that the pad's Python side checks everything that the browser sends."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lenet.digits.drawing import Drawing, parse_drawing
from lenet.errors import InputError
from playground.components import drawing_pad
from playground.components.drawing_pad import MAX_PICTURE_BYTES, PadBase, PadError, PadEvents, PadPicture, RandomDigit

STROKE: dict[str, Any] = {"tool": "pen", "width": 0.09, "points": [0.2, 0.2, 0.8, 0.8]}
GOOD: dict[str, Any] = {"revision": 7, "base": None, "strokes": [STROKE]}


def page() -> None:
    import streamlit as st

    from playground.components.drawing_pad import drawing_pad, pad_events
    from playground.components.ink_stages import ink_steps

    events = pad_events("pad")
    st.session_state["events"] = events
    st.session_state["chosen"] = ink_steps("stages")
    drawing_pad(
        key="pad", revision=events.revision, base=st.session_state.get("base"), error=st.session_state.get("error")
    )


def run(at: AppTest, sent: object) -> PadEvents:
    at.session_state["pad"] = sent
    at.run()
    assert not at.exception, at.exception
    events = at.session_state["events"]
    assert isinstance(events, PadEvents)
    return events


@pytest.fixture
def at() -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    app.run()
    assert not app.exception
    return app


def test_before_anything_was_sent(at: AppTest) -> None:
    assert at.session_state["events"] == PadEvents()


def test_a_good_drawing(at: AppTest) -> None:
    events = run(at, {"drawing": GOOD})
    assert events.revision == 7
    assert events.error is None
    assert events.drawing
    assert events.drawing.strokes[0].points == pytest.approx(np.array([[0.2, 0.2], [0.8, 0.8]]))


def test_a_base_keeps_its_name(at: AppTest) -> None:
    base = {"id": "digit-1", "side": 2, "pixels": base64.b64encode(bytes([0, 255, 9, 0])).decode()}
    events = run(at, {"drawing": {**GOOD, "base": base}})
    assert events.base_id == "digit-1"
    assert events.drawing
    assert events.drawing.base is not None
    assert events.drawing.base.tolist() == [[0, 255], [9, 0]]


JUNK_DRAWINGS = [
    "text",
    17,
    [GOOD],
    True,
    {},
    {"strokes": [STROKE]},
    {**GOOD, "revision": -1},
    {**GOOD, "revision": 1.5},
    {**GOOD, "revision": True},
    {**GOOD, "revision": "7"},
    {**GOOD, "revision": 10**400},
    {**GOOD, "strokes": None},
    {**GOOD, "strokes": {}},
    {**GOOD, "strokes": [None]},
    {**GOOD, "strokes": [STROKE] * 2001},
    *[
        {**GOOD, "strokes": [{**STROKE, **wrong}]}
        for wrong in (
            {"tool": "axe"},
            {"width": 0},
            {"width": float("nan")},
            {"width": "0.1"},
            {"points": []},
            {"points": [0.1]},
            {"points": [0.1, None]},
            {"points": [0.1, float("nan")]},
            {"points": [0.1, float("inf")]},
            {"points": [0.1, 10**400]},
            {"points": [[0.1, 0.1]]},
            {"points": [0.5] * 50_000},
            {"points": "x" * 10_000_000},
        )
    ],
    *[
        {**GOOD, "base": base}
        for base in (
            "text",
            {"side": 28},
            {"side": -1, "pixels": ""},
            {"side": 10**9, "pixels": "AAAA"},
            {"side": 2, "pixels": "????????"},
            {"side": 2, "pixels": "A" * 10_000_000},
        )
    ],
]


@pytest.mark.parametrize("junk", JUNK_DRAWINGS, ids=lambda junk: json.dumps(junk)[:60])
def test_junk_is_a_message_and_the_last_good_drawing_stays(at: AppTest, junk: object) -> None:
    good = run(at, {"drawing": GOOD})
    events = run(at, {"drawing": junk})
    assert isinstance(events.error, InputError)
    assert events.drawing is good.drawing
    assert events.revision == 7
    assert run(at, {"drawing": {**GOOD, "revision": 8}}).error is None


def test_junk_with_a_number_is_acknowledged(at: AppTest) -> None:
    run(at, {"drawing": GOOD})
    assert run(at, {"drawing": {"revision": 9, "strokes": "no"}}).revision == 9


@pytest.mark.parametrize("state", [None, "text", 17, [], {"drawing": None}, {"other": 1}], ids=str)
def test_a_state_of_another_kind_counts_as_nothing_sent(at: AppTest, state: object) -> None:
    assert run(at, state) == PadEvents()


@pytest.mark.parametrize(("digit", "wanted"), [(None, RandomDigit(None)), (0, RandomDigit(0)), (9, RandomDigit(9))])
def test_a_random_digit(at: AppTest, digit: int | None, wanted: RandomDigit) -> None:
    assert run(at, {"drawing": GOOD, "random": {"digit": digit, "n": 1}}).random == wanted


def test_a_hard_digit(at: AppTest) -> None:
    assert run(at, {"drawing": GOOD, "random": {"digit": 4, "hard": True, "n": 1}}).random == RandomDigit(4, True)


@pytest.mark.parametrize(
    "junk", [7, "3", [], {}, {"digit": 3, "hard": 1}, {"digit": 10}, {"digit": -1}, {"digit": "3"}, {"digit": True}]
)
def test_a_random_digit_that_is_none(at: AppTest, junk: object) -> None:
    events = run(at, {"drawing": GOOD, "random": junk})
    assert events.random is None
    assert events.error
    assert events.drawing


def test_a_picture(at: AppTest) -> None:
    data = random.Random(1).randbytes(1000)
    assert run(at, {"picture": {"data": base64.b64encode(data).decode(), "n": 1}}).picture == PadPicture(data, 1)


@pytest.mark.parametrize(
    ("junk", "key"),
    [
        (7, "picture-unreadable"),
        ({}, "picture-unreadable"),
        ({"data": 7, "n": 1}, "picture-unreadable"),
        ({"data": "%%%", "n": 1}, "picture-unreadable"),
        ({"data": "ä" * 8, "n": 1}, "picture-unreadable"),
        ({"data": "AAAA"}, "picture-unreadable"),
        ({"data": "AAAA", "n": "1"}, "picture-unreadable"),
        ({"data": "A" * (MAX_PICTURE_BYTES * 4 // 3 + 8), "n": 1}, "picture-bytes"),
    ],
    ids=range(8),
)
def test_a_picture_that_is_none(at: AppTest, junk: object, key: str) -> None:
    events = run(at, {"drawing": GOOD, "picture": junk})
    assert events.picture is None
    assert events.error
    assert events.error.key == key
    assert events.drawing


def test_ink_and_messages_can_be_shown(at: AppTest) -> None:
    at.session_state["base"] = PadBase(np.zeros((28, 28), np.uint8), "a digit")
    at.session_state["error"] = PadError("no")
    run(at, {"drawing": GOOD})


def test_each_base_and_message_has_a_name_of_its_own() -> None:
    ink = np.zeros((28, 28), np.uint8)
    assert PadBase(ink).id != PadBase(ink).id
    assert PadError("no").id != PadError("no").id


@pytest.mark.parametrize(
    ("sent", "center"),
    [
        ({"box": True, "antialias": True, "center": False, "pad": True}, False),
        ({"box": True, "antialias": True, "center": 0, "pad": True}, True),
        ({"center": False}, True),
        ("text", True),
        (None, True),
    ],
    ids=str,
)
def test_stages(at: AppTest, sent: object, center: bool) -> None:
    at.session_state["stages"] = {"steps": sent}
    at.run()
    assert not at.exception
    assert at.session_state["chosen"].center is center


def test_a_drawing_is_parsed_once(at: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[object] = []

    def parse(document: object) -> Drawing:
        parsed.append(document)
        return parse_drawing(document)

    monkeypatch.setattr(drawing_pad, "parse_drawing", parse)
    first = run(at, {"drawing": GOOD})
    assert run(at, {"drawing": dict(GOOD)}) == first
    assert len(parsed) == 1
    second = run(at, {"drawing": GOOD | {"revision": 8, "strokes": []}})
    assert second.drawing is not None
    assert second.drawing.strokes == ()
    assert len(parsed) == 2

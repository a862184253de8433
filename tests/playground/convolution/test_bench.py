"""Pictures for changed options past Streamlit: the same as through Streamlit, and nothing for a stranger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from playground.convolution import by_hand, pooling
from playground.convolution.bench import Part, reply
from tests.playground import languages
from tests.playground.bench_page import change, data
from tests.playground.blocks import unpack
from tests.playground.languages import MARKED, unmarked
from tests.playground.pages import clean, open_app, open_page

CHANGES: tuple[tuple[Part, dict[str, object]], ...] = (
    (by_hand.PART, {"stride": 2, "out": 3}),
    (by_hand.PART, {"preset": "trained", "padding": 0}),
    (by_hand.PART, {"source": "map", "in": 3}),
    (by_hand.PART, {"transposed": True, "source": "grid"}),
    (pooling.PART, {"size": 3, "kind": "avg"}),
)


def ask(shown: dict[str, Any], revision: object = 1, /, **changes: object) -> dict[str, Any]:
    question = {"ticket": shown["ticket"], "revision": revision, "values": shown["values"], "changes": changes}
    return unpack(reply(json.dumps(question)))


@pytest.mark.parametrize(("part", "changes"), CHANGES)
def test_an_answer_is_streamlits(part: Part, changes: dict[str, object]) -> None:
    at = open_page("convolution", part=part.name)
    answer = ask(data(at), **changes)
    shown = change(at, part.key, **changes)
    assert answer["good"]
    assert {name: shown[name] for name in answer} == answer
    assert set(shown) - set(answer) == {"language", "taken"}


def test_changes_build_on_the_values_of_the_last_answer() -> None:
    at = open_page("convolution")
    shown = data(at)
    answer = shown | ask(shown, out=2)
    answer = answer | ask(answer, 2, shown=1)
    answer = answer | ask(answer, 3, preset="box")
    assert answer["values"]["kernel"] == "sobel-x;box"
    told = change(at, by_hand.PART.key, **answer["values"])
    assert told["output"] == answer["output"]
    assert at.query_params["kernel"] == "sobel-x;box"


def test_the_last_possible_picture_of_an_answer_stays() -> None:
    at = open_page("convolution")
    good = data(at) | ask(data(at), stride=2)
    bad = ask(good, 2, height=7, dilation=6)
    assert not bad["good"]
    assert set(bad["problems"]) == {"height"}
    assert "output" not in bad
    picked = {"changes": bad["values"], "good": good["values"], "revision": 2}
    at.session_state[by_hand.PART.key] = {"picked": picked}
    shown = data(clean(at))
    assert shown["output"] == good["output"]
    assert shown["problems"] == bad["problems"]


def test_an_answer_is_in_the_visitors_language(tmp_path: Path) -> None:
    languages.write(tmp_path)
    with languages.spoken(tmp_path):
        at = clean(open_app("convolution", lang=MARKED))
        said = ask(data(at), groups=3)["problems"]["groups"][0]
    assert said.startswith("«")
    assert unmarked(said) == ""


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps({"ticket": "x", "revision": 1, "values": {}, "changes": {}}),
        json.dumps({"ticket": {}, "revision": 1, "values": {}, "changes": {}}),
    ],
    ids=lambda junk: junk[:20],
)
def test_junk_gets_no_picture(junk: str) -> None:
    assert unpack(reply(junk)) == {"revision": None}


@pytest.mark.parametrize("junk", [None, [], "x", 1, {"stride": "x"}, {"kernel": ";" * 9, "grid": 1, "out": 99}])
def test_odd_values_are_no_exception(junk: object) -> None:
    shown = data(open_page("convolution"))
    answer = ask({**shown, "values": junk}, stride=2)
    assert answer.get("good", False) == isinstance(junk, dict)
    assert ask(shown, junk, stride=2)["revision"] == (1 if junk == 1 else None)

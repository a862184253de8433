"""The pages in a second language: no word of the first is left on them, and links lead from one to the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from google.protobuf.message import Message as Proto
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Node

from lenet.digits import mnist
from lenet.errors import InputError
from lenet.messages import MESSAGES, Message
from playground import errors, language, text
from playground.components import constants
from tests.playground import languages
from tests.playground.blocks import unpack
from tests.playground.languages import MARKED, PROSE, unmarked
from tests.playground.pages import clean, open_app, open_page, shown, visitor

FIELDS = {"body", "label", "help", "placeholder", "content", "caption", "title", "alt", "header"}
"""Of Streamlit's messages: fields that a visitor reads."""
READ = {"title", "detail", "note", "label", "none", "facts", "cut", "words", "caption", "message"}
"""Names of the components' data that a visitor reads."""
SAME = {"English", "softmax", "None", "grad_fn", "requires_grad", "leaf", "loss", "z"}
"""Texts that are names in the code as well, and the language by its own name."""


@pytest.fixture(autouse=True)
def marked(tmp_path: Path) -> Iterator[None]:
    languages.write(tmp_path)
    with languages.spoken(tmp_path):
        yield


@contextmanager
def outside(spoken: str) -> Iterator[None]:
    """Have a language outside of a page's run as well, where `AppTest` plays the browser with the options' labels."""
    text.follow(lambda: spoken if get_script_run_ctx(suppress_warning=True) is None else language.current())
    yield
    text.follow(language.current)


def protos(node: Node) -> Iterator[Proto]:
    """Streamlit's messages below a node."""
    proto = getattr(node, "proto", None)
    if proto is not None:
        yield proto
    for child in getattr(node, "children", {}).values():
        yield from protos(child)


def words(proto: Proto) -> Iterator[str]:
    """Texts in a message of the page."""
    name = type(proto).__name__
    if name == "BidiComponent":
        data = unpack(proto.bytes)  # type: ignore[attr-defined]
        fetched = constants.texts(str(data["language"])).get(proto.component_name, {})  # type: ignore[attr-defined]
        yield from _of_component({**data, "text": fetched})
    elif name == "PlotlyChart":
        yield from _of_figure(json.loads(proto.spec))  # type: ignore[attr-defined]
    elif name in ("Dataframe", "Table"):
        with pa.ipc.open_stream(proto.arrow_data.data) as stream:  # type: ignore[attr-defined]
            table = stream.read_all()
        yield from table.column_names
        yield from (str(cell) for column in table.columns for cell in column.to_pylist())
    elif name != "Html":
        for field, value in proto.ListFields():
            for one in [value] if isinstance(value, str | bytes | int | float | Proto) else list(value):
                if isinstance(one, Proto):
                    yield from words(one)
                elif isinstance(one, str) and (field.name in FIELDS or field.name == "options"):
                    yield one


def _of_component(data: object, name: str = "") -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _of_component(value, "text" if name == "text" else str(key))
    elif isinstance(data, list):
        for value in data:
            yield from _of_component(value, name)
    elif isinstance(data, str) and (name in READ or name == "text"):
        yield data


def _of_figure(figure: dict[str, object]) -> Iterator[str]:
    found = json.dumps({key: value for key, value in figure.items() if key != "template"}, ensure_ascii=False)
    figure = json.loads(found)
    layout = figure["layout"]
    assert isinstance(layout, dict)
    for key in ("xaxis", "yaxis"):
        title = layout.get(key, {}).get("title")
        yield from [title["text"]] if isinstance(title, dict) and "text" in title else []
    yield from (note["text"] for note in layout.get("annotations", []))
    traces = figure["data"]
    assert isinstance(traces, list)
    for trace in traces:
        yield from (trace[key] for key in ("name",) if isinstance(trace.get(key), str))
        yield from (one for key in ("hovertext",) for one in trace.get(key, []) if isinstance(one, str))


def left_in_english(at: AppTest) -> set[str]:
    """Texts of a page that are not in the made-up language."""
    english = {words for texts in text.catalogue().values() for words in texts.values()} - SAME
    everything = [said for proto in protos(at._tree) for said in words(proto)]
    assert sum("«" in said for said in everything) > 20  # the search finds what is there
    return {said for said in everything if PROSE.search(unmarked(said)) or said.strip("*") in english}


MIXED = "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.4~flatten~linear"
PAGES = {
    "draw": [{}],
    "step": [
        {"input": "mnist", "digits": "0, 1", "stop": "6"},
        {"input": "noise", "loss": "mse", "optimizer": "Adam", "stop": "40"},
        {"network": MIXED, "weights": "random", "input": "mnist", "digits": "0, 1", "stop": "4"},
        {"loss": "none", "lr": "1e30", "taken": "3", "stop": "1000", "optimizer": "by-hand"},
    ],
    "graph": [{}, {"view": "every", "node": "3"}],
    "gradients": [{"input": "mnist", "digits": "0, 1"}, {"parameter": "conv1.weight", "index": "0,0,1,2"}],
    "filters": [{}, {"weights": "random"}],
    "initialisation": [
        {"init": "zeros", "depth": "3"},
        {"layers": "conv", "init": "kaiming_uniform", "factor": "2"},
        {"layers": "own", "init": "as-it-is"},
    ],
    "build": [{}, {"layers": "stack-28~conv~linear-5-1-7~relu"}],
    "autograd": [{"exercise": one} for one in ("mean", "in-place", "jacobian", "detach", "middle", "own")],
    "convolution": [
        {"source": "map", "in": "2"},
        {"groups": "3", "source": "grid"},
        {"part": "pooling", "kind": "avg"},
    ],
}
MISTAKES = {
    "draw": {"network": "AlexNet", "off": "conv9.1", "lang": MARKED},
    "step": {"input": "mnist", "digits": "1, x", "lr": "-1", "stop": "x", "lang": MARKED},
    "graph": {"of": "x", "node": "99999", "view": "x", "lang": MARKED},
    "gradients": {"parameter": "conv9.weight", "lang": MARKED},
    "autograd": {"exercise": "own", "expression": "ones(10_000_000)", "lang": MARKED},
    "convolution": {"part": "by-hand", "stride": "x", "kernel": "1", "lang": MARKED},
    "build": {"layers": "stack-1", "lang": MARKED},
    "initialisation": {"depth": "99", "init": "magic", "lang": MARKED},
}


@pytest.mark.parametrize(("page", "query"), [(page, query) for page, queries in PAGES.items() for query in queries])
def test_no_english_is_left_on_a_page(page: str, query: dict[str, str]) -> None:
    at = open_app(page if page != "draw" else "", **query, lang=MARKED)
    assert left_in_english(clean(at)) == set()
    assert at.query_params["lang"] == MARKED


@pytest.mark.parametrize("page", MISTAKES)
def test_mistakes_are_said_in_the_language(page: str) -> None:
    at = clean(open_app(page if page != "draw" else "", **MISTAKES[page]))
    said = [item.value for item in (*at.warning, *at.error, *at.info)]
    assert said
    assert all("«" in one for one in said)
    assert left_in_english(at) == set()


def test_missing_digits_are_said_in_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(split: str) -> None:
        raise InputError("mnist-file", name="t10k-images-idx3-ubyte.gz", reason=Message("mnist-digest"))

    monkeypatch.setattr(mnist, "load", fail)
    at = clean(open_app(lang=MARKED))
    error = visitor(at).pad.error
    assert error is not None
    assert unmarked(error.message) == ""


def test_every_message_of_lenet_is_looked_up() -> None:
    with outside(MARKED):
        for key, words in MESSAGES.items():
            said = errors.say(InputError(key, **dict.fromkeys(re.findall(r"{(\w+)", words), 1_234_567)))
            assert unmarked(said) == ""
            assert ("1.234.567" in said) == (":,}" in words), said


def address(at: AppTest) -> dict[str, str]:
    """The page's address without its language."""
    return {name: one if isinstance(one, str) else one[0] for name, one in at.query_params.items() if name != "lang"}


def test_a_link_opens_in_the_other_language_with_the_same_settings() -> None:
    query = {"network": "LightNet", "weights": "random", "seed": "3", "input": "mnist", "digits": "3, 14"}
    query |= {"loss": "mse", "target": "count", "optimizer": "SGD-momentum", "zero_grad": "left-out", "stop": "5"}
    there = clean(open_app("step", lang=MARKED, **query))
    link = address(there)
    assert query.items() <= link.items()
    here = clean(open_app("step", **link))
    back = clean(open_app("step", lang=MARKED, **address(here)))
    assert address(back) == address(here) == link
    for at in (here, back):
        assert visitor(at).experiment == visitor(there).experiment
        assert shown(at).setup == shown(there).setup
        assert visitor(at).step.at == 4


def test_the_language_can_be_changed_and_the_settings_stay() -> None:
    at = open_page("step", weights="random", loss="mse", input="mnist", digits="3, 14")
    before = shown(at)
    assert "lang" not in at.query_params
    at.selectbox(key=language.CHOICE).select(MARKED)
    assert left_in_english(clean(at)) == set()
    assert at.query_params["lang"] == MARKED
    assert shown(at) is before
    with outside(MARKED):
        assert at.selectbox(key="setting-loss").value == "mse"
        at.selectbox(key="setting-loss").select("none")
        clean(at)
        at.selectbox(key=language.CHOICE).select("en")
        clean(at)
    assert "lang" not in at.query_params
    assert shown(at).setup.loss == "none"
    assert {said for proto in protos(at._tree) for said in words(proto) if "«" in said} == {"«English»"}


def test_a_language_that_is_not_there_is_said() -> None:
    at = clean(open_app(lang="tlh"))
    assert "en, xx" in at.warning[0].value
    assert "lang" not in at.query_params


@pytest.mark.parametrize(("locale", "taken"), [("xx-YY", MARKED), ("xx", MARKED), ("tlh-QO", "en"), (None, "en")])
def test_the_browser_decides_where_the_address_does_not(
    locale: str | None, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streamlit.runtime.context.ContextProxy.locale", property(lambda _: locale))
    at = clean(open_app())
    assert visitor(at).language == taken
    assert "lang" not in at.query_params


def test_a_text_that_is_missing_is_english(tmp_path: Path) -> None:
    (tmp_path / MARKED / "test_digits.toml").write_text('[test_digits]\ntitle = "«nur das»"\n', "utf-8")
    languages.forget()
    assert text.catalogue(MARKED)["test_digits"]["title"] == "«nur das»"
    assert text.catalogue(MARKED)["test_digits"]["worst"] == text.catalogue()["test_digits"]["worst"]

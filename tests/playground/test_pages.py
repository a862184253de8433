"""Tests of each page without a browser: it runs, and its content agrees with the visitor's choices."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch
from streamlit.testing.v1 import AppTest

from lenet.digits import drawing, ink, mnist
from lenet.errors import InputError
from lenet.networks import checkpoint, weights
from lenet.networks.models import MODELS, build
from lenet.record.experiment import RANDOM, WEIGHTS
from playground import session
from playground.components import ink_stages, network_view
from playground.components.packing import pack
from playground.draw.classifier import Classifier
from playground.number_words import number
from playground.text import text
from tests.browser.digits import DIGITS
from tests.playground.pages import APP, clean, codes, in_use, open_app, visitor

FILTERS = "filters/page.py"


def document(digit: int, revision: int = 1) -> dict[str, object]:
    """Drawing in the form in which the pad sends it."""
    strokes = [
        {"tool": "pen", "width": drawing.PEN_WIDTH, "points": [value for point in stroke for value in point]}
        for stroke in DIGITS[digit]
    ]
    return {"revision": revision, "base": None, "strokes": strokes}


@pytest.mark.parametrize("name", list(MODELS))
def test_the_draw_page_runs_with_every_network(name: str) -> None:
    at = open_app()
    at.query_params["network"] = name
    clean(at)
    assert at.selectbox(key="network").value == name
    count = sum(parameter.numel() for parameter in build(name).parameters())
    card = checkpoint.card(name)
    accuracy = card["accuracy"]["mnist-test"][str(card["shipped_seed"])]
    caption = " ".join(item.value for item in at.sidebar.caption)
    assert f"{count:,} parameters" in caption
    assert f"{100 * accuracy:.2f} %" in caption


@pytest.mark.parametrize(
    ("key", "junk"),
    [
        ("pad", "text"),
        ("pad", {"drawing": []}),
        ("pad", {"drawing": {"revision": -1, "base": None, "strokes": []}}),
        (
            "pad",
            {"drawing": {"revision": 1, "base": None, "strokes": [{"tool": "pen", "width": 1e999, "points": [0, 0]}]}},
        ),
        ("pad", {"drawing": {"revision": 1, "base": {"side": 10**9, "pixels": ""}, "strokes": []}}),
        ("pad", {"drawing": {"revision": 1, "base": None, "strokes": "x" * 10_000_000}}),
        ("pad", {"drawing": {"revision": "1", "strokes": [{"tool": "pen", "width": 0.1, "points": [[[]]]}]}}),
        ("pad", {"random": {"digit": 99}}),
        ("pad", {"random": "any"}),
        ("pad", {"picture": {"data": "not base64!"}}),
        ("pad", {"picture": {"data": base64.b64encode(b"not a picture").decode()}}),
        ("stages", 17),
        ("stages", {"steps": {"box": "no"}}),
        ("stages", {"steps": [True] * 4}),
        ("view", [1]),
        ("view", {"opened": {"layer": "conv1", "channel": 1e9}}),
        ("view", {"opened": {"layer": {"a": 1}, "channel": -1}}),
    ],
    ids=lambda junk: str(junk)[:40],
)
def test_junk_from_a_component_is_no_exception(key: str, junk: object) -> None:
    at = open_app()
    at.session_state[key] = junk
    clean(at)


def test_unknown_names_in_the_address_are_said_until_the_visitor_chooses() -> None:
    at = open_app(network="AlexNet", weights="../../etc/passwd", seed="-1")
    clean(at)
    assert at.selectbox(key="network").value in MODELS
    said = at.sidebar.warning[0].value
    assert all(name in said for name in MODELS)
    assert all(kind in said for kind in WEIGHTS)
    assert "`seed` is a whole number from 0 to 9999" in said
    clean(at)
    assert at.sidebar.warning
    at.selectbox(key="network").select("LightNet")
    assert not clean(at).sidebar.warning


def test_an_address_that_fits_is_no_warning() -> None:
    at = clean(open_app(network="DigitCNN", weights="random", seed="17"))
    assert not at.sidebar.warning
    assert at.number_input(key="seed").value == 17


def test_missing_weights_are_said_and_the_page_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import streamlit as st

    st.cache_resource.clear()
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path)
    try:
        at = clean(open_app())
        assert "LeNet5.safetensors" in at.sidebar.error[0].value
        (tmp_path / "LeNet5.safetensors").write_bytes(b"\x80\x04K\x01.")  # a pickle
        at = clean(open_app())
        assert "safetensors" in at.sidebar.error[0].value
    finally:
        st.cache_resource.clear()


def test_changed_weights_are_said_and_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import streamlit as st

    checkpoint.save(build("LeNet5", seed=5), tmp_path / "LeNet5.safetensors", checkpoint.card("LeNet5"))
    checkpoint.save(build("LeNet5", seed=6), tmp_path / "other.safetensors", {})
    (tmp_path / "other.safetensors").replace(tmp_path / "LeNet5.safetensors")
    st.cache_resource.clear()
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path)
    try:
        at = clean(open_app())
        assert "SHA-256 differs" in at.sidebar.error[0].value
        assert in_use(at).weights == RANDOM
        assert not any("%" in item.value for item in at.sidebar.caption)  # no accuracy for missing weights
    finally:
        st.cache_resource.clear()


@pytest.mark.parametrize("damaged", ["icon.png", "logo.svg"])
@pytest.mark.parametrize("content", [None, b"", b"junk", b"\x89PNG\r\n\x1a\n"])
def test_a_page_needs_neither_icon_nor_logo(
    damaged: str, content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = tmp_path / "house"
    shutil.copytree(Path(APP).parent, house / "playground", ignore=shutil.ignore_patterns("__pycache__"))
    (house / "assets").mkdir()
    for name in {"icon.png", "logo.svg"} - {damaged}:
        shutil.copy(Path(APP).parents[1] / "assets" / name, house / "assets")
    if content is not None:
        (house / "assets" / damaged).write_bytes(content)
    at = AppTest.from_file(str(house / "playground" / "app.py"), default_timeout=120)
    clean(at)
    assert at.selectbox(key="network").value == "LeNet5"


def test_your_own_file_of_weights(tmp_path: Path) -> None:
    at = clean(open_app())
    at.selectbox(key="weights").select("file")
    clean(at)
    checkpoint.save(build("LeNet5", seed=5), tmp_path / "mine.safetensors", {})
    at.file_uploader(key="weights-file").upload("mine.safetensors", (tmp_path / "mine.safetensors").read_bytes())
    clean(at)
    assert not at.sidebar.error
    at.selectbox(key="network").select("DigitCNN")
    clean(at)
    assert "those of LeNet5, not of DigitCNN" in at.sidebar.error[0].value


def test_what_was_changed_in_your_own_file_is_said(tmp_path: Path) -> None:
    at = clean(open_app())
    at.selectbox(key="weights").select("file")
    clean(at)
    weights = {f"module.{key}": value.half() for key, value in build("LeNet5", seed=5).state_dict().items()}
    at.file_uploader(key="weights-file").upload("half.safetensors", safetensors.torch.save(weights))
    clean(at)
    assert not at.sidebar.error
    caption = " ".join(item.value for item in at.sidebar.caption)
    assert "float16" in caption
    assert "module.conv1.weight" in caption


def test_a_pickled_file_is_refused_with_the_lines_that_convert_it(tmp_path: Path) -> None:
    at = clean(open_app())
    at.selectbox(key="weights").select("file")
    clean(at)
    torch.save(build("LeNet5", seed=5).state_dict(), tmp_path / "mine.pt")
    at.file_uploader(key="weights-file").upload("mine.pt", (tmp_path / "mine.pt").read_bytes())
    clean(at)
    assert "mine.pt is a pickled file" in at.sidebar.error[0].value
    assert codes(at)[0] == "\n".join(checkpoint.conversion("mine.pt"))


@pytest.mark.parametrize("name", list(MODELS))
def test_the_filters_page_shows_every_layer(name: str) -> None:
    at = open_app()
    at.query_params["network"] = name
    clean(at)
    at.switch_page(FILTERS)
    clean(at)
    for layer in weights.of(build(name)):
        control = at.button_group(key=f"layer-{name}")
        control.select(layer.name)
        clean(at)
        assert any(layer.name in item.value for item in at.subheader)
        assert number(layer.bound) in " ".join(item.value for item in at.caption)


def test_mnist_that_cannot_be_read_leaves_an_empty_pad_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(split: str) -> None:
        raise InputError("mnist-file", name="t10k-images-idx3-ubyte.gz", reason="no such file")

    monkeypatch.setattr(mnist, "load", fail)
    at = clean(open_app())
    error = visitor(at).pad.error
    assert error is not None
    assert "no such file" in error.message
    at.session_state["pad"] = {"drawing": document(4)}
    clean(at)


@pytest.mark.parametrize("name", list(MODELS))
def test_a_whole_update_stays_below_120_kb(name: str) -> None:
    classifier = Classifier(session.random(name, 0), ink.Steps())
    prepared = classifier.prepare(drawing.parse_drawing(document(8)))
    passed = classifier.classify(prepared)
    assert passed
    blocks = (network_view.changing(passed, 1, classifier.network.numbers), ink_stages.changing(prepared, 1))
    assert sum(len(pack(block)) for block in blocks) < 118_000  # through Streamlit, its own overhead is added


def test_explanations_of_the_stages_name_the_numbers_of_the_code() -> None:
    stages = text("ink_stages")
    for key, size in (("box", ink.BOX), ("center", ink.CENTER), ("center", ink.FIELD)):
        words = " ".join(value for name, value in stages.items() if name.startswith(key))
        assert re.search(rf"\b{size}\b", words), f"{key}: {words}"

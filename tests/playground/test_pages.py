"""Each page without a browser: it runs, and what it shows follows from what was chosen."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lenet import checkpoint, drawing, ink, mnist, weights
from lenet.models import MODELS, build, input_size
from playground.text import text
from tests.browser.digits import DIGITS

APP = str(Path(__file__).parents[2] / "playground" / "app.py")
FILTERS = "app_pages/filters.py"


def start() -> AppTest:
    return AppTest.from_file(APP, default_timeout=120)


def clean(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception, at.exception
    return at


def document(digit: int, seq: int = 1) -> dict[str, object]:
    """A drawing as the pad sends it."""
    strokes = [
        {"tool": "pen", "width": drawing.PEN_WIDTH, "points": [value for point in stroke for value in point]}
        for stroke in DIGITS[digit]
    ]
    return {"seq": seq, "base": None, "strokes": strokes}


@pytest.mark.parametrize("name", list(MODELS))
def test_the_draw_page_runs_with_every_network(name: str) -> None:
    at = start()
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
    "junk",
    [
        "text",
        17,
        {"drawing": None},
        {"drawing": []},
        {"drawing": {"seq": -1, "base": None, "strokes": []}},
        {"drawing": {"seq": 1, "base": None, "strokes": [{"tool": "pen", "width": float("nan"), "points": [0, 0]}]}},
        {"drawing": {"seq": 1, "base": {"side": 10**9, "pixels": ""}, "strokes": []}},
        {"drawing": {"seq": 1, "base": None, "strokes": "x" * 10_000_000}},
        {"drawing": {"seq": "1", "base": None, "strokes": [{"tool": "pen", "width": 0.1, "points": [[[]]]}]}},
        {"random": {"digit": 99}},
        {"random": "any"},
        {"picture": {"data": "not base64!"}},
        {"picture": {"data": base64.b64encode(b"not a picture").decode()}},
        {"steps": {"box": "no"}},
    ],
    ids=lambda junk: str(junk)[:40],
)
@pytest.mark.parametrize("key", ["pad", "stages", "view"])
def test_junk_from_a_component_is_no_exception(key: str, junk: object) -> None:
    at = start()
    at.session_state[key] = junk
    clean(at)


def test_unknown_names_in_the_address_are_no_exception() -> None:
    at = start()
    at.query_params["network"] = "AlexNet"
    at.query_params["weights"] = "../../etc/passwd"
    clean(at)
    assert at.selectbox(key="network").value in MODELS


def test_missing_weights_are_said_and_the_page_goes_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import streamlit as st

    st.cache_resource.clear()
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path)
    try:
        at = clean(start())
        assert "LeNet5.safetensors" in at.sidebar.error[0].value
        (tmp_path / "LeNet5.safetensors").write_bytes(b"\x80\x04K\x01.")  # a pickle
        at = clean(start())
        assert "safetensors" in at.sidebar.error[0].value
    finally:
        st.cache_resource.clear()


def test_your_own_file_of_weights(tmp_path: Path) -> None:
    at = clean(start())
    at.selectbox(key="weights").select("file")
    clean(at)
    checkpoint.save(build("LeNet5", seed=5), tmp_path / "mine.safetensors", {})
    at.file_uploader(key="weights-file").upload("mine.safetensors", (tmp_path / "mine.safetensors").read_bytes())
    clean(at)
    assert not at.sidebar.error
    at.selectbox(key="network").select("DigitCNN")
    clean(at)
    assert "DigitCNN" in at.sidebar.error[0].value


@pytest.mark.parametrize("name", list(MODELS))
def test_the_filters_page_shows_every_layer(name: str) -> None:
    at = start()
    at.query_params["network"] = name
    clean(at)
    at.switch_page(FILTERS)
    clean(at)
    for layer in weights.of(build(name)):
        control = at.button_group(key=f"layer-{name}")
        control.select(layer.name)
        clean(at)
        assert any(layer.name in item.value for item in at.subheader)
        assert f"{layer.bound:.4f}" in " ".join(item.value for item in at.caption)


def test_explanations_name_numbers_that_the_code_has() -> None:
    stages = text("ink_stages")
    words = " ".join(stages.values())
    assert f"{ink.BOX}" in words
    assert f"{ink.FIELD}" in words
    assert f"{ink.CENTER}" in words
    digits = mnist.load("test")
    assert digits.labels[0] == 7
    for name in MODELS:
        prepared = ink.normalize(digits.images[0], input_size(build(name)))
        assert np.array_equal(prepared.centered, digits.images[0])

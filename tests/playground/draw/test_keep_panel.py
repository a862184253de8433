"""Tests of the panel in which a visitor keeps labelled drawings, and of the training on them."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from lenet.digits import stroke_file
from lenet.digits.stroke_file import LabelledStrokes
from lenet.train import run_folder
from playground.runs import drawings
from playground.text import text
from tests.playground.pages import clean, open_app, open_page, visitor
from tests.playground.runs.stand_in import Server

TEXT = text("keep_panel")
SEVEN = '{"label": 7, "strokes": [[[0.2, 0.2], [0.8, 0.2], [0.4, 0.8]]]}\n'
ONE = '{"label": 1, "strokes": [[[0.5, 0.2], [0.5, 0.8]]]}\n'


def kept(at: AppTest, root: Path) -> list[LabelledStrokes]:
    files = list((root / "drawings").glob("*.jsonl"))
    return stroke_file.parse(files[0].read_bytes(), "drawings") if files and files[0].stat().st_size else []


def upload(at: AppTest, content: str) -> AppTest:
    field = next(one for one in at.get("file_uploader") if one.label == TEXT["upload"])
    field.set_value(("digits.jsonl", content.encode(), "application/x-ndjson"))
    return clean(at)


def click(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click()
    return clean(at)


def test_uploaded_drawings_are_kept_once(server: Server, tmp_path: Path) -> None:
    at = upload(clean(open_app()), SEVEN + ONE)
    clean(at)
    assert [one.label for one in kept(at, tmp_path)] == [7, 1]


def test_drawings_are_undone_and_deleted(server: Server, tmp_path: Path) -> None:
    at = upload(clean(open_app()), SEVEN + ONE + SEVEN)
    at.selectbox(key="keep-which-3").select(1)
    click(clean(at), "keep-delete")
    assert [one.label for one in kept(at, tmp_path)] == [7, 7]
    click(at, "keep-undo")
    assert [one.label for one in kept(at, tmp_path)] == [7]
    click(at, "keep-undo")
    assert kept(at, tmp_path) == []


def test_a_file_that_has_no_drawings_is_refused_in_words(server: Server, tmp_path: Path) -> None:
    at = upload(clean(open_app()), "not strokes")
    assert "digits.jsonl" in at.warning[0].value
    assert kept(at, tmp_path) == []


def test_the_example_on_the_pad_is_no_drawing(server: Server, tmp_path: Path) -> None:
    at = clean(open_app())
    at.session_state["keep-label"] = 7
    click(clean(at), "keep-drawing")
    assert len(at.warning) == 1
    assert kept(at, tmp_path) == []


def test_a_damaged_file_of_drawings_is_said_on_both_pages(server: Server, tmp_path: Path) -> None:
    at = upload(clean(open_app()), SEVEN)
    (file,) = (tmp_path / "drawings").glob("*.jsonl")
    file.write_text("{")
    assert clean(at).error
    at.switch_page("train/page.py")
    assert clean(at).error


def test_a_fine_tune_trains_on_the_drawings_and_measures_on_others(server: Server, tmp_path: Path) -> None:
    at = upload(clean(open_app()), SEVEN * 5)
    at.switch_page("train/page.py")
    click(clean(at), "preset-train-own")
    at.number_input(key="train-digits").set_value(96)
    at.number_input(key="train-hold_out").set_value(16)
    click(clean(at), "train-start")
    (run,) = server.runs.of(visitor(at).owner)
    trained, held_out = drawings.split(stroke_file.parse((SEVEN * 5).encode(), "drawings"))
    assert (len(trained), len(held_out)) == (4, 1)
    assert run_folder.drawings(run.folder) is not None
    assert run.settings.drawings == drawings.digest(trained)
    assert run.settings.weights.source == "shipped"
    server.processes[0].start()
    server.processes[0].train()
    said = " ".join(one.value for one in clean(at).markdown)
    assert "Of your own drawings" in said
    assert "Of MNIST's test digits, the included weights read" in said
    assert run.history.steps == 2


def test_without_drawings_there_is_no_fine_tune(server: Server) -> None:
    at = open_page("train")
    assert at.button(key="preset-train-own").disabled
    assert at.number_input(key="train-own").disabled

"""Tests of what the browser fetches once for all components: a file for each language, with texts and colours."""

from __future__ import annotations

import json
import random
from pathlib import Path
from unittest import mock

import pytest

from lenet.networks import kinds
from playground import text
from playground.components import constants, modules
from playground.palette import PALETTE
from playground.text import catalogue
from tests.playground import languages
from tests.playground.languages import MARKED, unmarked

STYLED = {path.split("/")[0] for path in modules.files() if path.endswith(".css")} - {"shared"}


def test_every_component_that_shows_something_has_its_texts() -> None:
    found = constants.texts("en")
    assert found.keys() == STYLED
    for name, words in found.items():
        assert words.items() >= catalogue()[name].items()
        assert name == "network_view" or words == catalogue()[name]


def test_the_network_view_has_the_texts_of_every_kind() -> None:
    found = constants.texts("en")["network_view"]
    expected = dict(catalogue()["network_view"])
    for kind in kinds.KINDS:
        expected[f"{kind}.label"] = catalogue()[f"kind_{kind}"]["label"]
        expected |= {f"{kind}.{key}": words for key, words in catalogue().get(f"kind_{kind}_view", {}).items()}
    assert found == expected


def test_each_language_has_a_file_with_its_texts_and_the_colours(tmp_path: Path) -> None:
    languages.write(tmp_path)
    with languages.spoken(tmp_path):
        english, marked = (json.loads(content) for content in constants.files().values())
        assert list(constants.files()) == ["constants/en.json", f"constants/{MARKED}.json"]
    plain = json.loads(json.dumps(PALETTE))
    assert english == {"text": constants.texts("en"), "palette": plain}
    assert marked["palette"] == plain
    assert {name: words.keys() for name, words in marked["text"].items()} == {
        name: words.keys() for name, words in english["text"].items()
    }
    assert all(unmarked(said) == "" for words in marked["text"].values() for said in words.values())


def test_replicas_make_the_same_files_in_whatever_order_a_disk_lists_them(monkeypatch: pytest.MonkeyPatch) -> None:
    before = constants.files()
    folder = Path(str(text.FOLDER), "en")
    shuffled = random.Random(1).sample(sorted(folder.iterdir()), k=len(list(folder.iterdir())))
    listed = mock.Mock(joinpath=lambda _: mock.Mock(iterdir=lambda: iter(shuffled)), iterdir=text.FOLDER.iterdir)
    monkeypatch.setattr(text, "FOLDER", listed)
    languages.forget()
    assert list(catalogue()) != sorted(catalogue())
    assert constants.files() == before
    monkeypatch.undo()
    languages.forget()

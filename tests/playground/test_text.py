"""Tests that every text requested by the code exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lenet.networks import kinds
from playground.text import catalogue

ROOT = Path(__file__).parents[2] / "playground"


def asked_for() -> list[tuple[str, str, str]]:
    """File, section and key of each text that is requested by a literal key."""
    found = []
    for file in sorted(ROOT.rglob("*.py")):
        source = file.read_text("utf-8")
        for section in re.findall(r'TEXT(?:: Final)? = text\("(\w+)"\)', source):
            found += [(file.name, section, key) for key in re.findall(r'TEXT\["([^"]+)"\]', source)]
    for file in sorted((ROOT / "components").glob("*/*.js")):
        section = file.parent.name
        found += [(file.name, section, key) for key in re.findall(r"\btext\.(\w+)", file.read_text("utf-8"))]
    for file in sorted((ROOT / "components" / "network_view" / "kinds").glob("*.js")):
        keys = re.findall(r'["`](\w+)\.(\w+)["`]', file.read_text("utf-8"))
        found += [(file.name, f"kind_{kind}_view", key) for kind, key in keys if kind in kinds.KINDS]
    return [entry for entry in found if entry[1] != "shared"]


def test_it_is_in_the_catalogue() -> None:
    texts = catalogue()
    assert [entry for entry in sorted(set(asked_for())) if not texts[entry[1]].get(entry[2])] == []


def test_the_search_finds_what_is_asked_for() -> None:
    sections = {section for _, section, _ in asked_for()}
    assert {"app", "server", "sidebar", "draw", "filters", "figures", "drawing_pad", "network_view"} <= sections


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_every_kind_of_operation_is_explained_everywhere(kind: str) -> None:
    words = catalogue()[f"kind_{kind}"]
    record = kinds.KINDS[kind]
    wanted = {"label"} if kind == kinds.INPUT else {"label", "forward", "backward", "node"}
    wanted |= {"slope"} if record.slope else set()
    wanted |= {"switches"} if record.choices else set()
    wanted |= {"bias", "weight"} if record.splits else set()
    wanted |= {"weights", "reading"} if record.module else set()
    assert wanted <= words.keys()
    assert (ROOT / "components" / "network_view" / "kinds" / f"{kind}.js").is_file()
    index = (ROOT / "components" / "network_view" / "kinds" / "index.js").read_text("utf-8")
    assert f'import {{ {kind} }} from "./{kind}.js";' in index

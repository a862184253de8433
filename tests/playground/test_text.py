"""Tests that every text requested by the code exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
    return [entry for entry in found if entry[1] != "shared"]


@pytest.mark.parametrize(("file", "section", "key"), sorted(set(asked_for())))
def test_it_is_in_the_catalogue(file: str, section: str, key: str) -> None:
    assert catalogue()[section].get(key), f"{file} asks for [{section}] {key}"


def test_the_search_finds_what_is_asked_for() -> None:
    sections = {section for _, section, _ in asked_for()}
    assert {"app", "server", "sidebar", "draw", "filters", "figures", "drawing_pad", "network_view"} <= sections

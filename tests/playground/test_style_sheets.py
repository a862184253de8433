"""The style sheets take their measures from one sheet of tokens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import playground

FOLDER = Path(playground.__file__).parent
TOKENS = FOLDER / "components" / "shared" / "tokens.css"
SHEETS = sorted(sheet for sheet in FOLDER.rglob("*.css") if sheet != TOKENS)
LENGTH = r"[0-9.]+(px|rem)\b"
SIZE = re.compile(r"(?<![\w.])(?!1px)[0-9.]+(px|rem)\b")
SPACE = re.compile(r"(row-|column-)?gap$|(padding|margin)(-[a-z]+)*$")
DECLARATION = re.compile(r"(?P<name>[a-z-]+):\s*(?P<value>[^;{}]+);")


def declarations(sheet: Path) -> list[tuple[str, str]]:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.S)
    return [(found["name"], found["value"]) for found in DECLARATION.finditer(text)]


def tokens() -> dict[str, str]:
    return {name: value for name, value in declarations(TOKENS) if name.startswith("--")}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_type_corners_and_space_are_tokens(sheet: Path) -> None:
    raw = []
    for name, value in declarations(sheet):
        if name == "font-size" and re.search(LENGTH, value):
            raw.append((name, value))
        if name == "font" and re.search(rf"(^|\s){LENGTH}(\s*/|\s)", value):
            raw.append((name, value))
        if SPACE.match(name) and SIZE.search(re.sub(r"calc\(.*\)", "", value)):
            raw.append((name, value))  # a pixel is a line's, and what is computed has its reason beside it
        if name.endswith("radius") and re.search(LENGTH, value):
            raw.append((name, value))
    assert raw == []


def test_every_token_is_used_and_every_used_one_is_there() -> None:
    text = "".join(sheet.read_text(encoding="utf-8") for sheet in SHEETS)
    used = set(re.findall(r"var\((--(?:text|space|corner|time|ease)-[a-z]+)", text))
    assert used == tokens().keys()


def test_nothing_is_smaller_than_a_label() -> None:
    sizes = {name: float(value.removesuffix("px")) for name, value in tokens().items() if name.startswith("--text-")}
    assert min(sizes.values()) == sizes["--text-label"] == 12

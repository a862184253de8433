"""Claims of the README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lenet.networks import checkpoint
from lenet.networks.models import MODELS, build

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", list(MODELS))
def test_the_table_of_networks_says_what_the_cards_say(name: str) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| {name} |"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    card = checkpoint.card(name)
    accuracy = card["accuracy"]
    strokes = next(value for key, value in accuracy.items() if key != "mnist-test")
    count = sum(parameter.numel() for parameter in build(name).parameters())
    assert cells[2:] == [
        f"{count:,}",
        str(len(card["seeds"])),
        f"{100 * accuracy['mnist-test']['mean']:.2f} %",
        f"{100 * strokes['mean']:.2f} %",
    ]


def test_every_file_and_target_that_it_names_is_there() -> None:
    for path in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (ROOT / path).exists(), path
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"`?make (\w+)`?$", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_its_table_of_speeds_is_taken_from_the_whole_one() -> None:
    whole = [cells(line) for line in (ROOT / "docs" / "benchmarks.md").read_text("utf-8").splitlines() if "|" in line]
    section = README.partition("## How fast it is")[2].partition("\n## ")[0]
    rows = [cells(line) for line in section.splitlines() if line.startswith("| ")]
    assert len(rows) > 5
    assert all(row in whole for row in rows)

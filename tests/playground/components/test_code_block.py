"""Tests of the highlighting of code, compared with Python's own tokenizer."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.components.code_block.highlight import pieces

ROOT = Path(__file__).parents[3]
FILES = sorted((*(ROOT / "lenet").rglob("*.py"), *(ROOT / "playground").rglob("*.py")))
VALUES = {"None", "True", "False"}


def highlighted(code: str) -> Iterator[tuple[str, str]]:
    """Keywords and comments as Python's tokenizer finds them."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield "comment", token.string
        elif token.type == tokenize.NAME and keyword.iskeyword(token.string) and token.string not in VALUES:
            yield "keyword", token.string


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_keywords_and_comments_are_those_of_python(file: Path) -> None:
    code = file.read_text("utf-8")
    found = pieces(code)
    assert "".join(text for _, text in found) == code
    assert [piece for piece in found if piece[0]] == list(highlighted(code))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", []),
        ("return self.fc3(x)", [("keyword", "return"), ("", " self.fc3(x)")]),
        ("x = torch.cat([a,  # the first", [("", "x = torch.cat([a,  "), ("comment", "# the first")]),
        ("b], 1) if b else a", [("", "b], 1) "), ("keyword", "if"), ("", " b "), ("keyword", "else"), ("", " a")]),
        ('"""Begins here, in "quotes"', [("", '"""Begins here, in "quotes"')]),
        ('\'not # a comment\' "nor \\" # here"', [("", '\'not # a comment\' "nor \\" # here"')]),
        ("x.import_ = forward", [("", "x.import_ = forward")]),
    ],
)
def test_a_part_of_a_program_is_highlighted_too(code: str, expected: list[tuple[str, str]]) -> None:
    assert pieces(code) == expected

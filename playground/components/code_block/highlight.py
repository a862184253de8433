"""Division of Python code into keywords, comments and the rest."""

from __future__ import annotations

import keyword
import re
from typing import Final

TOKEN: Final = re.compile(
    r"""
    (?P<quotes>\"{3}|'{3}) (?:\\.|.)*? (?P=quotes)
    | "(?:\\.|[^"\\\n])*"
    | '(?:\\.|[^'\\\n])*'
    | (?P<comment>\#[^\n]*)
    | (?P<word>\w+)
    """,
    re.DOTALL | re.VERBOSE,
)
"""Strings, in which nothing is highlighted, comments and words."""


def pieces(code: str) -> list[tuple[str, str]]:
    """Divide code into pieces, each a kind and its text.

    The code need not be complete: the line of a call may end before its bracket is closed.

    Args:
        code: Python.

    Returns:
        Pieces that give the code again when joined; the kind is "keyword", "comment", or "" for everything else.
    """
    found: list[tuple[str, str]] = []
    at = 0
    for token in TOKEN.finditer(code):
        kind = "comment" if token["comment"] else "keyword" if _is_keyword(token["word"] or "") else ""
        if kind:
            found += [("", code[at : token.start()]), (kind, token[0])]
            at = token.end()
    return [(kind, text) for kind, text in (*found, ("", code[at:])) if text]


def _is_keyword(word: str) -> bool:
    """True for Python's keywords except the values None, True and False."""
    return keyword.iskeyword(word) and word.islower()

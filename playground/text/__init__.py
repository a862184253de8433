"""Catalogue of all texts on the pages, by section and key.

Each language is a folder of TOML files; a file may hold several sections.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Final

LANGUAGE: Final = "en"


@cache
def catalogue(language: str = LANGUAGE) -> dict[str, dict[str, str]]:
    """Texts of a language, by section and key."""
    sections: dict[str, dict[str, str]] = {}
    for file in resources.files(__name__).joinpath(language).iterdir():
        sections |= tomllib.loads(file.read_text("utf-8"))
    return sections


def text(section: str) -> dict[str, str]:
    """Texts of a page or a component, by key; empty if the section doesn't exist."""
    return catalogue().get(section, {})

"""Every text that a reader of the pages sees, by section and key: a folder a language, in it a file for what belongs
together, and a file may hold several sections."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Final

LANGUAGE: Final = "en"


@cache
def catalogue(language: str = LANGUAGE) -> dict[str, dict[str, str]]:
    """All texts of a language, by section and key."""
    sections: dict[str, dict[str, str]] = {}
    for file in resources.files(__name__).joinpath(language).iterdir():
        sections |= tomllib.loads(file.read_text("utf-8"))
    return sections


def text(section: str) -> dict[str, str]:
    """The texts of a page or a component, by key; empty where a section has none."""
    return catalogue().get(section, {})

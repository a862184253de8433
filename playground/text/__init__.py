"""Every text that a reader of the pages sees, by section and key, one file a language."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Final

LANGUAGE: Final = "en"


@cache
def catalogue(language: str = LANGUAGE) -> dict[str, dict[str, str]]:
    """All texts of a language, by section and key."""
    return tomllib.loads(resources.files(__name__).joinpath(f"{language}.toml").read_text("utf-8"))


def text(section: str) -> dict[str, str]:
    """The texts of a page or a component, by key; empty where a section has none."""
    return catalogue().get(section, {})

"""Catalogue of all texts on the pages, by section and key.

Each language is a folder of TOML files; a file may hold several sections.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

ENGLISH: Final = "en"
FOLDER: Traversable = resources.files(__name__)
"""Folder of the languages' folders."""

_now: Callable[[], str] | None = None


class Texts(Mapping[str, str]):
    """The texts of a section in the language of the moment: that of the visitor whose page is being made, and English
    on the command line.

    Args:
        section: name of the section; a language may have none of that name.
    """

    def __init__(self, section: str) -> None:
        self._section = section

    def now(self) -> Mapping[str, str]:
        """All texts of the section in the language of the moment."""
        return catalogue(_now() if _now else ENGLISH).get(self._section, {})

    def __getitem__(self, key: str) -> str:
        return self.now()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.now())

    def __len__(self) -> int:
        return len(self.now())


def text(section: str) -> Texts:
    """The texts of a page or a component, looked up anew at each access."""
    return Texts(section)


def follow(language: Callable[[], str]) -> None:
    """Set the function that gives the language of the moment, one of `languages`."""
    global _now
    _now = language


@cache
def languages() -> tuple[str, ...]:
    """Names of the languages' folders, BCP 47 tags such as `ko`; English first."""
    folders = {one.name for one in FOLDER.iterdir() if one.is_dir() and not one.name.startswith("_")}
    return ENGLISH, *sorted(folders - {ENGLISH})


@cache
def catalogue(language: str = ENGLISH) -> dict[str, dict[str, str]]:
    """Texts of a language, by section and key; in English where the language has none."""
    sections: dict[str, dict[str, str]] = {}
    if language != ENGLISH:
        sections |= {name: dict(texts) for name, texts in catalogue().items()}
    for file in FOLDER.joinpath(language).iterdir():
        for name, texts in tomllib.loads(file.read_text("utf-8")).items():
            sections.setdefault(name, {}).update(texts)
    return sections

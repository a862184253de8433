"""A made-up language, for tests: English in which every text stands between « and »."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from lenet.messages import MESSAGES
from playground import text

MARKED = "xx"
MARKED_TEXT = re.compile(r"«[^«»]*»")
PROSE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}")
NAMES = re.compile(r"`[^`]*`|:material/\w+:|next_functions|torch\.\w+")
BARE = {"thousands"}
"""Keys of texts that are no words."""


def write(folder: Path) -> None:
    """Write English and the made-up language into a folder."""
    english = Path(str(text.FOLDER)) / text.ENGLISH
    for language in (text.ENGLISH, MARKED):
        (folder / language).mkdir(parents=True)
    for file in english.iterdir():
        (folder / text.ENGLISH / file.name).write_bytes(file.read_bytes())
        sections = tomllib.loads(file.read_text("utf-8"))
        (folder / MARKED / file.name).write_text("\n".join(map(_section, sections, sections.values())), "utf-8")
    (folder / MARKED / "messages.toml").write_text(_section("messages", MESSAGES), "utf-8")


@contextmanager
def spoken(folder: Path) -> Iterator[None]:
    """Have the playground read its texts from a folder."""
    with mock.patch.object(text, "FOLDER", folder):
        forget()
        yield
    forget()


def forget() -> None:
    """Forget the texts that were read."""
    text.languages.cache_clear()
    text.catalogue.cache_clear()


def unmarked(said: str) -> str:
    """Rest of a text after its marked parts, those of the made-up language, are removed."""
    while (shorter := MARKED_TEXT.sub("", said)) != said:
        said = shorter
    return NAMES.sub("", said)


def _section(name: str, texts: dict[str, str]) -> str:
    lines = (f"{key} = {json.dumps('.' if key in BARE else f'«{words}»')}" for key, words in texts.items())
    return "\n".join([f"[{name}]", *lines, ""])

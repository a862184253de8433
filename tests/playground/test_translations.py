"""Tests that each translation can stand in for the English texts: same keys, and same fields in each text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from lenet.messages import MESSAGES
from playground import text
from tests.playground import languages
from tests.playground.languages import MARKED

Catalogue = dict[str, dict[str, str]]


def english() -> Catalogue:
    return {**text.catalogue(), "messages": MESSAGES}


def fields(said: str) -> set[str]:
    """Fields of a text in braces, with their formats.

    Raises:
        ValueError: a brace is open.
    """
    found = Formatter().parse(said)
    return {
        f"{{{name}{'!' + how if how else ''}{':' + form if form else ''}}}"
        for _, name, form, how in found
        if name is not None
    }


def faults(language: str) -> Iterator[str]:
    """Reasons why a language would break a page, or why a translation in it would never be shown."""
    wanted, found = english(), text.catalogue(language)
    for section, texts in found.items():
        for key, said in texts.items():
            place = f"{language}: [{section}] {key}"
            own = wanted.get(section, {}).get(key)
            if own is None:
                yield f"{place} is no text of the English catalogue"
            elif not isinstance(said, str) or not said.strip():
                yield f"{place} is no text"
            else:
                try:
                    if fields(said) != fields(own):
                        yield f"{place} has {sorted(fields(said))}, and the English text {sorted(fields(own))}"
                except ValueError as problem:
                    yield f"{place}: {problem}"
    if language != text.ENGLISH and found["language"]["name"] == wanted["language"]["name"]:
        yield f"{language}: [language] name has to be the language's own name"


def test_every_language_has_the_keys_and_the_fields_of_the_english_texts() -> None:
    assert [fault for language in text.languages() for fault in faults(language)] == []


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Folder of a made-up language, the second one of the playground."""
    languages.write(tmp_path)
    with languages.spoken(tmp_path):
        yield tmp_path / MARKED


def test_a_whole_translation_has_no_faults(folder: Path) -> None:
    assert (folder / "messages.toml").is_file()
    assert text.languages() == ("en", MARKED)
    assert list(faults(MARKED)) == []


def test_what_is_missing_is_no_fault(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    (folder / "house.toml").write_text('[language]\nname = "«Marked»"\n', "utf-8")
    languages.forget()
    assert list(faults(MARKED)) == []


@pytest.mark.parametrize(
    ("file", "place", "said"),
    [
        ("step.toml", "[iteration_bar] over", "«{count} mal»"),
        ("step.toml", "[iteration_bar] stale", "«Noch der letzte»"),
        ("step.toml", "[iteration_bar] stale", "«Noch der von {netzwerk}»"),
        ("step.toml", "[iteration_bar] stale", "«Noch der von {network}»{"),
        ("step.toml", "[iteration_bar] stale", "«Noch der von {network:,}»"),
        ("step.toml", "[iteration_bar] stael", "«Noch der von {network}»"),
        ("step.toml", "[iteration_bra] stale", "«Noch der von {network}»"),
        ("step.toml", "[iteration_bar] stale", " "),
        ("house.toml", "[language] name", "English"),
        ("messages.toml", "[messages] model-unknown", "«Kein {name}: {names}»"),
        ("messages.toml", "[messages] model-unknow", "«Kein {name!r}: {names}»"),
    ],
)
def test_a_fault_is_found(folder: Path, file: str, place: str, said: str) -> None:
    section, key = place.split()
    (folder / file).write_text(f'{section}\n{key} = "{said}"\n', "utf-8")
    languages.forget()
    (fault,) = faults(MARKED)
    assert place in fault

"""Constants of the components, a language's texts and all colours, which the browser fetches once."""

from __future__ import annotations

import json
from pathlib import Path

from playground.palette import PALETTE
from playground.text import catalogue, languages

HERE = Path(__file__).parent


def files() -> dict[str, bytes]:
    """JSON file of each language by its path, `constants/<language>.json`, see `shared/constants.js`."""
    found = {language: {"text": texts(language), "palette": PALETTE} for language in languages()}
    return {f"constants/{language}.json": json.dumps(values).encode() for language, values in found.items()}


def texts(language: str) -> dict[str, dict[str, str]]:
    """Texts of each component that has a style sheet, by its name and key: those of the section of this name.

    The network view also has the texts of each kind of operation, by `kind.key`.
    """
    sections = catalogue(language)
    names = sorted(file.stem for file in HERE.glob("*/*.css") if file.stem in sections)
    found = {name: dict(sorted(sections[name].items())) for name in names}
    found["network_view"] |= _kinds(sections)
    return found


def _kinds(sections: dict[str, dict[str, str]]) -> dict[str, str]:
    """Label of each kind, and the texts of its worked examples."""
    found: dict[str, str] = {}
    for section, words in sorted(sections.items()):
        if section.startswith("kind_") and "label" in words:
            kind = section.removeprefix("kind_")
            found[f"{kind}.label"] = words["label"]
            found |= {f"{kind}.{key}": value for key, value in sections.get(f"{section}_view", {}).items()}
    return found

"""JavaScript modules and style sheets of the file, as text.

A page that is opened from a disk can't import modules from other files. So each import names its module by an absolute
name, and `start.js` gives the browser a map from these names to the texts.
"""

from __future__ import annotations

import posixpath
import re
from functools import cache, partial
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
"""Folder of the package `playground`, relative to which modules are named."""
HOST: Final = "export/host.js"
"""Module of the page itself, from which all others are imported."""
PREFIX: Final = "playground/"
IMPORT: Final = re.compile(r'(^import\b[^"\';]*?|^\} from |^export [^"\';]* from )"(\.{1,2}/[^"]+)";', re.MULTILINE)
"""Static import of another module by its path."""


@cache
def modules() -> dict[str, str]:
    """Text of each module that the page needs, by its name, with the modules that it imports by their names."""
    found: dict[str, str] = {}
    waiting = [HOST]
    while waiting:
        path = waiting.pop()
        if PREFIX + path in found:
            continue
        text = (ROOT / path).read_text("utf-8")
        folder = posixpath.dirname(path)
        waiting += [posixpath.normpath(posixpath.join(folder, one)) for _, one in IMPORT.findall(text)]
        found[PREFIX + path] = IMPORT.sub(partial(_named, folder), text)
    return found


@cache
def styles(components: tuple[str, ...]) -> dict[str, list[str]]:
    """Style sheets of each component, in their order."""
    shared = [text_of("components/shared/tokens.css"), text_of("components/shared/shared.css")]
    return {name: [*shared, text_of(f"components/{name}/{name}.css")] for name in components}


@cache
def text_of(path: str) -> str:
    """Text of a file of the package."""
    return (ROOT / path).read_text("utf-8")


def _named(folder: str, match: re.Match[str]) -> str:
    return f'{match[1]}"{PREFIX}{posixpath.normpath(posixpath.join(folder, match[2]))}";'

"""How the browser side of a component reaches the browser, in one place for all components.

Streamlit sends the JavaScript and CSS of an inlined component again with every new value, which would be most of an
update during a stroke. So the code of all components travels once, in `code()`, and what Streamlit knows under a
component's name is a stub of a few lines that hands each new value to that code. Values travel as one block of bytes,
which Streamlit forwards untouched.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import streamlit as st

from playground.palette import PALETTE
from playground.text import text

HERE: Final = Path(__file__).parent
IMPORT: Final = re.compile(r"^import\s[^;]*;\n", re.MULTILINE)
EXPORT: Final = re.compile(r"^export (?!default )", re.MULTILINE)
DEFAULT: Final = re.compile(r"^export default ", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """What a component is made of.

    Attributes:
        name: of the folder, which holds `<name>.css`, and of the section of texts.
        html: the skeleton that the JavaScript fills.
        files: its JavaScript in dependency order, relative to the folder of all components; the last file's default
            export is a function that is called with each new value, as Streamlit's own would be.
    """

    name: str
    html: str
    files: tuple[str, ...]


SOURCES: Final[dict[str, Source]] = {}


def component(name: str, html: str, files: Sequence[str]) -> Callable[..., Any]:
    """Register the component in folder `name`.

    Args:
        name: of its folder.
        html: the skeleton that the JavaScript fills; static, never with data in it.
        files: its JavaScript, see `Source`.

    Returns:
        Streamlit's mount callable. Its `data` is a flat dict of JSON values and `bytes`; JavaScript gets the same, with
        `Uint8Array` for bytes and with the texts of the component as `text`.
    """
    SOURCES[name] = Source(name, html, tuple(files))
    mount = st.components.v2.component(name, js=_read("shared/stub.js").replace("NAME", json.dumps(name)))

    def mounted(*, data: Mapping[str, object], key: str, **rest: Any) -> Any:
        return mount(data=pack(data), key=key, **rest)

    return mounted


def keep() -> None:
    """A callback that does nothing: Streamlit keeps the values of a component that have one."""


def code() -> None:
    """Send the code of all components; call it once a page, outside of what runs again during a stroke."""
    _code()(key="code", height=0)


@cache
def _code() -> Callable[..., Any]:
    for folder in sorted(HERE.glob("*/__init__.py")):
        import_module(f"{__package__}.{folder.parent.name}")  # it registers itself
    return st.components.v2.component("code", html="<span hidden></span>", js=_module())


def pack(data: Mapping[str, object]) -> bytes:
    """One block: the header's length in 4 bytes, a JSON header, and the `bytes` values, each at a multiple of 4.

    Raises:
        ValueError: a number is NaN or infinite, which JSON can't say.
    """
    blobs = {key: value for key, value in data.items() if isinstance(value, bytes)}
    plain = {key: value for key, value in data.items() if key not in blobs}
    header = json.dumps([plain, {key: len(value) for key, value in blobs.items()}], allow_nan=False).encode()
    header += b" " * (-len(header) % 4)
    padded = [value + bytes(-len(value) % 4) for value in blobs.values()]
    return b"".join((struct.pack("<I", len(header)), header, *padded))


def javascript(source: Source) -> str:
    """A component's files as one expression, the function that is called with each new value.

    Each file is an ES module that an editor, a test or a browser can load alone. Joined, the `import` lines go (their
    names are already there) and so does the word `export`.
    """
    joined = "\n".join(EXPORT.sub("", IMPORT.sub("", _read(name))) for name in source.files)
    return f"(() => {{\n{DEFAULT.sub('const onValue = ', joined)}\nreturn onValue;\n}})()"


def _module() -> str:
    parts = [_read("shared/code.js"), f"const PALETTE = {json.dumps(PALETTE)};"]
    for source in SOURCES.values():
        css = _read("shared/shared.css") + _read(f"{source.name}/{source.name}.css")
        values = (json.dumps(value) for value in (source.html, css, text(source.name)))
        parts.append(f"provide({json.dumps(source.name)}, {javascript(source)}, {', '.join(values)});")
    parts.append(EXPORT.sub("", _read("shared/away.js")))
    parts.append(f"export default () => sayWhenAway({json.dumps(text('app')['away'])});\n")
    return "\n".join(parts)


def _read(name: str) -> str:
    return (HERE / name).read_text("utf-8")

"""Joins a component's files into what Streamlit registers, because inlined JavaScript can't import its neighbours.

Each file is an ES module that an editor, a test or a browser can load alone. Joined, the `import` lines go (their names
are already there, as the files stand in dependency order) and so does the word `export`, but for the one default export.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import streamlit as st

from playground.palette import PALETTE

HERE: Final = Path(__file__).parent
IMPORT: Final = re.compile(r"^import\s[^;]*;\n", re.MULTILINE)
EXPORT: Final = re.compile(r"^export (?!default\b)", re.MULTILINE)


def javascript(files: Sequence[str]) -> str:
    """The files, given relative to this folder in dependency order, as one module with the palette as `PALETTE`."""
    parts = [f"const PALETTE = {json.dumps(PALETTE)};\n"]
    parts += [EXPORT.sub("", IMPORT.sub("", (HERE / name).read_text("utf-8"))) for name in files]
    return "\n".join(parts)


def component(name: str, html: str, files: Sequence[str]) -> Any:
    """Register the component in folder `name`.

    Args:
        name: of the folder, which holds `<name>.css`.
        html: the skeleton that the JavaScript fills; static, never with data in it.
        files: its JavaScript, in dependency order, relative to the folder of all components.

    Returns:
        Streamlit's mount callable.
    """
    css = "\n".join((HERE / path).read_text("utf-8") for path in ("shared/shared.css", f"{name}/{name}.css"))
    return st.components.v2.component(name, html=html, css=css, js=javascript(files))

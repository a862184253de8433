"""Streamlit's own modules that its first page doesn't load, because no widget there needs them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from streamlit import file_util

ROOT: Final = Path(file_util.get_static_dir())
FOLDER: Final = ROOT / "static" / "js"
WIDGETS: Final = ("TextInput",)
"""Widgets of several pages, but not of the first."""
IMPORT: Final = re.compile(r'(?:from|import)\s*"\./([\w.-]+\.js)"')


def links() -> str:
    """HTML for a page's head that fetches them when the first page is there, so that no further page waits for them."""
    return "".join(f'<link rel="prefetch" href="./static/js/{name}">' for name in _needed())


def _needed() -> list[str]:
    """Names of the widgets' modules and of all that they import, but for those that every page names itself.

    They are none where Streamlit has other files.
    """
    page = (ROOT / "index.html").read_text("utf-8")
    found: dict[str, None] = {}
    ahead = [path.name for widget in WIDGETS for path in FOLDER.glob(f"{widget}.*.js")]
    while ahead:
        name = ahead.pop()
        if name not in found and name not in page:
            found[name] = None
            ahead += IMPORT.findall((FOLDER / name).read_text("utf-8"))
    return list(found)

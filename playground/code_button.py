"""A button that shows a page's numbers as a script of PyTorch, to copy, to download and to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from playground.text import text

TEXT: Final = text("code_button")


def code_button(code: Callable[[], str], what: str, name: str) -> None:
    """Show the button.

    Args:
        code: makes the script, called only when it is asked for.
        what: the script prints, in words.
        name: of the page, for the file's.
    """
    if st.button(TEXT["label"], icon=":material/code:", type="tertiary"):
        st.dialog(TEXT["label"], width="large")(_show)(code(), what, name)


def _show(code: str, what: str, name: str) -> None:
    st.caption(what)
    file = TEXT["file"].format(name=name)
    st.download_button(TEXT["download"], code, file, "text/x-python", icon=":material/download:")
    st.code(code, height=480)

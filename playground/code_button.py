"""A button that shows a page's numbers as a script of PyTorch, to copy, to download and to run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from playground.text import text

TEXT: Final = text("code_button")


def code_button(code: Callable[[], str], what: str) -> None:
    """Show the button.

    Args:
        code: makes the script, called only when it is asked for.
        what: the script prints, in words.
    """
    if st.button(TEXT["label"], icon=":material/code:", type="tertiary"):
        _show(code(), what)


@st.dialog(TEXT["label"], width="large")
def _show(code: str, what: str) -> None:
    st.caption(what)
    st.download_button(TEXT["download"], code, TEXT["file"], "text/x-python", icon=":material/download:")
    st.code(code, height=480)

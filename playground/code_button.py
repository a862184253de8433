"""Button that opens a PyTorch script which prints a page's numbers, to copy or download."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from playground.components.code_block import code_block
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("code_button")
HEIGHT: Final = 640
"""Height of the script in pixels."""


def code_button(code: Callable[[], str], what: str, name: str, without: str = "") -> None:
    """Show the button.

    Args:
        code: returns the script; called only when the visitor opens it.
        what: description of what the script prints.
        name: name of the page, used in the file name.
        without: sentence to show instead, on why there is no script; "" to show the button.
    """
    if without:
        st.caption(without)
        return
    st.button(TEXT["label"], icon=":material/code:", type="tertiary", on_click=_ask, args=(name,))
    state = visitor().script
    if name in (state.asked, state.due):
        state.asked = state.due = ""
        st.dialog(TEXT["label"], width="large")(_show)(code(), what, name)


def begin() -> None:
    """Note that the whole page runs, with the button. Call this before a fragment that asks `is_asked`."""
    state = visitor().script
    state.asked, state.due = "", state.asked


def is_asked() -> bool:
    """True if the button was clicked in a run of a fragment alone, so that the whole page has to run.

    Streamlit joins a click with a drawing that was sent just before, and then runs only the fragment with the pad.
    """
    return bool(visitor().script.asked)


def _ask(name: str) -> None:
    visitor().script.asked = name


def _show(code: str, what: str, name: str) -> None:
    st.caption(what)
    file = TEXT["file"].format(name=name)
    st.download_button(TEXT["download"], code, file, "text/x-python", icon=":material/download:")
    code_block(code, key="script", height=HEIGHT)

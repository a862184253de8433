"""Warnings about an address, kept on the page until the visitor acts.

A page finds what is wrong with its address in one run; the browser tab may start another at once, to give back what it
keeps, and a warning of the first would be gone before anybody could read it.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

KEPT: Final = "notices"
REPEATED: Final = "notices-repeated"


def begin(*, repeat: bool) -> None:
    """Call this before the page runs.

    Args:
        repeat: show the warnings of the last run again, because this one was not the visitor's doing.
    """
    state = st.session_state
    state[REPEATED] = tuple(state.get(KEPT, ())) if repeat else ()
    state[KEPT] = list(state[REPEATED])
    for words in state[REPEATED]:
        st.warning(words, icon=":material/link_off:")


def warn(words: str) -> None:
    """Warn of something in the address."""
    state = st.session_state
    if words not in state.get(REPEATED, ()):
        st.warning(words, icon=":material/link_off:")
        state.setdefault(KEPT, []).append(words)

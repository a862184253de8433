"""Warnings about the address, kept on the page until the visitor acts.

A page finds an error in its address in one run, but the browser tab may start a second run immediately, to return its
state. A warning that was shown only in the first run would disappear before anyone could read it.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

KEPT: Final = "notices"
REPEATED: Final = "notices-repeated"


def begin(*, repeat: bool) -> None:
    """Start a run. Call this before the page runs.

    Args:
        repeat: True to show the last run's warnings again, because the visitor did not cause this run.
    """
    state = st.session_state
    state[REPEATED] = tuple(state.get(KEPT, ())) if repeat else ()
    state[KEPT] = list(state[REPEATED])
    for words in state[REPEATED]:
        st.warning(words, icon=":material/link_off:")


def warn(words: str) -> None:
    """Show a warning about the address."""
    state = st.session_state
    if words not in state.get(REPEATED, ()):
        st.warning(words, icon=":material/link_off:")
        state.setdefault(KEPT, []).append(words)

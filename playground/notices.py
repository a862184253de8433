"""Warnings about the address, kept on the page until the visitor acts.

A page finds an error in its address in one run, but the browser tab may start a second run immediately, to return its
state. A warning that was shown only in the first run would disappear before anyone could read it.
"""

from __future__ import annotations

import streamlit as st

from playground.visitor import visitor


def begin(*, repeat: bool) -> None:
    """Start a run. Call this before the page runs.

    Args:
        repeat: True to show the last run's warnings again, because the visitor did not cause this run.
    """
    own = visitor().notices
    own.repeated = tuple(own.shown) if repeat else ()
    own.shown = list(own.repeated)
    for words in own.repeated:
        st.warning(words, icon=":material/link_off:")


def warn(words: str) -> None:
    """Show a warning about the address."""
    own = visitor().notices
    if words not in own.repeated:
        st.warning(words, icon=":material/link_off:")
        own.shown.append(words)

"""Warnings about an address, kept on the page until the visitor acts.

A page finds what is wrong with its address in one run; the browser tab may start another at once, to give back what it
keeps, and a warning of the first would be gone before anybody could read it.
"""

from __future__ import annotations

import streamlit as st

from playground.visitor import visitor


def begin(*, repeat: bool) -> None:
    """Call this before the page runs.

    Args:
        repeat: show the warnings of the last run again, because this one was not the visitor's doing.
    """
    own = visitor().notices
    own.repeated = tuple(own.shown) if repeat else ()
    own.shown = list(own.repeated)
    for words in own.repeated:
        st.warning(words, icon=":material/link_off:")


def warn(words: str) -> None:
    """Warn of something in the address."""
    own = visitor().notices
    if words not in own.repeated:
        st.warning(words, icon=":material/link_off:")
        own.shown.append(words)

"""Values that Python gives to widgets."""

from __future__ import annotations

import streamlit as st


def give(key: str, value: object) -> None:
    """Give the widget under this key the value that it has, or this one where it has none. Call it in every run.

    A value given once can be lost: a run that is cut short by the next has its messages dropped, and of two runs that
    end close together the page draws the last alone. The widget would show its default, beside numbers that were
    computed from something else.

    Args:
        key: of the widget.
        value: which it starts with.
    """
    state = st.session_state
    state[key] = state.get(key, value)

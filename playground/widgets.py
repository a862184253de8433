"""Values that Python sets in widgets."""

from __future__ import annotations

import streamlit as st


def give(key: str, value: object) -> None:
    """Set a widget to its current value, or to `value` if it has none yet. Call this in every run.

    A value that is set only once can be lost: Streamlit drops the messages of a run that the next one interrupts, and
    of two runs that end close together the page draws only the last. The widget would then show its default, beside
    numbers that were computed from another value.

    Args:
        key: key of the widget.
        value: initial value.
    """
    state = st.session_state
    state[key] = state.get(key, value)

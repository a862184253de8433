"""The row with which every page begins: its title, and a line that introduces it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def show(title: str, introduction: str | None = None) -> DeltaGenerator:
    """Show the row; return the place of its introduction, for a page that gives it only later.

    Args:
        title: name of the page.
        introduction: Markdown; None to leave it to the page.
    """
    with st.container(horizontal=True, vertical_alignment="center", key="heading"):
        st.title(title, width="content")
        place = st.empty()
    if introduction is not None:
        place.markdown(introduction)
    return place

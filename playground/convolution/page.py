"""The Convolution page: convolution and pooling by hand, and the ideas behind convolution as experiments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from playground import heading, kept_values
from playground.convolution import addressed, by_hand, channels, equivariance, pooling, sharing, sparse
from playground.convolution.addressed import PART
from playground.text import text

TEXT: Final = text("convolution")
PARTS: Final[dict[str, Callable[[], None]]] = {
    by_hand.PART.name: by_hand.show,
    pooling.PART.name: pooling.show,
    channels.PART: channels.show,
    sparse.PART: sparse.show,
    sharing.PART: sharing.show,
    equivariance.PART: equivariance.show,
}
"""Function that shows each part, by the part's name in the address."""


def show() -> None:
    """Show the page."""
    heading.show(TEXT["title"], TEXT["introduction"])
    names = list(PARTS)
    first = addressed.value(PART, names[0], kept_values.among(names))
    part = st.segmented_control(
        TEXT["part"],
        names,
        required=True,
        format_func=lambda name: TEXT[f"part-{name}"],
        key=addressed.key(PART),
        label_visibility="collapsed",
    )
    PARTS[part or first]()


show()

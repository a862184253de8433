"""Table of the entries of a file of weights that don't fit a network."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lenet.networks import weights_fit
from lenet.networks.weights_fit import MisfitError
from playground.text import text

TEXT: Final = text("sidebar")


def show(problem: MisfitError) -> None:
    """Show which entries are missing, which are not needed, and which have another shape."""
    rows = problem.differences
    st.dataframe(
        {
            TEXT["misfit-name"]: [one.name for one in rows],
            TEXT["misfit-network"]: [_shape(one.wanted, "misfit-not-needed") for one in rows],
            TEXT["misfit-file"]: [_shape(one.found, "misfit-missing") for one in rows],
        },
        hide_index=True,
        key="misfit",
    )


def _shape(shape: tuple[int, ...] | None, otherwise: str) -> str:
    return TEXT[otherwise] if shape is None else str(weights_fit.shape_text(shape))

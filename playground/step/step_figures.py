"""Plotly figures of a recorded iteration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.palette import PALETTE, Theme
from playground.text import text

TEXT: Final = text("step")
Probabilities = NDArray[Any]


def probabilities(
    before: Probabilities, after: Probabilities, theme: Theme, names: Sequence[str] | None = None
) -> go.Figure:
    """Plot the probabilities of the classes, (classes,), before and after the step; no bar if a value isn't finite.

    Args:
        before: those before the step, or others.
        after: those after the step, or others.
        theme: of the page.
        names: of the two, for the legend; None for before and after the step.
    """
    colors = PALETTE[theme]
    first, second = names or (TEXT["before"], TEXT["after"])
    figure = go.Figure()
    for label, values, color in (
        (first, before, colors["bar"]),
        (second, after, colors["accent"]),
    ):
        figure.add_bar(
            x=list(range(len(values))),
            y=[100 * float(value) if np.isfinite(value) else None for value in values],
            name=label,
            marker_color=color,
            hovertemplate="%{x}: %{y:.2f} %",
        )
    figure.update_layout(
        height=230,
        margin={"l": 0, "r": 0, "t": 28, "b": 0},
        barmode="group",
        bargap=0.3,
        legend={"orientation": "h", "x": 0, "y": 1.2},
        xaxis={"dtick": 1, "title": None},
        yaxis={"range": [0, 100], "ticksuffix": " %", "title": None},
    )
    return figure


def history(losses: Sequence[float], theme: Theme) -> go.Figure:
    """Plot the loss before the first step and after each one; a loss that isn't finite leaves a gap."""
    shown = [value if np.isfinite(value) else None for value in losses]
    figure = go.Figure(
        go.Scatter(
            x=list(range(len(shown))),
            y=shown,
            mode="lines+markers",
            line={"color": PALETTE[theme]["accent"]},
            hovertemplate="%{x}: %{y:.5g}",
            name="",
        )
    )
    figure.update_layout(
        height=150,
        margin={"l": 0, "r": 0, "t": 6, "b": 0},
        showlegend=False,
        xaxis={"dtick": max(1, len(shown) // 10), "title": None},
        yaxis={"rangemode": "tozero", "title": None},
    )
    return figure

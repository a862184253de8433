"""Plotly figures of the spread over depth."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import plotly.graph_objects as go

from lenet.explain.depth_spread import Depth, Histogram
from playground import figures
from playground.palette import PALETTE, Theme
from playground.text import text

TEXT: Final = text("initialisation")


def spreads(found: Depth, theme: Theme) -> go.Figure:
    """Plot the standard deviations layer by layer on a logarithmic scale; zero and what isn't finite leave a gap."""
    names = [one.layer for one in found.spreads]
    rows = {
        "activations": [one.activations for one in found.spreads],
        "differences": [one.differences for one in found.spreads],
        "gradients": [one.gradients for one in found.spreads],
    }
    figure = go.Figure()
    signs = zip(rows.items(), PALETTE[theme]["series"], ("circle", "diamond", "square"), strict=False)
    for (name, values), color, sign in signs:
        figure.add_scatter(
            x=names,
            y=[value if value > 0 and math.isfinite(value) else None for value in values],
            name=TEXT[f"line-{name}"],
            mode="lines+markers",
            line={"color": color},
            marker={"symbol": sign, "size": 7},
            hovertemplate="%{x}: %{y:.4~g}<extra>" + TEXT[f"line-{name}"] + "</extra>",
        )
    shown = [value for values in rows.values() for value in values if value > 0 and math.isfinite(value)]
    decades = math.log10(max(shown) / min(shown)) if shown else 0
    # Plotly marks 2 and 5 in each decade otherwise.
    figure.update_yaxes(
        type="log", exponentformat="power", title=TEXT["axis"], dtick=math.ceil(decades / 8) if decades > 2 else None
    )
    figure.update_xaxes(type="category", title=None)
    return figures.plain(figure, height=360, top=36).update_layout(legend={"orientation": "h", "y": 1.12, "x": 0})


def histogram(found: Histogram, place: int, theme: Theme) -> go.Figure:
    """Plot a histogram of numbers as shares of all of them.

    Args:
        found: the histogram.
        place: of its colour among the series.
        theme: light or dark.
    """
    total = max(1, int(found.counts.sum()))
    figure = go.Figure(
        go.Scatter(
            x=np.repeat(found.edges, 2)[1:-1],
            y=np.repeat(found.counts / total, 2),
            mode="lines",
            fill="tozeroy",
            line={"color": PALETTE[theme]["series"][place], "width": 1.5},
            hovertemplate="%{x:.3~g}<br>%{y:.1%}<extra></extra>",
        )
    )
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    figure.update_xaxes(exponentformat="power")
    return figures.plain(figure, height=200)

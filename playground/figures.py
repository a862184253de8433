"""Plotly figures, made from `lenet`'s results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.palette import PALETTE, Theme, plotly_scale
from playground.text import text

TEXT: Final = text("figures")
GAP: Final = 1
"""Blank cells between two kernels of a grid."""

LEGEND: Final = {
    "orientation": "h",
    "thickness": 8,
    "outlinewidth": 0,
    "len": 0.6,
    "xpad": 0,
    "x": 0,
    "xanchor": "left",
    "y": 1,
    "yanchor": "bottom",
    "nticks": 7,
    "tickformat": ".3~g",
}
"""Above the picture, because a tall picture would hide half of a legend beside it."""


def weights(weight: NDArray[np.floating[Any]], reach: float, theme: Theme) -> go.Figure:
    """A layer's weights, or their gradients, on a zero-centred scale.

    Args:
        weight: (C_out, C_in, kh, kw) of a convolution: the grid of its kernels, a row for each output channel and a
            column for each input channel; (N_out, N_in) of a linear layer: its matrix, a row for each output.
        reach: the value at either end of the colour scale.
        theme: light or dark.
    """
    if weight.ndim == 4:
        cells, columns, rows = _grid(weight)
    else:
        cells = weight
        columns = [TEXT["input"].format(number=i) for i in range(cells.shape[1])]
        rows = [TEXT["output"].format(number=i) for i in range(cells.shape[0])]
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            x=columns,
            y=rows,
            zmin=-reach,
            zmid=0,
            zmax=reach,
            colorscale=plotly_scale("diverging", theme),
            colorbar=LEGEND,
            showscale=bool(np.isfinite(weight).any()),
            hoverongaps=False,
            hovertemplate="%{y}<br>%{x}<br>%{z:.4~g}<extra></extra>",
        )
    )
    square = weight.ndim == 4
    figure.update_xaxes(type="category", constrain="domain", constraintoward="left", visible=False)
    figure.update_yaxes(
        type="category",
        autorange="reversed",
        scaleanchor="x" if square else None,
        constrain="domain",
        constraintoward="top",
        visible=False,
    )
    if square:  # each kernel's channel, at its middle
        high, wide = (side + GAP for side in weight.shape[2:])
        figure.update_xaxes(_numbers(columns, wide) | {"side": "bottom"})
        if weight.shape[1] > 1:
            figure.update_yaxes(_numbers(rows, high))
    below = 20 if square else 0
    return plain(figure, _height(cells.shape, square) + 40 + below, top=40).update_layout(margin={"b": below})


def histograms(
    edges: NDArray[np.float64], series: Sequence[tuple[str, NDArray[np.int64]]], bound: float, theme: Theme
) -> go.Figure:
    """Counts of several sets of numbers in the same bins, as shares of each set, with the bound of the initialisation.

    Args:
        edges: of the bins (n + 1,).
        series: a name and counts (n,) each.
        bound: drawn as two lines at ± this value.
        theme: light or dark.
    """
    figure = go.Figure()
    for (name, counts), color in zip(series, PALETTE[theme]["series"], strict=False):
        share = counts / max(1, counts.sum())
        figure.add_scatter(
            x=np.repeat(edges, 2)[1:-1],
            y=np.repeat(share, 2),
            name=name,
            mode="lines",
            fill="tozeroy",
            line={"color": color, "width": 1.5},
            hovertemplate="%{x:.3f}<br>%{y:.1%}<extra>" + name + "</extra>",
        )
    for value in (-bound, bound):
        figure.add_vline(value, line={"dash": "dot", "width": 1, "color": PALETTE[theme]["bar"]})
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    figure.update_xaxes(title=TEXT["value"])
    return plain(figure, height=240).update_layout(legend={"orientation": "h", "y": 1.12, "x": 0})


def _grid(kernels: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float32], list[str], list[str]]:
    """Kernels (C_out, C_in, kh, kw) side by side, with gaps of NaN, and what to call their columns and rows."""
    outputs, inputs, height, width = kernels.shape
    tiles = np.full((outputs, height + GAP, inputs, width + GAP), np.nan, np.float32)
    tiles[:, :height, :, :width] = kernels.transpose(0, 2, 1, 3)
    column_name, row_name = TEXT["column-of-input"], TEXT["row-of-output"]
    if inputs == 1:  # a single column of kernels would be a thin tower: lay it down
        tiles = tiles.transpose(2, 1, 0, 3)
        column_name, row_name = TEXT["column-of-output"], TEXT["row-of-input"]
    down, _, across, _ = tiles.shape
    cells = tiles.reshape(down * (height + GAP), across * (width + GAP))[:-GAP, :-GAP]
    columns = [column_name.format(channel=c, column=i) for c in range(across) for i in range(width + GAP)]
    rows = [row_name.format(channel=c, row=i) for c in range(down) for i in range(height + GAP)]
    return cells, columns[:-GAP], rows[:-GAP]


def _numbers(names: Sequence[str], side: int) -> dict[str, Any]:
    """An axis that numbers its kernels, of which each takes `side` of the names."""
    middles = names[(side - GAP) // 2 :: side]
    ticks = [str(place) for place in range(len(middles))]
    return {"visible": True, "showgrid": False, "ticks": "", "tickvals": middles, "ticktext": ticks, "tickangle": 0}


def _height(shape: tuple[int, ...], square: bool) -> int:
    if not square:
        return 360
    # As tall as the grid is in half a page's width, within what a screen can show.
    return int(np.clip(480 * shape[0] / shape[1], 120, 1200)) + 20


def plain(figure: go.Figure, height: int, top: int = 8) -> go.Figure:
    """A figure of this height on the page's own ground, without margins but for `top`."""
    clear = "rgba(0,0,0,0)"
    return figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": top, "b": 0}, paper_bgcolor=clear, plot_bgcolor=clear
    )

"""Plotly figures of weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from playground.number_words import Count
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
"""Colour bar above the picture: beside a tall picture, half of it would be out of view."""


MOST_CELLS: Final = 100_000
"""Largest number of weights in a figure."""
FIRST: Final = {4: 32, 2: 256}
"""Number of outputs, and of inputs, of a larger layer's figure, by the number of axes of its weight."""


def part(weight: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Weights of a layer as far as a figure can hold them: all, or those of the first outputs and inputs."""
    first = FIRST.get(weight.ndim)
    return weight if weight.size <= MOST_CELLS or first is None else weight[:first, :first]


def part_sentence(weight: NDArray[np.floating[Any]]) -> str:
    """Sentence on what `part` leaves out, "" for nothing."""
    shown = part(weight).shape
    if shown == weight.shape:
        return ""
    return TEXT["part"].format(
        outputs=shown[0], all_outputs=Count(len(weight)), inputs=shown[1], all_inputs=Count(weight.shape[1])
    )


def weights(weight: NDArray[np.floating[Any]], reach: float, theme: Theme) -> go.Figure:
    """Plot a layer's weights, or their gradients, on a colour scale centred on zero.

    Args:
        weight: for a convolution (C_out, C_in, kh, kw), plotted as a grid of kernels with a row for each output
            channel and a column for each input channel; for a linear layer (N_out, N_in), plotted as a matrix.
        reach: absolute value at both ends of the colour scale.
        theme: light or dark.
    """
    weight = part(weight)
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
    if square:  # label each kernel with its channel, at its middle
        high, wide = (side + GAP for side in weight.shape[2:])
        figure.update_xaxes(_numbers(columns, wide) | {"side": "bottom"})
        if weight.shape[1] > 1:
            figure.update_yaxes(_numbers(rows, high))
    below = 20 if square else 0
    return plain(figure, _height(cells.shape, square) + 40 + below, top=40).update_layout(margin={"b": below})


def histograms(
    edges: NDArray[np.float64], series: Sequence[tuple[str, NDArray[np.int64]]], bound: float, theme: Theme
) -> go.Figure:
    """Plot histograms of several sets of numbers, as shares of each set, with the bound of the initialisation.

    Args:
        edges: edges of the common bins, (n + 1,).
        series: name and counts (n,) of each set.
        bound: drawn as two lines, at plus and minus this value.
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
    """Arrange kernels (C_out, C_in, kh, kw) in a grid with gaps of NaN; return it and its column and row names."""
    outputs, inputs, height, width = kernels.shape
    tiles = np.full((outputs, height + GAP, inputs, width + GAP), np.nan, np.float32)
    tiles[:, :height, :, :width] = kernels.transpose(0, 2, 1, 3)
    column_name, row_name = TEXT["column-of-input"], TEXT["row-of-output"]
    if inputs == 1:  # a single column of kernels would be too tall and thin: make it a row
        tiles = tiles.transpose(2, 1, 0, 3)
        column_name, row_name = TEXT["column-of-output"], TEXT["row-of-input"]
    down, _, across, _ = tiles.shape
    cells = tiles.reshape(down * (height + GAP), across * (width + GAP))[:-GAP, :-GAP]
    columns = [column_name.format(channel=c, column=i) for c in range(across) for i in range(width + GAP)]
    rows = [row_name.format(channel=c, row=i) for c in range(down) for i in range(height + GAP)]
    return cells, columns[:-GAP], rows[:-GAP]


def _numbers(names: Sequence[str], side: int) -> dict[str, Any]:
    """Plotly axis that numbers the kernels; each kernel takes up `side` of the names."""
    middles = names[(side - GAP) // 2 :: side]
    ticks = [str(place) for place in range(len(middles))]
    return {"visible": True, "showgrid": False, "ticks": "", "tickvals": middles, "ticktext": ticks, "tickangle": 0}


def _height(shape: tuple[int, ...], square: bool) -> int:
    if not square:
        return 360
    # The grid's own proportions at half the page's width, limited to the height of a screen.
    return int(np.clip(480 * shape[0] / shape[1], 120, 1200)) + 20


def plain(figure: go.Figure, height: int, top: int = 8) -> go.Figure:
    """Give a figure this height, a transparent background, and no margin except `top`."""
    clear = "rgba(0,0,0,0)"
    return figure.update_layout(
        height=height, margin={"l": 0, "r": 0, "t": top, "b": 0}, paper_bgcolor=clear, plot_bgcolor=clear
    )

"""Plotly figures of gradients: bars of a bias gradient, maps of a channel, errors of finite differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from lenet.explain.finite_differences import Check
from playground.figures import LEGEND, plain
from playground.number_words import number
from playground.palette import PALETTE, Scale, Theme, plotly_scale
from playground.text import text

TEXT: Final = text("gradient_figures")

BARS_HEIGHT: Final = 96
WIDEST: Final = 36
"""Least number of bars that the width of a bar is computed for, so that a small layer's bars aren't too wide."""
TALL: Final = 240
LOW: Final = 110
"""Height in pixels of a single map, and of several side by side."""
SIDE: Final = 26
"""Margin beside a map, in pixels."""
FLOOR: Final = 1e-17
"""Position of a relative error of exactly 0, which a logarithmic axis can't show."""

Array = NDArray[Any]


def reach(*arrays: Array) -> float:
    """Largest finite magnitude, as the end of a colour scale centred on zero; 1 if no finite value differs from 0."""
    sizes = [float(np.abs(array[np.isfinite(array)]).max(initial=0)) for array in arrays]
    return max(sizes, default=0.0) or 1.0


def bars(
    after: Array, before: Array | None, names: Sequence[str], end: float, chosen: int | None, theme: Theme
) -> go.Figure:
    """Plot a bar for each entry of a bias gradient, blue below zero and orange above.

    Args:
        after: `.grad` after backward, (n,).
        before: `.grad` before backward, (n,), drawn as outlines; None to leave them out.
        names: name of each entry.
        end: absolute value at both ends of the axis.
        chosen: index of the bar to mark, None for none.
        theme: light or dark.
    """
    colors = PALETTE[theme]
    negative, positive = colors["diverging"][2], colors["diverging"][8]
    place = np.arange(len(after))
    finite = np.isfinite(after)
    width = min(0.82, max(len(after), 1) / WIDEST)
    figure = go.Figure()
    if chosen is not None:
        figure.add_vrect(
            chosen - 0.5, chosen + 0.5, fillcolor=colors["accent"], opacity=0.22, line_width=0, layer="below"
        )
    figure.add_bar(
        x=place,
        y=np.where(finite, after, 0),
        width=width,
        marker={"color": np.where(after < 0, negative, positive), "line_width": 0},
        customdata=[number(value, 6) for value in after],
        hovertext=list(names),
        hovertemplate="%{hovertext}<br>%{customdata}<extra></extra>",
        # The chosen bar is marked by the background behind it; Plotly would fade all the others.
        unselected={"marker": {"opacity": 1}},
    )
    if before is not None:
        held = before != 0
        figure.add_bar(
            x=place[held],
            y=before[held],
            width=width,
            marker={"color": "rgba(0,0,0,0)", "line": {"color": colors["ink"][1], "width": 1.5}},
            hoverinfo="skip",
            unselected={"marker": {"opacity": 1}},
        )
    for mask, symbol in ((after == 0, "circle-open"), (~finite, "x")):
        if mask.any():
            figure.add_scatter(
                x=place[mask],
                y=np.zeros(mask.sum()),
                mode="markers",
                marker={"symbol": symbol, "size": 4 if symbol == "circle-open" else 7, "color": colors["bar"]},
                hoverinfo="skip",
                unselected={"marker": {"opacity": 1}},
            )
    figure.update_layout(barmode="overlay", showlegend=False, hovermode="x", clickmode="event+select", dragmode=False)
    ticks = [-end, 0, end] if after[finite].any() else [0]
    figure.update_yaxes(
        range=[-1.3 * end, 1.3 * end],
        tickvals=ticks,
        ticktext=[number(tick, 2) for tick in ticks],
        fixedrange=True,
        zeroline=True,
        zerolinewidth=1,
    )
    figure.update_xaxes(
        range=[-0.6, len(after) - 0.4],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        nticks=min(11, len(after) + 1),  # none between two bars
        tickformat="d",
    )
    return plain(figure, BARS_HEIGHT, top=2).update_layout(margin={"b": 22, "l": 72, "r": 4})


def maps(values: Array, end: float, theme: Theme, scale: Scale = "diverging") -> go.Figure:
    """Plot the maps of one channel, one for each digit of a batch, side by side on the same colour scale.

    Args:
        values: the maps, (N, H, W).
        end: value at the upper end of the colour scale.
        theme: light or dark.
        scale: name of the colour scale; `diverging` is centred on zero, the others begin there.
    """
    count, height, width = values.shape
    tiles = np.full((height, count, width + 1), np.nan, np.float32)
    tiles[:, :, :width] = values.transpose(1, 0, 2)
    cells = tiles.reshape(height, -1)[:, :-1]
    column = TEXT["column" if count == 1 else "column-of-digit"]
    columns = [column.format(digit=n, column=x) for n in range(count) for x in range(width + 1)]
    ends = [-end, 0, end] if scale == "diverging" else [0, end]
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            x=columns[:-1],
            y=[TEXT["row"].format(row=y) for y in range(height)],
            zmin=ends[0],
            zmid=0 if scale == "diverging" else None,
            zmax=end,
            colorscale=plotly_scale(scale, theme),
            colorbar=LEGEND
            | {
                "len": 1 if count == 1 else 0.6,
                "tickvals": ends,
                "ticktext": [number(end, 2) for end in ends],
            },
            showscale=bool(values[np.isfinite(values)].any()),
            hoverongaps=False,
            hovertemplate="%{y}, %{x}<br>%{z:.6~g}<extra></extra>",
        )
    )
    figure.update_xaxes(visible=False, type="category", constrain="domain", constraintoward="left", fixedrange=True)
    figure.update_yaxes(
        visible=False,
        type="category",
        autorange="reversed",
        scaleanchor="x",
        constrain="domain",
        constraintoward="top",
        fixedrange=True,
    )
    # Room for the labels at both ends of the scale.
    return plain(figure, (TALL if count == 1 else LOW) + 40, top=40).update_layout(margin={"l": SIDE, "r": SIDE})


def errors(check: Check, theme: Theme) -> go.Figure:
    """Plot the relative error of finite differences over the step size, and the theoretical errors, log-log."""
    colors = PALETTE[theme]
    figure = go.Figure()
    for values, key in ((check.truncation, "truncation"), (check.rounding, "rounding")):
        usable = np.isfinite(values) & (values > 0)
        if usable.any():
            figure.add_scatter(
                x=check.steps[usable],
                y=values[usable],
                name=TEXT[key],
                mode="lines",
                line={"color": colors["bar"], "width": 1.5, "dash": "dash" if key == "truncation" else "dot"},
                hoverinfo="skip",
            )
    finite = np.isfinite(check.errors)
    smooth = check.switches == 0
    for mask, key, symbol, color in (
        (finite & smooth, "smooth", "circle", colors["accent"]),
        (finite & ~smooth, "kink", "x", colors["series"][1]),
    ):
        if mask.any():
            figure.add_scatter(
                x=check.steps[mask],
                y=np.maximum(check.errors[mask], FLOOR),
                name=TEXT[key],
                mode="markers",
                marker={"symbol": symbol, "size": 9, "color": color},
                customdata=[number(error, 2) for error in check.errors[mask]],
                hovertemplate="h = %{x:.0e}<br>" + TEXT["error"] + " %{customdata}<extra></extra>",
            )
    if check.best is not None:
        best = check.best
        figure.add_scatter(
            x=[check.steps[best]],
            y=[max(check.errors[best], FLOOR)],
            name=TEXT["best"],
            mode="markers",
            marker={"symbol": "circle-open", "size": 18, "color": colors["accent"], "line": {"width": 2}},
            hoverinfo="skip",
        )
    if (check.errors == 0).any():
        figure.add_hline(
            FLOOR,
            line={"width": 1, "color": colors["bar"]},
            annotation_text=TEXT["zero"],
            annotation_position="top left",
        )
    power = {"exponentformat": "power", "showexponent": "all", "dtick": 2, "fixedrange": True}
    figure.update_xaxes(type="log", title=TEXT["step"], range=[-12.4, -0.6], **power)
    drawn = np.concatenate([check.errors[finite & (check.errors > 0)], [1e-12, 1.0]])
    low = min(np.log10(drawn.min()), np.log10(FLOOR) if (check.errors == 0).any() else 0)
    figure.update_yaxes(type="log", title=TEXT["error"], range=[low - 0.7, 0.7], **(power | {"dtick": 4}))
    figure.update_layout(legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}, dragmode=False)
    return plain(figure, 380, top=70).update_layout(margin={"l": 8, "b": 8})

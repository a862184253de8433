"""Answers of the whole network to the digit shifted, rotated and scaled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from lenet.convolution import answers
from lenet.convolution.answers import ANGLES, FACTORS, Answers
from lenet.convolution.equivariance import FURTHEST
from playground import session
from playground.components.drawing_pad import PadBase
from playground.components.map_board import Map, Result, map_board, picked_cell
from playground.convolution.shown_digit import Digit
from playground.figures import plain
from playground.number_words import Count, number
from playground.palette import PALETTE, Theme
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("convolution_answers")
BOARD: Final = "convolution-answers"
SIDE: Final = 336
HEIGHT: Final = 190


@st.fragment
def shifted_answers(digit: Digit) -> None:
    """Show the answers; a click on a shift puts the shifted digit on the pad and opens it."""
    picked = picked_cell(BOARD)
    if picked is not None and max(picked[1:]) <= 2 * FURTHEST:
        dy, dx = (place - FURTHEST for place in picked[1:])
        caption = TEXT["caption-shift"].format(dx=number(dx), dy=number(dy))
        _take(answers.shifted_ink(digit.picture, dx, dy), caption)
    if visitor().convolution.taken:
        visitor().convolution.taken = False
        st.switch_page("draw/page.py")
    st.subheader(TEXT["title"], anchor=False)
    found = _answers(digit)
    if not np.isfinite(found.shifts).all():
        st.warning(TEXT["not-finite"], icon=":material/warning:")
        return
    label = found.prediction if digit.label is None else digit.label
    st.markdown(TEXT["introduction" if digit.label is not None else "introduction-unknown"].format(label=label))
    shares = found.shifts[:, :, label]
    right, every = found.right(label), shares.size
    left, beside = st.columns([3, 2], gap="large")
    with left:
        map_board(
            key=BOARD,
            maps=[
                Map(
                    TEXT["map"].format(label=label),
                    shares,
                    1,
                    TEXT["legend"],
                    "sequential",
                    picks="press",
                    selected=(FURTHEST, FURTHEST),
                    start=(-FURTHEST, -FURTHEST),
                    note=TEXT["note"],
                )
            ],
            result=Result(f"{Count(right)} / {Count(every)}", TEXT["result"].format(label=label)),
            side=SIDE,
            name="shifted-answers",
            facts={"right": str(right), "label": str(label)},
        )
        st.caption(TEXT["click"])
    theme = session.theme()
    with beside:
        for key, places, rows, suffix in (
            ("angles", ANGLES, found.angles, "°"),
            ("factors", FACTORS, found.factors, "×"),
        ):
            st.markdown(f"**{TEXT[key].format(label=label)}**")
            st.plotly_chart(
                _curve(places, rows[:, label], suffix, theme),
                key=f"convolution-{key}",
                on_select=_click(key, digit),
                selection_mode="points",
                config={"displayModeBar": False},
            )
            share = TEXT["curve-note"].format(
                count=Count((rows.argmax(1) == label).sum()), all=Count(len(rows)), label=label
            )
            st.caption(share)


def _take(ink: NDArray[np.uint8], caption: str) -> None:
    """Put a digit on the pad, and have its page opened."""
    visitor().pad.put(PadBase(ink, caption))
    visitor().convolution.taken = True


def _click(key: str, digit: Digit) -> Callable[[], None]:
    """Callback for a click on a curve."""

    def take() -> None:
        points = st.session_state[f"convolution-{key}"].selection.points
        place = points[0].get("x") if points else None
        known: tuple[float, ...] = ANGLES if key == "angles" else FACTORS
        if place is None or place not in known:  # it comes from a browser
            return
        angle, factor = (place, 1) if key == "angles" else (0, place)
        _take(answers.turned_ink(digit.picture, angle, factor), TEXT[f"caption-{key}"].format(place=number(place)))

    return take


def _answers(digit: Digit) -> Answers:
    """Answers, kept until the network or the digit changes."""
    own = visitor().convolution
    key = digit.network, digit.picture.tobytes()
    if own.answers is None or own.answers[0] != key:
        own.answers = key, answers.of(digit.network.model, digit.input)
    return own.answers[1]


def _curve(places: tuple[float, ...], shares: NDArray[Any], suffix: str, theme: Theme) -> go.Figure:
    color = PALETTE[theme]["series"][0]
    figure = go.Figure(
        go.Scatter(
            x=list(places),
            y=shares,
            mode="lines+markers",
            line={"color": color, "width": 2},
            marker={"color": color, "size": 4},
            unselected={"marker": {"opacity": 1}},
            hovertemplate=f"%{{x}}{suffix}<br>%{{y:.1%}}<extra></extra>",
        )
    )
    figure.update_yaxes(range=[-0.02, 1.02], tickformat=".0%", tickvals=[0, 0.5, 1], fixedrange=True)
    ticks = [-180, -90, 0, 90, 180] if suffix == "°" else [0.5, 1, 1.5, 2]
    figure.update_xaxes(tickvals=ticks, ticksuffix=suffix, fixedrange=True, zeroline=False)
    figure.update_xaxes(range=[places[0], places[-1]])
    figure.update_layout(showlegend=False, dragmode=False, hovermode="x", clickmode="event+select")
    return plain(figure, HEIGHT).update_layout(margin={"r": 20})

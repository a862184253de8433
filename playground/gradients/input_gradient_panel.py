"""Panel with the gradient of the loss with respect to the input, beside the input."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.explain import input_gradient
from playground import session
from playground.experiment.recording import Recording
from playground.gradients import gradient_figures
from playground.markdown import literal
from playground.number_words import grouped, number
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("input_gradient_panel")
BARE: Final = {"displayModeBar": False}


def input_gradient_panel(recording: Recording) -> None:
    """Show the input and its gradient for one digit of the batch."""
    st.subheader(TEXT["title"], anchor=False)
    try:
        whole = _gradient_of(recording)
    except InputError as problem:
        st.info(literal(problem))
        return
    st.markdown(TEXT["introduction"])
    inputs, labels = recording.iteration.inputs, recording.batch.labels
    count, shown = len(inputs), recording.iteration.shown
    digit = 0
    if count > 1:
        chosen = st.segmented_control(
            TEXT["digit"] if shown == count else TEXT["digit-first"].format(shown=shown, count=grouped(count)),
            range(shown),
            default=0,
            required=True,
            format_func=lambda place: f"{place}: {labels[place]}" if labels is not None else str(place),
            key=f"gradients-digit-{shown}",
        )
        digit = chosen or 0
    gradient = whole[digit]
    left, middle, right = st.columns([4, 4, 5], gap="medium")
    noise = recording.batch.seed is not None
    with left:
        _picture(TEXT["input-noise" if noise else "input"], "input", inputs[digit], not noise)
    with middle:
        _picture(TEXT["gradient"].format(shape="×".join(map(str, gradient.shape))), "gradient", gradient, False)
    with right:
        for sentence in _sentences(gradient, count, noise):
            st.markdown(sentence)


def _gradient_of(recording: Recording) -> NDArray[Any]:
    """Gradient with respect to the input, computed once per recording.

    Raises:
        InputError: the network computes no such gradient.
    """
    own = visitor().gradients
    if own.at_input is not None and own.at_input[0] == recording.revision:
        return own.at_input[1]
    whole = input_gradient.of(recording.network.model, recording.iteration)
    if len(whole) > recording.iteration.shown:
        whole = whole[: recording.iteration.shown].copy()
    own.at_input = recording.revision, whole
    return whole


def _picture(title: str, key: str, values: NDArray[Any], ink: bool) -> None:
    """Show the channels of an input or its gradient, (C, H, W), as ink from 0 to 1 or on the scale centred on zero."""
    st.caption(title)
    end = 1.0 if ink else gradient_figures.reach(values)
    figure = gradient_figures.maps(values, end, session.theme(), "ink" if ink else "diverging")
    st.plotly_chart(figure, key=f"gradients-input-{key}", config=BARE)


def _sentences(gradient: NDArray[Any], count: int, noise: bool) -> list[str]:
    """Sentences on the norm, the largest entry and the colours, or on values that are not finite."""
    finite = np.isfinite(gradient)
    if not finite.all():
        return [TEXT["not-finite"].format(count=int((~finite).sum()), total=gradient.size)]
    wide = gradient.astype(np.float64)
    lines = [TEXT["norm"].format(norm=number(float(np.linalg.norm(wide)), 4))]
    if not wide.any():
        return [*lines, TEXT["zero"]]
    best = np.unravel_index(int(np.abs(wide).argmax()), wide.shape)
    value = float(wide[best])
    lines.append(TEXT["signs-noise" if noise else "signs"])
    lines.append(
        TEXT["largest"].format(
            row=int(best[-2]), column=int(best[-1]), value=number(value, 4), change=number(value * 0.01, 3)
        )
    )
    zeros = int((wide == 0).sum())
    if zeros:
        lines.append(TEXT["zeros"].format(count=zeros, total=wide.size))
    if count > 1:
        lines.append(TEXT["batch"].format(count=count))
    return lines

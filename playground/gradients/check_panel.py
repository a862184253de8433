"""Panel that compares one entry of a gradient with finite differences, over a range of step sizes."""

from __future__ import annotations

import math
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.explain import finite_differences
from lenet.explain.finite_differences import Check
from playground import session
from playground.experiment.recording import Recording
from playground.gradients import gradient_figures
from playground.gradients.selected_entry import Entry
from playground.markdown import literal
from playground.number_words import number, power
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("check_panel")


def check_panel(recording: Recording, entry: Entry) -> None:
    """Show the comparison for one entry."""
    st.subheader(TEXT["title"], anchor=False)
    st.markdown(TEXT["introduction"].format(entry=f"`{entry.code.replace('.grad', '')}`"))
    try:
        check = _check_of(recording, entry)
    except InputError as problem:
        st.info(literal(problem))
        return
    best = check.best
    with st.container(horizontal=True, gap="medium"):
        st.metric(TEXT["autograd"], number(check.autograd, 9))
        st.metric(TEXT["recorded"], number(check.recorded, 9))
        if best is not None:
            label = TEXT["difference"].format(step=_decade(check.steps[best]))
            st.metric(label, number(check.differences[best], 9))
            if _holds(check):
                st.metric(TEXT["error"], number(check.errors[best], 2))
    words = _verdict(check)
    if check.best is None or not check.differences.any():  # no error that a logarithmic axis could show
        for sentence in words:
            st.markdown(sentence)
    else:
        left, right = st.columns([7, 5], gap="large")
        with left:
            st.plotly_chart(
                gradient_figures.errors(check, session.theme()),
                key="gradients-errors",
                config={"displayModeBar": False},
            )
        with right:
            for sentence in words:
                st.markdown(sentence)
    if check.best is not None:
        st.dataframe(_table(check), hide_index=True, key="gradients-differences", height="content")


def _check_of(recording: Recording, entry: Entry) -> Check:
    """Check the entry against finite differences; the result is kept for this recording.

    Raises:
        InputError: this entry can't be checked.
    """
    own, key = visitor().gradients, (recording.revision, entry)
    if own.check is not None and own.check[0] == key:
        return own.check[1]
    check = finite_differences.check(recording.network.model, recording.iteration, entry.parameter, entry.index)
    own.check = key, check
    return check


def _verdict(check: Check) -> list[str]:
    """Sentences on the result of the check, and on why h must be neither too large nor too small."""
    best, lines = check.best, []
    if not _holds(check):
        lines.append(TEXT["overflow"].format(recorded=number(check.recorded)))
    if best is None:
        return [*lines, TEXT["nothing"].format(loss=number(check.loss))]
    step = _decade(check.steps[best])
    if not check.autograd and not check.differences.any():
        return [*lines, TEXT["flat"].format(step=_decade(check.steps[0]))]
    key = "agree" if check.errors[best] else "equal"
    lines.append(TEXT[key].format(step=step, error=number(check.errors[best], 2), value=number(check.autograd, 6)))
    lines += [TEXT["too-large"], TEXT["too-small"]]
    kinks = [_decade(size) for size, count in zip(check.steps, check.switches, strict=True) if count]
    lines.append(
        TEXT["kinks"].format(steps=", ".join(kinks)) if kinks else TEXT["smooth"].format(step=_decade(check.steps[0]))
    )
    return lines


def _holds(check: Check) -> bool:
    """True if the recorded value is large enough for float32, so that there is something to compare."""
    return check.recorded is None or math.isfinite(check.recorded)


def _table(check: Check) -> list[dict[str, str]]:
    """Rows of the table, one for each step size."""
    return [
        {
            TEXT["h"]: _decade(step),
            TEXT["column"]: number(difference, 12),
            TEXT["error"]: number(error, 2),
            **{text(f"kind_{kind}")["switches"]: str(counts[place]) for kind, counts in check.switched.items()},
        }
        for place, (step, difference, error) in enumerate(
            zip(check.steps, check.differences, check.errors, strict=True)
        )
    ]


def _decade(step: float) -> str:
    """Format a step size as a power of ten."""
    return power(round(math.log10(step)))

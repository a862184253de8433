"""Accuracy of a network in detail: mistakes, per class, confusion matrix, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import streamlit as st

from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.train.calibration import calibrate
from lenet.train.evaluate import Evaluation
from playground.experiment import pad_digit
from playground.markdown import literal
from playground.number_words import Count
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("test_digits")
WORST: Final = 3
"""Number of mistakes that are shown."""
OF_CELL: Final = 6
"""Number of digits that are shown of a cell of the confusion matrix."""
SCALE: Final = 4
"""Screen pixels per pixel of a digit."""


def show(found: Evaluation, digits: Digits, key: str) -> None:
    """Show an evaluation on MNIST's test digits.

    Args:
        found: the evaluation.
        digits: the digits.
        key: start of the keys of all widgets.
    """
    if not np.isfinite(found.probabilities).all():
        st.warning(TEXT["not-finite"], icon=":material/warning:")
        return
    st.markdown(f"**{TEXT['worst']}**")
    if not len(found.mistakes):
        st.caption(TEXT["none-wrong"])
    _pictures(digits, found, found.mistakes[:WORST].tolist(), WORST, f"{key}-take")
    classes = range(len(found.confusion))
    st.markdown(f"**{TEXT['per-class']}**")
    st.dataframe(
        {
            TEXT["class"]: [TEXT["share"], TEXT["digits"]],
            **{str(one): [f"{100 * found.per_class[one]:.2f}", str(found.counts[one])] for one in classes},
        },
        hide_index=True,
        key=f"{key}-classes",
    )
    st.markdown(f"**{TEXT['confusion']}**")
    st.caption(TEXT["confusion-note"])
    chosen = st.dataframe(
        {TEXT["true"]: list(classes), **{str(one): found.confusion[:, one].tolist() for one in classes}},
        hide_index=True,
        key=f"{key}-confusion",
        height="content",
        on_select="rerun",
        selection_mode="single-cell",
    )
    _cell(digits, found, chosen["selection"].get("cells", ()), key)
    _calibration(found, digits, key)


def sentence(found: Evaluation) -> str:
    """Accuracy in a sentence of Markdown."""
    wrong = len(found.mistakes)
    percent = f"{100 * found.accuracy:.2f}"
    return TEXT["accuracy"].format(
        percent=percent, count=Count(found.n), right=Count(found.n - wrong), wrong=Count(wrong)
    )


def _cell(digits: Digits, found: Evaluation, cells: Sequence[tuple[int, str]], key: str) -> None:
    """Show digits of the chosen cell of the confusion matrix, the most confident first."""
    if not cells or not cells[0][1].isdecimal():
        return
    label, called = int(cells[0][0]), int(cells[0][1])
    here = np.flatnonzero((digits.labels == label) & (found.predictions == called))
    here = here[np.argsort(-found.probabilities[here, called], kind="stable")]
    st.caption(TEXT["cell"].format(count=Count(len(here)), label=label, called=called, shown=min(OF_CELL, len(here))))
    _pictures(digits, found, here[:OF_CELL].tolist(), OF_CELL, f"{key}-cell")


def _calibration(found: Evaluation, digits: Digits, key: str) -> None:
    groups = calibrate(found.probabilities, digits.labels)
    st.markdown(f"**{TEXT['calibration']}**")
    st.caption(TEXT["calibration-note"].format(error=f"{100 * groups.error:.2f}"))
    some = np.flatnonzero(groups.counts)
    st.dataframe(
        {
            TEXT["said"]: [f"{100 * groups.edges[i]:.0f}\u2013{100 * groups.edges[i + 1]:.0f} %" for i in some],
            TEXT["digits"]: groups.counts[some].tolist(),
            TEXT["mean-said"]: [f"{100 * groups.confidence[i]:.2f}" for i in some],
            TEXT["right"]: [f"{100 * groups.accuracy[i]:.2f}" for i in some],
        },
        hide_index=True,
        key=f"{key}-calibration",
    )


def _pictures(digits: Digits, found: Evaluation, indices: Sequence[int], columns: int, key: str) -> None:
    for column, index in zip(st.columns(columns), indices, strict=False):
        with column:
            ink = digits.images[index].repeat(SCALE, 0).repeat(SCALE, 1)
            label, called = int(digits.labels[index]), int(found.predictions[index])
            percent = f"{100 * float(found.probabilities[index, called]):.2f}"
            words = TEXT["worst-caption"].format(index=index, label=label, called=called, percent=percent)
            st.image(255 - ink, caption=words, width=ink.shape[1])
            if st.button(TEXT["take"], key=f"{key}-{index}", on_click=partial(_take, index)):
                st.switch_page("draw/page.py")  # the page with the pad; this also closes a dialog


def _take(index: int) -> None:
    try:
        visitor().pad.put(pad_digit.test_digit(index))
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")

"""Dialog with the accuracy of the current network: per class, the confusion matrix, the most confident mistakes."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import streamlit as st

from lenet.digits import mnist
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.train import evaluate
from lenet.train.evaluate import Evaluation
from playground.experiment import ablation, pad_digit
from playground.markdown import literal
from playground.number_words import Count
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("test_digits")
WORST: Final = 3
"""Number of mistakes that are shown."""
SCALE: Final = 4
"""Screen pixels per pixel of a digit."""


def show(network: Network) -> None:
    """Show the dialog."""
    st.dialog(TEXT["title"], width="large")(_show)(network)


def _show(network: Network) -> None:
    try:
        digits = mnist.load("test")
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
        return
    with st.spinner(TEXT["computing"]):
        found = _found(network, digits)
    if not np.isfinite(found.probabilities).all():
        st.warning(TEXT["not-finite"], icon=":material/warning:")
        return
    wrong = len(found.mistakes)
    share = f"{100 * found.accuracy:.2f}"
    st.markdown(
        TEXT["accuracy"].format(percent=share, count=Count(found.n), right=Count(found.n - wrong), wrong=Count(wrong))
    )
    if network.off:
        st.caption(TEXT["off"].format(names=literal(ablation.names(network))))
    st.markdown(f"**{TEXT['worst']}**")
    if not wrong:
        st.caption(TEXT["none-wrong"])
    for column, index in zip(st.columns(WORST), found.mistakes[:WORST].tolist(), strict=False):
        with column:
            _mistake(digits, found, index)
    classes = range(len(found.confusion))
    st.markdown(f"**{TEXT['per-class']}**")
    st.dataframe(
        {
            TEXT["class"]: [TEXT["share"], TEXT["digits"]],
            **{str(one): [f"{100 * found.per_class[one]:.2f}", str(found.counts[one])] for one in classes},
        },
        hide_index=True,
        key="test-digits-classes",
    )
    st.markdown(f"**{TEXT['confusion']}**")
    st.caption(TEXT["confusion-note"])
    st.dataframe(
        {TEXT["true"]: list(classes), **{str(one): found.confusion[:, one].tolist() for one in classes}},
        hide_index=True,
        key="test-digits-confusion",
        height="content",
    )


def _found(network: Network, digits: Digits) -> Evaluation:
    """Evaluate the network; the result is kept until another network is in use."""
    kept = visitor().evaluation
    if kept is None or kept[0] is not network:
        kept = network, evaluate.evaluate(network.model, digits)
        visitor().evaluation = kept
    return kept[1]


def _mistake(digits: Digits, found: Evaluation, index: int) -> None:
    ink = digits.images[index].repeat(SCALE, 0).repeat(SCALE, 1)
    label, called = int(digits.labels[index]), int(found.predictions[index])
    percent = f"{100 * float(found.probabilities[index, called]):.2f}"
    words = TEXT["worst-caption"].format(index=index, label=label, called=called, percent=percent)
    st.image(255 - ink, caption=words, width=28 * SCALE)
    if st.button(TEXT["take"], key=f"test-digits-take-{index}", on_click=partial(_take, index)):
        st.switch_page("draw/page.py")  # the page with the pad; this also closes the dialog


def _take(index: int) -> None:
    visitor().pad.put(pad_digit.test_digit(index))

"""Accuracy of a trained network in detail, on MNIST's test digits and on the visitor's own drawings."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lenet.digits import mnist, stroke_file
from lenet.errors import InputError
from lenet.train import evaluate
from lenet.train.evaluate import Evaluation
from playground import accuracy_view, errors, session
from playground.number_words import Count
from playground.runs import drawings
from playground.runs.runs import Run
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("train")
KEY: Final = "trained"


def show(run: Run) -> None:
    """Show the accuracy of a run that has ended, at its last checkpoint."""
    if run.active or not run.history.checkpoints:
        return
    st.subheader(TEXT["result"], anchor=False)
    try:
        digits = mnist.load("test")
        step = run.history.checkpoints[-1]
        kept = visitor().train.evaluation
        if kept is None or kept[0] != (run.id, step):
            with st.spinner(TEXT["evaluating"]):
                kept = (run.id, step), evaluate.evaluate(session.at_moment(run, step).model, digits)
            visitor().train.evaluation = kept
        found: Evaluation = kept[1]
        if step < run.settings.steps:
            st.caption(TEXT["result-at"].format(step=Count(step)))
        st.markdown(accuracy_view.sentence(found))
        _own(run, step, found)
        with st.expander(TEXT["detail"], key="trained-detail"):
            accuracy_view.show(found, digits, KEY)
    except InputError as problem:
        st.error(errors.say(problem), icon=":material/error:")


def _own(run: Run, step: int, found: Evaluation) -> None:
    """Show how many of the visitor's own drawings that no run trains on are right, before and after, and how many test
    digits, as a network that learns one can forget the other.
    """
    _, held_out = drawings.split(drawings.of_visitor().all())
    if not held_out:
        return
    own = stroke_file.digits(held_out)
    included = session.included(run.settings.network)
    before = evaluate.evaluate(included.model, own)
    after = evaluate.evaluate(session.at_moment(run, step).model, own)
    right = (Count(one.n - len(one.mistakes)) for one in (before, after))
    st.markdown(TEXT["own-result"].format(before=next(right), after=next(right), n=Count(before.n)))
    if included.accuracy is not None:
        st.markdown(
            TEXT["own-forgotten"].format(before=f"{100 * included.accuracy:.2f}", after=f"{100 * found.accuracy:.2f}")
        )

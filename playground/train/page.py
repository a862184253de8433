"""The Train page: train a network, watch it learn, and open any moment of the training on the other pages."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.record.experiment import FILE
from lenet.train.settings import Training
from playground import errors, session
from playground.experiment import pad_digit
from playground.owner import owner
from playground.runs import drawings, server_runs
from playground.text import text
from playground.train import moment_panel, result_panel, run_panel, runs_panel, settings_panel
from playground.visitor import visitor

TEXT: Final = text("train")


def start(settings: Training) -> None:
    """Start a run of the visitor's, and show it."""
    runs = server_runs.runs()
    try:
        if settings.weights.source == FILE:
            file = runs.start_file()
            session.save(session.current(), file)
            settings = replace(settings, weights=replace(settings.weights, file=str(file)))
        trained, _ = drawings.split(drawings.of_visitor().all())
        run = runs.start(owner(), settings, drawings=drawings.content(trained) if settings.own else b"")
    except InputError as problem:
        st.warning(errors.say(problem), icon=":material/warning:")
        return
    visitor().train.run = st.query_params[runs_panel.RUN] = run.id


def show() -> None:
    """Show the page."""
    with suppress(InputError):  # without MNIST the pad is empty, which the page says where it matters
        pad_digit.open_pad()
    st.title(TEXT["title"])
    st.caption(TEXT["introduction"])
    try:
        kept = drawings.of_visitor().all()
    except InputError as problem:
        st.error(errors.say(problem), icon=":material/error:")
        kept = []
    visitor().train.drawings = drawings.digest(drawings.split(kept)[0])
    settings = settings_panel.show(len(kept))
    if st.button(TEXT["start-button"], key="train-start", type="primary", disabled=settings is None) and settings:
        start(settings)
    run, other = runs_panel.choose()
    if run is None:
        st.info(TEXT["no-run"], icon=":material/model_training:")
        return
    run_panel.show(run, other)
    if other is not None:
        runs_panel.difference(run, other)
    moment_panel.show(run)
    result_panel.show(run)
    runs_panel.manage(run)


show()

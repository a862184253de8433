"""The Train page: train a network, watch it learn, and open any moment of the training on the other pages."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.record.experiment import FILE
from lenet.train.settings import Training
from playground import errors, heading, session
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
    file = runs.start_file()
    try:
        if settings.weights.source == FILE:
            session.save(session.current(), file)
            settings = replace(settings, weights=replace(settings.weights, file=str(file)))
        trained, _ = drawings.split(drawings.of_visitor().all())
        run = runs.start(owner(), settings, drawings=drawings.content(trained) if settings.own else b"")
    except InputError as problem:
        runs.drop_start_file(file)
        st.warning(errors.say(problem), icon=":material/warning:")
        return
    page = visitor().train
    page.run = st.query_params[runs_panel.RUN] = run.id
    page.started += 1
    st.rerun()


def show() -> None:
    """Show the page."""
    with suppress(InputError):  # without MNIST the pad is empty, which the page says where it matters
        pad_digit.open_pad()
    run, known = runs_panel.find()
    if run is None:
        heading.show(TEXT["title"], TEXT["introduction"])
    try:
        kept = drawings.of_visitor().all()
    except InputError as problem:
        st.error(errors.say(problem), icon=":material/error:")
        kept = []
    visitor().train.drawings = drawings.digest(drawings.split(kept)[0])
    settings_panel.begin()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="train-line"):
        pressed = st.button(TEXT["start-button"], key="train-start", type="primary", icon=":material/play_arrow:")
        settings_panel.show_presets(len(kept))
    settings = settings_panel.show(len(kept), folded=run is not None)
    if pressed and settings:
        start(settings)
    if run is None:
        st.info(TEXT["no-run"], icon=":material/model_training:")
        runs_panel.upload()
        return
    other = runs_panel.choose(run, known)
    run_panel.show(run, other)
    if other is not None:
        runs_panel.show_difference(run, other)
    moment_panel.show(run, other)
    result_panel.show(run)
    runs_panel.manage(run)
    runs_panel.upload()


show()

"""The visitor's runs: choose, name, compare, download, delete."""

from __future__ import annotations

import json
from functools import partial
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.train import run_folder
from playground import errors
from playground.owner import owner
from playground.runs import server_runs
from playground.runs.runs import Run
from playground.text import text
from playground.train.run_panel import mine
from playground.visitor import visitor

TEXT: Final = text("train")
RUN: Final = "show"
"""Name in the address of the run that the page shows; `run` is that of the sidebar's weights."""


def choose() -> tuple[Run | None, Run | None]:
    """Show the choice of a run and of one to compare with; return them, or None where there is none."""
    runs = server_runs.runs()
    page = visitor().train
    own = runs.of(owner())
    shown = _asked() or next(iter(own), None)
    listed = own if shown is None or shown in own else [shown, *own]
    if shown is None:
        return None, None
    by_id = {run.id: run for run in listed}
    st.session_state["run-chosen"] = shown.id
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(
            TEXT["run"], list(by_id), format_func=lambda one: _words(by_id[one]), key="run-chosen", on_change=_change
        )
        others = [one for one in by_id if one != chosen]
        if st.session_state.get("run-other") not in others:
            st.session_state["run-other"] = None
        other = st.selectbox(
            TEXT["compare"],
            others,
            index=None,
            format_func=lambda one: _words(by_id[one]),
            key="run-other",
            disabled=not others,
            placeholder=TEXT["compare-none"],
        )
    page.run = shown.id
    st.query_params[RUN] = shown.id
    return shown, by_id.get(other) if other else None


def manage(run: Run) -> None:
    """Show the buttons that name, download and delete a run."""
    if not mine(run):
        return
    with (
        st.expander(TEXT["manage"], key="run-manage"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.text_input(TEXT["name"], run.name, key=f"name-{run.id}", on_change=partial(_rename, run))
        try:
            if run.history.checkpoints:
                step = run.history.checkpoints[-1]
                file = f"{run.settings.network}-{step}.safetensors"
                content = run_folder.weights_file(run.folder, step).read_bytes()
                card = json.dumps(run_folder.card(run.folder, step), indent=2)
                st.download_button(TEXT["download-weights"], content, file, icon=":material/download:")
                st.download_button(TEXT["download-card"], card, f"{run.settings.network}-{step}.json")
        except (InputError, OSError) as problem:
            st.error(errors.say(problem) if isinstance(problem, InputError) else str(problem), icon=":material/error:")
        st.button(
            TEXT["delete"],
            key=f"delete-{run.id}",
            icon=":material/delete:",
            disabled=run.active,
            help=TEXT["delete-help"],
            on_click=partial(_delete, run),
        )


def difference(run: Run, other: Run) -> None:
    """Show the settings in which two runs differ."""
    one, two = run.settings.to_json(), other.settings.to_json()
    rows = [(name, one[name], two[name]) for name in one if one[name] != two[name]]
    if not rows:
        st.caption(TEXT["no-difference"])
        return
    names, mine_, theirs = zip(*rows, strict=True)
    st.dataframe(
        {TEXT["setting"]: names, run.title: list(map(str, mine_)), f"{other.title} ": list(map(str, theirs))},
        hide_index=True,
        key="run-difference",
    )


def _asked() -> Run | None:
    """Run in the address, or the one that the page shows; None where there is none, which the page then says."""
    name = st.query_params.get(RUN) or visitor().train.run
    if not name:
        return None
    try:
        return server_runs.runs().find(name)
    except InputError as problem:
        st.warning(errors.say(problem), icon=":material/link_off:")
        visitor().train.run = ""
        del st.query_params[RUN]
        return None


def _words(run: Run) -> str:
    return TEXT["run-words"].format(title=run.title, state=TEXT[f"state-{run.state}"], steps=run.history.steps)


def _change() -> None:
    st.query_params[RUN] = st.session_state["run-chosen"]


def _rename(run: Run) -> None:
    try:
        server_runs.runs().rename(run, st.session_state[f"name-{run.id}"])
    except InputError as problem:
        visitor().notices.shown.append(errors.say(problem))


def _delete(run: Run) -> None:
    try:
        server_runs.runs().delete(run)
    except InputError as problem:
        visitor().notices.shown.append(errors.say(problem))
        return
    visitor().train.run = ""
    st.query_params.pop(RUN, None)

"""The visitor's runs: choose, name, compare, download, upload, delete."""

from __future__ import annotations

import json
from functools import partial
from typing import Final

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from lenet.errors import InputError
from lenet.networks import stack
from lenet.scripts import training_script
from lenet.train import run_archive, run_folder
from playground import errors, notices
from playground.number_words import Count
from playground.owner import owner
from playground.runs import server_runs
from playground.runs.runs import MAX_NAME, Run
from playground.text import text
from playground.train import settings_panel
from playground.train.run_panel import mine
from playground.visitor import visitor

TEXT: Final = text("train")
UPLOAD: Final = "run-upload"
RUN: Final = "show"
"""Name in the address of the run that the page shows; `run` is that of the sidebar's weights."""


def find() -> tuple[Run | None, list[Run]]:
    """Run to show, None if there is none, and all from which to choose, the newest first."""
    own = server_runs.runs().of(owner())
    shown = _asked() or next(iter(own), None)
    if shown is None:
        return None, []
    visitor().train.run = st.query_params[RUN] = shown.id
    return shown, own if shown in own else [shown, *own]


def choose(shown: Run, known: list[Run]) -> Run | None:
    """Show the choice of a run and of one to compare with; return the latter, None for none."""
    by_id = {run.id: run for run in known}
    st.session_state["run-chosen"] = shown.id
    others = [one for one in by_id if one != shown.id]
    if st.session_state.get("run-other") not in others:
        st.session_state["run-other"] = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="train-runs"):
        st.selectbox(
            TEXT["run"], list(by_id), format_func=lambda one: by_id[one].title, key="run-chosen", on_change=_change
        )
        if not others:
            return None
        other = st.selectbox(
            TEXT["compare"],
            others,
            index=None,
            format_func=lambda one: by_id[one].title,
            key="run-other",
            placeholder=TEXT["compare-none"],
        )
    return by_id[other] if other else None


def manage(run: Run) -> None:
    """Show the buttons that name, download and delete a run."""
    if not mine(run):
        return
    page = visitor().train
    if page.problem is not None:
        st.warning(errors.say(page.problem), icon=":material/warning:")
        page.problem = None
    with (
        st.expander(TEXT["manage"], key="run-manage"),
        st.container(horizontal=True, vertical_alignment="bottom", gap="small"),
    ):
        st.text_input(
            TEXT["name"], run.name, key=f"name-{run.id}", max_chars=MAX_NAME, on_change=partial(_rename, run), width=320
        )
        if run.history.checkpoints:
            _downloads(run, run.history.checkpoints[-1])
        why_not = TEXT["delete-help"] if run.active else None
        with st.popover(TEXT["delete"], icon=":material/delete:", disabled=run.active, help=why_not):
            st.button(
                TEXT["delete-sure"], key=f"delete-{run.id}", icon=":material/delete:", on_click=partial(_delete, run)
            )


def upload() -> None:
    """Show the field for a run that was downloaded as a zip file."""
    page = visitor().train
    # With new keys after each file, the popover is closed and the field empty: the file isn't taken again.
    with st.popover(TEXT["upload"], key=f"{UPLOAD}-{page.uploads}", icon=":material/upload_file:"):
        given = st.file_uploader(
            TEXT["upload"], key=f"{UPLOAD}-file-{page.uploads}", help=TEXT["upload-help"], label_visibility="collapsed"
        )
    if page.upload_problem is not None:
        st.warning(errors.say(page.upload_problem), icon=":material/warning:")
        page.upload_problem = None
    if given is None:
        return
    page.uploads += 1
    content = given.getvalue()
    context = get_script_run_ctx()
    files = context and context.uploaded_file_mgr
    if context and isinstance(files, MemoryUploadedFileManager):  # it would keep the file as long as the session
        files.remove_file(context.session_id, given.file_id)
    try:
        with st.spinner(TEXT["uploading"]):
            run = server_runs.runs().take(owner(), content, given.name)
    except InputError as problem:
        page.upload_problem = problem
    else:
        page.run = st.query_params[RUN] = run.id
    st.rerun()


def show_difference(run: Run, other: Run) -> None:
    """Show how far two runs have come, and the settings in which they differ."""
    one, two = (settings_panel.in_words(own.settings) | _result(own) for own in (run, other))
    names = [name for name in one if one[name] != two[name] or name in _result(run)]
    columns = [[of[name] for name in names] for of in (one, two)]
    # Two runs may have the same name, and columns may not.
    titles = run.title, other.title if other.title != run.title else f"{other.title} "
    st.dataframe(
        {TEXT["setting"]: names, **dict(zip(titles, columns, strict=True))}, hide_index=True, key="run-difference"
    )


def _downloads(run: Run, step: int) -> None:
    """Show the buttons that download the weights after a step, their card, and a script that trains them again."""
    name = f"{stack.short(run.settings.network)}-{step}"
    try:
        content = run_folder.weights_file(run.folder, step).read_bytes()
        card = json.dumps(run_folder.card(run.folder, step), indent=2)
        script = training_script.of_run(run.folder)
    except InputError as problem:
        st.error(errors.say(problem), icon=":material/error:")
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        st.error(errors.say(InputError("run-read", path=run.folder, reason=reason)), icon=":material/error:")
    else:
        st.download_button(
            TEXT["download-weights"], content, f"{name}.safetensors", key="download-weights", icon=":material/download:"
        )
        st.download_button(TEXT["download-card"], card, f"{name}.json", key="download-card", icon=":material/download:")
        if script is not None:
            st.download_button(
                TEXT["download-script"], script, f"{name}.py", key="download-script", icon=":material/download:"
            )
        if not run.active:
            st.download_button(
                TEXT["download-run"],
                partial(run_archive.write, run.folder, script),  # called after a click
                f"{name}.zip",
                "application/zip",
                key="download-run",
                help=TEXT["download-run-help"].format(limit=run_archive.MAX_BYTES // 2**20),
                icon=":material/folder_zip:",
            )


def _asked() -> Run | None:
    """Run in the address, or the one that the page shows; None where there is none, which the page then says."""
    name = st.query_params.get(RUN) or visitor().train.run
    if not name:
        return None
    try:
        return server_runs.runs().find(name)
    except InputError as problem:
        notices.warn(errors.say(problem))
        visitor().train.run = ""
        del st.query_params[RUN]
        return None


def _result(run: Run) -> dict[str, str]:
    """Steps and accuracy of a run so far, by their names."""
    measured = run.history.evaluations
    percent = f"{100 * measured[-1]['accuracy']:.2f} %" if measured else TEXT["not-measured"]
    return {TEXT["steps"]: f"{Count(run.history.steps):,}", TEXT["right"]: percent}


def _change() -> None:
    st.query_params[RUN] = st.session_state["run-chosen"]


def _rename(run: Run) -> None:
    try:
        server_runs.runs().rename(run, st.session_state[f"name-{run.id}"])
    except InputError as problem:
        visitor().train.problem = problem


def _delete(run: Run) -> None:
    try:
        server_runs.runs().delete(run)
    except InputError as problem:
        visitor().train.problem = problem
        return
    visitor().train.run = ""
    st.query_params.pop(RUN, None)

"""The visitor's run while it trains and afterwards: progress, curves, kernels, and the buttons that control it."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from lenet.errors import InputError
from playground import errors, session
from playground.components.training_view import Compared, training_view
from playground.experiment import pad_digit
from playground.owner import owner
from playground.runs import route, server_runs, stream
from playground.runs.runs import Run
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("train")
VIEW: Final = "training-view"
REST_S: Final = 1.0
"""Time between two looks at a run without the stream, in seconds."""


def show(run: Run, other: Run | None) -> None:
    """Show a run, and another in the same plots."""
    live = route.is_served()
    watched = st.fragment(_show, run_every=None if live or not run.active else REST_S)
    watched(run, other, live)


def _show(run: Run, other: Run | None, live: bool) -> None:
    runs = server_runs.runs()
    runs.touch(run)
    _show_digit(run)
    before = run.state
    command = training_view(
        key=VIEW,
        run=run.id,
        live=live,
        total=run.settings.steps,
        per_epoch=run.settings.per_epoch,
        numbers=stream.numbers(runs, run, 0, 0),
        reason=reason(run),
        other=None if other is None else Compared(other.title, stream.numbers(runs, other, 0, 0)),
        controls=mine(run),
    )
    if command is not None and mine(run):
        _obey(run, command)
    if not run.active and visitor().train.shown_active == run.id:
        # The panels below, which a run at its end has, are outside of this fragment.
        visitor().train.shown_active = ""
        st.rerun()
    visitor().train.shown_active = run.id if run.active else ""
    if run.state != before:
        st.rerun(scope="fragment")


def mine(run: Run) -> bool:
    """True if the run belongs to this visitor, who may control it."""
    return run.owner == owner()


def reason(run: Run) -> str:
    """Sentence about why a run has ended, "" while it hasn't."""
    failed = run.history.last
    if failed is not None and failed.get("event") == "failed":
        return errors.say(InputError(str(failed.get("key")), **dict(failed.get("values") or {})))
    if not run.reason:
        return ""
    return TEXT[f"reason-{run.reason}"].format(complaint=run.complaint)


def _obey(run: Run, command: str) -> None:
    runs = server_runs.runs()
    try:
        {"pause": runs.pause, "go_on": runs.go_on, "stop": runs.stop}[command](run)
    except InputError as problem:
        st.warning(errors.say(problem), icon=":material/warning:")


def _show_digit(run: Run) -> None:
    """Have the run classify the digit on the pad."""
    if not run.active or not mine(run):
        return
    picture: Any = pad_digit.picture(session.current()) if session.current().name == run.settings.network else None
    sent = None if picture is None else picture.tobytes()
    if visitor().train.sent_digit != (run.id, run.worker, sent):
        visitor().train.sent_digit = (run.id, run.worker, sent)
        server_runs.runs().show(run, None if picture is None else picture.tolist())

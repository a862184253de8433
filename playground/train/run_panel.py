"""The visitor's run while it trains and afterwards: progress, curves, kernels, and the buttons that control it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.errors import InputError
from playground import errors, served, session
from playground.components.training_view import Compared, training_view
from playground.experiment import pad_digit
from playground.owner import owner
from playground.runs import last_view, server_runs, stream
from playground.runs.runs import Run
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("train")
VIEW: Final = "training-view"
REST_S: Final = 1.0
"""Time between two looks at a run without the stream, in seconds."""


def show(run: Run, other: Run | None) -> None:
    """Show a run, and another in the same plots."""
    live = served.is_served()
    visitor().train.shown = _mark(run)
    watched = st.fragment(_show, run_every=None if live or not run.active else REST_S)
    watched(run, other, live)


def _show(run: Run, other: Run | None, live: bool) -> None:
    runs = server_runs.runs()
    runs.touch(run)
    picture = _picture(run)
    _show_digit(run, picture)
    before = run.state
    command = training_view(
        key=VIEW,
        run=run.id,
        live=live,
        total=run.settings.steps,
        per_epoch=run.settings.per_epoch,
        numbers=stream.numbers(runs, run, 0, 0),
        reason=reason(run),
        watch=None if run.active else _last_view(run, picture),
        other=None if other is None else _compared(other),
        controls=mine(run),
    )
    if command is not None and mine(run):
        _obey(run, command)
    if _mark(run) != visitor().train.shown:
        st.rerun()  # the panels below, and the list of runs, are outside of this fragment
    if run.state != before:
        st.rerun(scope="fragment")


def mine(run: Run) -> bool:
    """True if the run belongs to this visitor, who may control it."""
    return run.owner == owner()


def _mark(run: Run) -> tuple[str, bool, bool]:
    """Value that changes when other parts of the page have to change with the run."""
    return run.id, run.active, bool(run.history.checkpoints)


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


def _show_digit(run: Run, picture: NDArray[np.uint8] | None) -> None:
    """Have the run classify the digit on the pad while it trains."""
    if not run.active or not mine(run):
        return
    sent = None if picture is None else picture.tobytes()
    if visitor().train.sent_digit != (run.id, run.worker, sent):
        visitor().train.sent_digit = (run.id, run.worker, sent)
        server_runs.runs().show(run, None if picture is None else picture.tolist())


def _last_view(run: Run, picture: NDArray[np.uint8] | None) -> dict[str, Any] | None:
    try:
        return last_view.view(run, picture)
    except InputError as problem:
        st.warning(errors.say(problem), icon=":material/warning:")
        return None


def _compared(other: Run) -> Compared:
    numbers = stream.numbers(server_runs.runs(), other, 0, 0)
    return Compared(other.title, numbers, last_view.probabilities(other, _picture(other)))


def _picture(run: Run) -> NDArray[np.uint8] | None:
    """Digit on the pad as the run's network gets it, None for an empty pad."""
    return pad_digit.picture(session.random(run.settings.network, 0))

"""The iteration that a visitor has on show: recorded once, and replayed by every page that looks at it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

import streamlit as st

from lenet.digits.batch import Batch
from lenet.record import iteration
from lenet.record.iteration import Iteration, Setup, State
from playground.session import Network

KEY: Final = "recording"
COUNT: Final = "recordings"


@dataclass(frozen=True, eq=False)
class Recording:
    """A recorded iteration and what it was recorded of.

    Attributes:
        network: whose parameters the first step started from.
        batch: what went in.
        source: identifies the batch.
        iteration: the last of the steps that were taken.
        losses: before the first step, and after each.
        taken: how many steps were asked for, one after the other; the record is of the last, or of the one that failed.
        seq: counts the recordings of this visitor, from a number that no other session of the same page began with.
        stale: whether the settings have become others since, which lead to no recording.
    """

    network: Network
    batch: Batch
    source: str
    iteration: Iteration
    losses: tuple[float, ...]
    taken: int
    seq: int
    stale: bool = False

    @property
    def setup(self) -> Setup:
        """How it was recorded."""
        return self.iteration.setup


def current() -> Recording | None:
    """What is on show, None before the first recording."""
    recording: Recording | None = st.session_state.get(KEY)
    return recording


def make(network: Network, batch: Batch, source: str, setup: Setup, taken: int) -> Recording:
    """The recording of a step, the one on show where it is just that; a step more goes on from it.

    Args:
        network: to start from.
        batch: what goes in.
        source: identifies the batch; the same text is the same batch.
        setup: how.
        taken: which step to record, 1 for the first; those before it are taken too.

    Raises:
        InputError: the setup or the labels don't fit.
    """
    shown = current()
    losses: tuple[float, ...] = ()
    start: State | None = None
    first = 1
    if shown is not None and shown.network is network and shown.source == source and shown.setup == setup:
        if shown.taken == taken:
            return shown
        if shown.taken < taken and shown.iteration.failure is None:
            losses, start, first = shown.losses, shown.iteration.after, shown.taken + 1
    for _ in range(first, taken + 1):
        done = iteration.record(network.model, batch.inputs, batch.labels, setup, start)
        losses = _losses(losses, done)
        start = done.after
        if done.failure is not None:
            break
    number = st.session_state.setdefault(COUNT, secrets.randbelow(2**40)) + 1
    recording = Recording(network, batch, source, done, losses, taken, number)
    st.session_state[KEY], st.session_state[COUNT] = recording, number
    return recording


def forget() -> None:
    """Record anew at the next `make`, though nothing has changed."""
    st.session_state.pop(KEY, None)


def _losses(before: tuple[float, ...], done: Iteration) -> tuple[float, ...]:
    first = (done.outcome_before.loss,) if done.outcome_before and not before else ()
    last = (done.outcome_after.loss,) if done.outcome_after else ()
    return (*before, *first, *last)

"""Step that a training run took next after the moment of the weights, as the iteration that the pages show."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.record.arrays import values_of
from lenet.record.experiment import RUN
from lenet.record.iteration import State
from lenet.train import moment
from lenet.train.moment import Moment
from playground.experiment.recording import Recording
from playground.number_words import grouped
from playground.runs import server_runs
from playground.runs.runs import Run
from playground.session import Network
from playground.text import text

TEXT: Final = text("run_step")


def of(network: Network) -> Moment:
    """Moment of a network's weights.

    Raises:
        InputError: they are not those of a run, or the step can't be recorded.
    """
    if network.weights != RUN:
        raise InputError("run-input")
    return at(server_runs.runs().find(network.run), network.moment)


def at(run: Run, step: int) -> Moment:
    """Moment of a run's checkpoint.

    Raises:
        InputError: there is no such checkpoint, or the next step can't be recorded.
    """
    return _at(run, step, run.history.steps > step)


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Run: lambda run: run.id})
def _at(run: Run, step: int, taken: bool) -> Moment:
    return moment.of(run.folder, step)


def begin(network: Network, found: Moment) -> State:
    """State before the step; a network with channels switched off has buffers besides those of the run's."""
    own = {name: values_of(buffer) for name, buffer in network.model.named_buffers()}
    return replace(found.start, buffers=own | dict(found.start.buffers))


def sentence(made: Recording, found: Moment) -> str:
    """Sentence on whether the recorded step is the one that the run took."""
    step = grouped(found.step + 1)
    if made.network.off or made.steps > 1:
        return TEXT["further" if made.steps > 1 else "other"].format(step=step)
    same = moment.holds(found, made.iteration)
    key = "same" if same else "other" if found.digest or made.setup != found.setup else "ahead"
    return TEXT[key].format(step=step)

"""Step that a training run took next after the moment of the weights, as the iteration that the pages show."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.digits.batch import Batch
from lenet.errors import InputError
from lenet.record.arrays import values_of
from lenet.record.experiment import RUN, Following
from lenet.record.iteration import Setup, State
from lenet.train import moment, run_folder
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


@st.cache_resource(show_spinner=False, max_entries=4, hash_funcs={Run: lambda run: run.id})
def _losses(run: Run, steps: int) -> list[float]:
    """Loss of each step that a run has written down, when it had done so many."""
    return run_folder.losses(run.folder)


def begin(network: Network, found: Moment) -> State:
    """State before the step; a network with channels switched off has buffers besides those of the run's."""
    own = {name: values_of(buffer) for name, buffer in network.model.named_buffers()}
    return replace(found.start, buffers=own | dict(found.start.buffers))


def following(network: Network, found: Moment, setup: Setup) -> Following:
    """Batches of the steps that the run took after the moment's next one, with the run's learning rates.

    Args:
        network: with the weights of the moment.
        found: the moment.
        setup: of the first step; another one than the run's is that of all steps, but for the random numbers.
    """
    run = server_runs.runs().find(network.run)

    def follow(number: int) -> tuple[Batch, Setup]:
        batch, own = moment.later(run.folder, found, number)
        return batch, own if setup == found.setup else replace(setup, mask_seed=own.mask_seed)

    return follow


def without_script(made: Recording) -> str:
    """Sentence on why there is no script that prints the page's numbers, "" where there is one."""
    return TEXT["no-script"] if made.varied and made.steps > 1 else ""


def sentence(made: Recording, found: Moment) -> str:
    """Sentence on whether the recorded step is the one that the run took."""
    step = grouped(found.step + made.steps)
    if made.network.off:
        return TEXT["other"].format(step=step)
    if made.steps > 1:
        run = server_runs.runs().find(made.network.run)
        losses = _losses(run, run.history.steps)[found.step : found.step + made.steps]
        if len(losses) < made.steps:
            return TEXT["ahead"].format(step=step)
        known = repr(tuple(losses)) == repr(made.losses[:-1])  # as texts, in which NaN is equal to NaN
        return TEXT["further" if known else "other"].format(step=step, first=grouped(found.step + 1))
    same = moment.holds(found, made.iteration)
    key = "same" if same else "other" if found.digest or made.setup != found.setup else "ahead"
    return TEXT[key].format(step=step)

"""The iteration that a visitor has on show: recorded once, and replayed by every page that looks at it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lenet.digits.batch import Batch
from lenet.record.experiment import Experiment, Run, run
from lenet.record.iteration import Iteration, Setup
from playground.session import Network
from playground.visitor import visitor


@dataclass(frozen=True, eq=False)
class Recording:
    """A recorded iteration and the experiment that led to it.

    Attributes:
        network: whose parameters the first step started from.
        batch: what went in.
        run: the experiment and its record.
        seq: counts the recordings of this visitor.
        stale: whether the settings have become others since, which lead to no recording.
    """

    network: Network
    batch: Batch
    run: Run
    seq: int
    stale: bool = False

    @property
    def experiment(self) -> Experiment:
        """What was asked for."""
        return self.run.experiment

    @property
    def iteration(self) -> Iteration:
        """The last of the steps that were taken, or the one that failed."""
        return self.run.iteration

    @property
    def losses(self) -> tuple[float, ...]:
        """Before the first step, and after each."""
        return self.run.losses

    @property
    def steps(self) -> int:
        """How many steps were asked for, one after the other."""
        return self.experiment.steps

    @property
    def setup(self) -> Setup:
        """How it was recorded."""
        return self.experiment.setup


def current() -> Recording | None:
    """What is on show, None before the first recording."""
    return visitor().recording


def make(network: Network, experiment: Experiment, batch: Batch) -> Recording:
    """The recording of an experiment, the one on show where it is just that; more steps go on from it.

    Args:
        network: to start from.
        experiment: all else.
        batch: the experiment's, for this network.

    Raises:
        InputError: the setup or the labels don't fit.
    """
    shown = current()
    known = shown.run if shown is not None and shown.network is network else None
    # What the visitor has chosen may not be there: a file that is yet to be uploaded.
    done = run(replace(experiment, network=network.name, weights=network.origin), network.model, batch, known)
    if shown is not None and done is known:
        return shown
    here = visitor()
    here.recordings += 1
    here.recording = Recording(network, batch, done, here.recordings)
    return here.recording


def forget() -> None:
    """Record anew at the next `make`, though nothing has changed."""
    visitor().recording = None

"""The iteration that a visitor has on show: recorded once, and replayed by every page that looks at it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from lenet.digits.batch import Batch
from lenet.explain import timeline
from lenet.explain.timeline import Stop
from lenet.record.experiment import Experiment, Run, run
from lenet.record.iteration import Iteration, Setup
from lenet.scripts import code_listing
from lenet.scripts.code_listing import Listing
from playground.session import Network
from playground.visitor import visitor


@dataclass(frozen=True, eq=False)
class Recording:
    """A recorded iteration and the experiment that led to it.

    Attributes:
        network: with the parameters before the first step.
        batch: the network's input.
        run: the experiment and its record.
        revision: counts the recordings of this visitor.
        stale: whether the settings have become others since, which lead to no recording.
    """

    network: Network
    batch: Batch
    run: Run
    revision: int
    stale: bool = False

    @property
    def experiment(self) -> Experiment:
        """The experiment that was asked for."""
        return self.run.experiment

    @property
    def iteration(self) -> Iteration:
        """The last of the steps that were taken, or the one that failed."""
        return self.run.iteration

    @property
    def losses(self) -> tuple[float, ...]:
        """Losses before the first step, and after each."""
        return self.run.losses

    @property
    def steps(self) -> int:
        """Number of steps that were asked for."""
        return self.experiment.steps

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """The moments of the iteration at which the player can rest."""
        return timeline.stops(self.iteration)

    @cached_property
    def listing(self) -> Listing:
        """The lines of Python that the iteration runs."""
        return code_listing.listing(self.network.model, self.iteration)

    @property
    def setup(self) -> Setup:
        """Settings of the iteration."""
        return self.experiment.setup


def current() -> Recording | None:
    """The recording on show, None before the first."""
    return visitor().recording


def make(network: Network, experiment: Experiment, batch: Batch) -> Recording:
    """The recording of an experiment, the one on show where it is just that; more steps go on from it.

    Args:
        network: before the first step.
        experiment: its network and weights give way to those of `network`, where a file is yet to be uploaded.
        batch: the experiment's, for this network.

    Raises:
        InputError: the setup or the labels don't fit.
    """
    shown = current()
    known = shown.run if shown is not None and shown.network is network else None
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

"""Current recording of a visitor: made once, and replayed by every page that shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from lenet.digits.batch import Batch
from lenet.explain import after_step, timeline, weight_pictures
from lenet.explain.timeline import Stop
from lenet.explain.weight_pictures import WeightPictures
from lenet.networks.forward import Pass
from lenet.record.experiment import MAX_STEPS, Experiment, Following, Run, run
from lenet.record.iteration import Iteration, Setup, State
from lenet.scripts import code_listing
from lenet.scripts.code_listing import Listing
from playground.session import Network
from playground.visitor import visitor


@dataclass(frozen=True, eq=False)
class Recording:
    """Recorded iteration with its experiment.

    Attributes:
        network: network with the parameters before the first step.
        run: the experiment and its record.
        revision: number of the recording among this visitor's.
        begin: state before the first step, None for that of the network alone.
        most: largest number of steps that can be taken.
        varied: True if each step has a batch of its own.
        stale: True if the settings have changed since, to some that allow no recording.
    """

    network: Network
    run: Run
    revision: int
    begin: State | None = None
    most: int = MAX_STEPS
    varied: bool = False
    stale: bool = False

    @property
    def batch(self) -> Batch:
        """Input of the network in the last step."""
        return self.run.inputs

    @property
    def experiment(self) -> Experiment:
        """Experiment that was requested."""
        return self.run.experiment

    @property
    def iteration(self) -> Iteration:
        """Iteration of the last step that was taken, or of the one that failed."""
        return self.run.iteration

    @property
    def losses(self) -> tuple[float, ...]:
        """Losses before each step and after the last one."""
        return self.run.losses

    @property
    def steps(self) -> int:
        """Number of steps that were requested."""
        return self.experiment.steps

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """Stops of the iteration at which the player can rest."""
        return timeline.stops(self.iteration)

    @cached_property
    def weights(self) -> WeightPictures:
        """Each unit's weights before and after the step, and their gradients."""
        return weight_pictures.pictures(self.iteration)

    @cached_property
    def _passes(self) -> dict[int, Pass | None]:
        return {}

    def after(self, digit: int) -> Pass | None:
        """Forward pass of one digit of the batch after the step; None if there is none, see `after_step`."""
        if digit not in self._passes:
            self._passes[digit] = after_step.passed(self.iteration, self.network.model, digit)
        return self._passes[digit]

    @cached_property
    def listing(self) -> Listing:
        """Lines of Python that the iteration runs."""
        return code_listing.listing(self.network.model, self.iteration)

    @property
    def setup(self) -> Setup:
        """Settings of the iteration."""
        return self.iteration.setup


def current() -> Recording | None:
    """Recording that the pages show, None before the first."""
    return visitor().recording


def make(
    network: Network,
    experiment: Experiment,
    batch: Batch,
    begin: State | None = None,
    following: Following | None = None,
    most: int = MAX_STEPS,
) -> Recording:
    """Record an experiment, or return the current recording if it is of the same one; further steps continue from it.

    Args:
        network: network before the first step.
        experiment: experiment to record. If its file of weights has yet to be uploaded, `network` is used instead.
        batch: the experiment's input for this network.
        begin: state before the first step, None for that of the network alone.
        following: gives batch and setup of each step after the first; None for those of the first.
        most: largest number of steps that can be taken.

    Raises:
        InputError: the setup or the labels don't fit, or there is no such step.
    """
    shown = current()
    known = shown.run if shown is not None and shown.network is network else None
    asked = replace(experiment, network=network.name, weights=network.origin)
    done = run(asked, network.model, batch, known, begin, following)
    if shown is not None and done is known:
        return shown
    here = visitor()
    here.recordings += 1
    here.recording = Recording(network, done, here.recordings, begin, most, following is not None)
    return here.recording


def forget() -> None:
    """Make the next `make` record again, even if nothing has changed."""
    visitor().recording = None

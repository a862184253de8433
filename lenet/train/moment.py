"""Moments of a training: a checkpoint, and the very step that the training took next, to be recorded bit for bit."""

from __future__ import annotations

import hashlib
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lenet import device
from lenet.digits.batch import MOST, Batch
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.networks import form
from lenet.networks.form import Form
from lenet.record import modes, query_text, random_state
from lenet.record.arrays import Values, values_of
from lenet.record.experiment import RUN, Experiment, Input, Weights
from lenet.record.iteration import Iteration, Setup, State
from lenet.record.recorder import record
from lenet.record.targets import LABEL
from lenet.train import run_folder
from lenet.train.data import Data, mix
from lenet.train.events import Step
from lenet.train.run import repeatable
from lenet.train.settings import Training

KEPT: Final = 2
"""Number of trainings whose digits stay in memory: 50 MB each, and synthetic digits take seconds to draw."""

T = TypeVar("T", bound=np.generic)

_lock = threading.Lock()


@dataclass(frozen=True, eq=False)
class Moment:
    """State of a training after a number of steps, and the step that comes next.

    Attributes:
        settings: of the training.
        step: number of steps done.
        model: the network at that moment, in training mode, on the training's device.
        batch: of the next step, in the same variants, with read-only arrays.
        setup: of the next step: its loss, optimizer, learning rate, weight decay, and training mode
            with its seed where that matters.
        start: parameters and buffers of the network, and what the optimizer remembers.
        digest: of the next step's gradients and updated parameters as the training had them, see `events.Step`; ""
            where it has not taken that step.
    """

    settings: Training
    step: int
    model: nn.Module
    batch: Batch
    setup: Setup
    start: State
    digest: str


def of(folder: Path, step: int, digits: Digits | None = None) -> Moment:
    """The moment of a run's checkpoint.

    Args:
        folder: of the run.
        step: of the checkpoint.
        digits: training digits instead of MNIST's, with which the run was trained.

    Raises:
        InputError: there is no such run or checkpoint, it is damaged, its device isn't there, it was the last step, or
            a recorded iteration can't repeat the step.
    """
    settings = run_folder.settings(folder)
    model = run_folder.load_model(folder, step)
    if settings.smoothing or settings.bfloat16:
        raise InputError("moment-recipe", name="smoothing" if settings.smoothing else "bfloat16")
    if step >= settings.scheduled:
        raise InputError("moment-last", step=step)
    remembered = run_folder.load_optimizer_state(folder, step, model)
    target = device.choose(settings.device)
    model = model.to(target).train()
    start = State(
        {name: values_of(p) for name, p in model.named_parameters()},
        {name: None for name, _ in model.named_parameters()},
        {name: {entry: values_of(value) for entry, value in own.items()} for name, own in remembered.items()},
        {name: values_of(b) for name, b in model.named_buffers()},
        settings.optimizer,
    )
    taken = [event for event in run_folder.events(folder) if event["event"] == Step.kind and event["step"] == step + 1]
    digest = str(taken[-1]["digest"]) if taken else ""
    batch, setup = _batch(folder, settings, model, step + 1, target, digits), _setup(settings, model, step + 1)
    return Moment(settings, step, model, batch, setup, start, digest)


def later(folder: Path, moment: Moment, ahead: int, digits: Digits | None = None) -> tuple[Batch, Setup]:
    """Batch and setup of a later step of a training.

    Args:
        folder: of the run.
        moment: from which to count.
        ahead: number of the step, from 1, the next one.
        digits: training digits instead of MNIST's, with which the run was trained.

    Raises:
        InputError: the training has no such step.
    """
    settings, step = moment.settings, moment.step + ahead
    if step > settings.scheduled:
        raise InputError("moment-last", step=settings.scheduled)
    target = device.choose(settings.device)
    return _batch(folder, settings, moment.model, step, target, digits), _setup(settings, moment.model, step)


def replay(moment: Moment, shown: int | None = MOST) -> Iteration:
    """Record the step that the training took next.

    Args:
        moment: the moment before it.
        shown: see `record`.
    """
    target = device.choose(moment.settings.device)
    with ExitStack() as stack:
        repeatable(stack, moment.settings.threads, target)
        stack.enter_context(random_state.restored(target))
        return record(moment.model, moment.batch.inputs, moment.batch.labels, moment.setup, moment.start, shown=shown)


def holds(moment: Moment, recorded: Iteration) -> bool | None:
    """True if a recorded step has the gradients and updated parameters that the training had, bit for bit.

    Returns:
        None where that can't be said, because the training has not taken the step, or not all numbers were kept.
    """
    found = digest_of(recorded)
    return found == moment.digest if found and moment.digest else None


def digest_of(recorded: Iteration) -> str:
    """Digest of a recorded step as `run.digest_of` makes it; "" where it didn't come to the step, or numbers weren't
    kept.
    """
    after = recorded.after
    if after is None:
        return ""
    every: list[Values | None] = [*after.gradients.values(), *after.parameters.values()]
    found = hashlib.sha256()
    for values in every:
        if values is not None and values.array is None:
            return ""
        if values is not None and values.array is not None:
            found.update(values.array.tobytes())
    return found.hexdigest()


# Experiments


def find(root: Path, run: str) -> Path:
    """Folder of a run.

    Args:
        root: folder of the runs' folders.
        run: id of the run, not trusted.

    Raises:
        InputError: there is no such run.
    """
    if query_text.read_name(run) is None or not (root / run / run_folder.SETTINGS).is_file():
        raise InputError("moment-run", run=run[:40])
    return root / run


def experiment(run: str, moment: Moment) -> Experiment:
    """Experiment that records a moment's next step.

    Args:
        run: id of the run.
        moment: of the run.
    """
    return Experiment(
        moment.settings.network, Weights(RUN, run=run, moment=moment.step), Input(RUN), None, moment.setup
    )


def opened(chosen: Experiment, root: Path) -> Moment:
    """The moment from which an experiment with the weights of a run starts.

    Args:
        chosen: the experiment.
        root: folder of the runs' folders.

    Raises:
        InputError: the weights are not those of a run, or of another network's, or see `find` and `of`.
    """
    if chosen.weights.source != RUN:
        raise InputError("run-input")
    found = of(find(root, chosen.weights.run), chosen.weights.moment)
    if found.settings.network != chosen.network:
        raise InputError("moment-network", other=found.settings.network, name=chosen.network)
    return found


def _setup(settings: Training, model: nn.Module, step: int) -> Setup:
    """Loss, optimizer, learning rate, weight decay, mode and random numbers of a step, counted from 1."""
    found = modes.differences(model)
    return Setup(
        settings.loss,
        LABEL,
        optimizer=settings.optimizer,
        lr=settings.rate(step),
        weight_decay=settings.weight_decay,
        mode=modes.TRAIN if found.draws or found.differ else None,
        mask_seed=mix(settings.seed, "model", step) if found.draws else 0,
    )


def _batch(
    folder: Path, settings: Training, model: nn.Module, step: int, target: torch.device, digits: Digits | None
) -> Batch:
    size = form.of(model)
    with _lock:  # the data has one generator
        if digits is None:
            data = _data(folder, settings, size, target)
        else:
            data = Data(settings, size, target, run_folder.drawings(folder), digits)
        found = data.batch(step)
    # A random variant has no whole numbers of ink, and other forms are no digits with a border.
    pictures = None if settings.augment or not size.plain else torch.round(found.inputs[:, 0] * 255).to(torch.uint8)
    return Batch(
        _frozen(found.inputs, np.float32),
        _frozen(found.labels, np.int64),
        None if pictures is None else _frozen(pictures, np.uint8),
    )


@lru_cache(KEPT)
def _data(folder: Path, settings: Training, size: Form, target: torch.device) -> Data:
    return Data(settings, size, target, run_folder.drawings(folder))


def _frozen(tensor: Tensor, kind: type[T]) -> NDArray[T]:
    array: NDArray[T] = np.array(tensor.cpu().numpy(), kind)
    array.setflags(write=False)
    return array

"""Tiny runs that the tests share."""

from __future__ import annotations

from pathlib import Path

import torch

from lenet.digits import mnist
from lenet.digits.mnist import Digits
from lenet.train import run, run_folder
from lenet.train.control import Control
from lenet.train.distributed import World
from lenet.train.events import Event
from lenet.train.settings import Training
from lenet.train.watching import Watcher

SMALL = Training(digits=150, hold_out=60, batch=16, epochs=2, augment=True, handwriting=30, handwritten=4)
"""Two epochs of ten steps; the last step of each has six digits of MNIST."""


def few() -> Digits:
    """Few training digits."""
    digits = mnist.load("train")
    return Digits(digits.images[:300], digits.labels[:300])


def made(folder: Path, settings: Training = SMALL) -> Path:
    """Folder of a new run."""
    run_folder.create(folder, settings)
    return folder


def stream(
    folder: Path | None,
    settings: Training = SMALL,
    *,
    resume: bool = False,
    control: Control | None = None,
    watch: Watcher | None = None,
    world: World | None = None,
) -> list[Event]:
    """All events of a run with few digits."""
    return list(run.train(settings, folder, resume=resume, control=control, watch=watch, digits=few(), world=world))


def weights(folder: Path, step: int = 20) -> torch.Tensor:
    """All parameters after a step, in one tensor."""
    return torch.cat([value.detach().ravel() for value in run_folder.load_model(folder, step).parameters()])


def steps(folder: Path) -> list[tuple[object, ...]]:
    """Numbers of each step of a run, but for the time that it took and the digests, which only some have."""
    names = ("step", "epoch", "loss", "lr", "accuracy")
    return [tuple(event[name] for name in names) for event in run_folder.events(folder) if event["event"] == "step"]

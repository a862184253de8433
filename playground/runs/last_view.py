"""View into a run's network at its last checkpoint, as a run that trains sends it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.json_values import plain
from lenet.networks.models import input_size
from lenet.train import data
from lenet.train.events import Watch
from lenet.train.held_out import HeldOut
from lenet.train.watching import DIGITS, Watcher
from playground import session
from playground.runs.runs import Run


def view(run: Run, picture: NDArray[np.uint8] | None) -> dict[str, Any] | None:
    """View as JSON values, see `lenet.train.events.Watch`; None for a run without a checkpoint.

    Args:
        run: the run.
        picture: visitor's digit as the run's network gets it, (size, size) uint8; None for an empty pad.

    Raises:
        InputError: the checkpoint is damaged, or MNIST can't be read.
    """
    if not run.history.checkpoints:
        return None
    step = run.history.checkpoints[-1]
    model = session.at_moment(run, step).model
    device = next(model.parameters()).device
    digit = None if picture is None else picture[None].astype(np.float32) / 255
    before = run.history.watch
    held_out = torch.empty(0)
    if before is None:
        held_out = HeldOut(data.held_out(run.settings), input_size(model), device).inputs(0, DIGITS)
    found: Watch = Watcher(digit=digit).look(model, None, held_out, step, 0.0)
    values: dict[str, Any] = plain(found.to_json())
    # The norms of gradient and update are those of a step: only a run that was watched has them.
    return values if before is None else {**values, "layers": plain(before["layers"]), "digits": before["digits"]}


def probabilities(run: Run, picture: NDArray[np.uint8] | None) -> list[float] | None:
    """Ten probabilities of a digit at a run's last checkpoint; None without a digit or a checkpoint."""
    try:
        found = view(run, picture)
    except InputError:
        return None
    return None if found is None else found["probabilities"]

"""View into a run's network at its last checkpoint, as a run that trains sends it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.json_values import plain
from lenet.train import last_view
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
    before = run.history.watch
    found = last_view.view(run.settings, session.at_moment(run, step).model, step, picture, passes=before is None)
    values: dict[str, Any] = plain(found.to_json())
    # Only a run that was watched has the norms of gradient and update, which are those of a step.
    return values if before is None else {**values, "layers": plain(before["layers"]), "digits": before["digits"]}


def probabilities(run: Run, picture: NDArray[np.uint8] | None) -> list[float] | None:
    """Ten probabilities of a digit at a run's last checkpoint; None without a digit or a checkpoint."""
    try:
        found = view(run, picture)
    except InputError:
        return None
    return None if found is None else found["probabilities"]

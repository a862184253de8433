"""Masks of a recorded dropout in training mode: 0 for a number that is dropped, 1 / (1 − p) for one that is kept."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.networks import kinds
from lenet.networks.forward import Layer
from lenet.record.arrays import Values
from lenet.record.iteration import Iteration

KIND: Final = "dropout"


def is_one(layer: Layer) -> bool:
    """True for a dropout that drops."""
    return layer.kind == KIND and kinds.in_training(layer)


def of(iteration: Iteration, name: str) -> NDArray[np.float32] | None:
    """Mask of a dropout that ran in training mode, for all inputs whose activations are kept.

    Args:
        iteration: a record.
        name: of the layer.

    Returns:
        Factors in the shape of its output, (N, ...): those that the grad_fn saved, and where there is none, as for a
        dropout of the input itself, those that show in the output. NaN where a zero was multiplied, so that they don't.
        None where the layer is none, or its numbers were not kept.
    """
    operation = iteration.by_name.get(name)
    if operation is None or operation.layer is None or not is_one(operation.layer) or operation.output.array is None:
        return None
    p = float(dict(operation.layer.settings)["p"])
    kept = np.float32(1 / (1 - p)) if p < 1 else np.float32(0)
    node = iteration.node_of(name)
    saved: dict[str, Values | None] = {one.name: one.values for one in node.saved} if node else {}
    factors, chosen = saved.get("other"), saved.get("result1")
    if factors is not None and factors.array is not None:
        return np.broadcast_to(factors.array.astype(np.float32), operation.output.array.shape)
    if chosen is not None and chosen.array is not None:  # of the fused operation on a GPU
        return np.where(chosen.array, kept, np.float32(0))
    read = _read(iteration, operation.sources[0])
    if read is None or read.shape != operation.output.array.shape:
        return None
    found = np.where(operation.output.array != 0, kept, np.float32(0))
    return np.where(read == 0, np.float32(np.nan), found) if p < 1 else found


def _read(iteration: Iteration, source: str) -> NDArray[np.float32] | None:
    if source in iteration.by_name:
        return iteration.by_name[source].output.array
    return iteration.inputs[: iteration.shown]

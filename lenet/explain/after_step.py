"""Activations of the same batch after the step, which a record holds only the logits of."""

from __future__ import annotations

import numpy as np
from torch import nn

from lenet.errors import InputError
from lenet.networks.forward import Pass, run_batch
from lenet.networks.kinds import SOFTMAX
from lenet.record import modes, random_state, recorder
from lenet.record.iteration import Iteration
from lenet.record.model_copy import private_copy


def passed(iteration: Iteration, model: nn.Module, digit: int = 0) -> Pass | None:
    """Forward pass of one digit of the batch with the parameters after the step.

    The batch runs again through a copy of the network, with the state that the record kept.

    Args:
        iteration: a record.
        model: the network that was recorded. It is not changed.
        digit: index in the batch.

    Returns:
        The pass; None if the record has no re-evaluation, or its state can't be put back, or the pass gives other
        logits than the recorded one, as in a network that draws random numbers.
    """
    after, outcome = iteration.after, iteration.outcome_after
    if after is None or outcome is None or not iteration.layers:
        return None
    setup = iteration.setup
    changed = modes.put(private_copy(model), setup.mode)
    try:
        recorder.load_state(changed, after)
    except InputError:
        return None
    device = next(changed.parameters()).device
    with random_state.restored(device), modes.seeded(model, setup.mode, setup.mask_seed, device):
        found = run_batch(changed, iteration.inputs.copy(), digit)
    if tuple(layer.name for layer in found.layers) != tuple(layer.name for layer in iteration.layers):
        return None
    same = np.array_equal(found.outputs[SOFTMAX], outcome.probabilities[digit], equal_nan=True)
    return Pass(iteration.layers, found.outputs, found.statistics) if same else None

"""Activations and gradients of a recorded iteration, layer by layer, for one digit of the batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lenet.networks.ablation import SUFFIX
from lenet.networks.forward import Pass
from lenet.networks.kinds import INPUT, SOFTMAX
from lenet.record.iteration import Iteration, State
from lenet.record.losses import LOSSES

Float = NDArray[np.float32]


def passed(iteration: Iteration, digit: int = 0) -> Pass | None:
    """Forward pass of one digit of the batch.

    Returns:
        The pass, with zeros for what a failure kept from being computed; None where the layers aren't known, or the
        record is of a network too large for their arrays.
    """
    outputs: dict[str, Float] = {}
    for layer in iteration.layers:
        if layer.name == INPUT:
            outputs[layer.name] = iteration.inputs[digit]
        elif layer.name == SOFTMAX:
            outcome = iteration.outcome_before
            outputs[layer.name] = np.zeros(layer.shape, np.float32) if outcome is None else outcome.probabilities[digit]
        else:
            made = iteration.by_name.get(layer.name + SUFFIX, iteration.by_name[layer.name])
            array = made.output.array
            if array is None:
                return None
            outputs[layer.name] = array[digit].astype(np.float32, copy=False)
    return Pass(iteration.layers, outputs) if outputs else None


def target(iteration: Iteration, digit: int = 0) -> int | None:
    """Class with whose probability the loss compares, for one digit; None if the loss reads no probability."""
    found, loss = iteration.target, LOSSES[iteration.setup.loss]
    reads = found is not None and found.dtype.kind == "i" and loss.layer("") == SOFTMAX
    return int(found[digit]) if found is not None and reads else None


def gradients(iteration: Iteration, digit: int = 0) -> Mapping[str, Float | None]:
    """The gradient of the loss with respect to each layer's output, for one digit; None where it was not computed."""
    found: dict[str, Float | None] = {}
    for layer in iteration.layers:
        values = iteration.gradient_of(layer.name)
        kept = values is not None and values.array is not None
        found[layer.name] = values.array[digit].astype(np.float32, copy=False) if values and kept else None  # type: ignore[index]
    return found


def numbers(iteration: Iteration) -> Callable[[str], Float | None]:
    """Parameters and buffers as they were in the forward pass, by their names; None for what was not kept."""
    return numbers_in(iteration.before)


def numbers_in(state: State | None) -> Callable[[str], Float | None]:
    """Parameters and buffers of a recorded state by their names; None for what was not kept, or without a state."""

    def found(name: str) -> Float | None:
        values = None if state is None else state.parameters.get(name, state.buffers.get(name))
        return None if values is None or values.array is None else np.asarray(values.array, np.float32)

    return found

"""Activations and gradients of a recorded iteration, layer by layer, for one digit of the batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from lenet.explain import batch_statistics, dropout_masks
from lenet.networks import weights
from lenet.networks.ablation import SUFFIX
from lenet.networks.forward import Layer, Pass
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


def numbers(iteration: Iteration, digit: int | None = 0) -> Callable[[str], Float | None]:
    """Parameters and buffers as they were in the forward pass, by their names; None for what was not kept.

    The numbers of layers in training mode, by the names of `weights.in_training`, are those of the whole batch, but a
    dropout's mask is that of one digit; without one there is none.
    """
    kept, trained = numbers_in(iteration.before), {weights.in_training(layer): layer for layer in iteration.layers}

    def found(name: str) -> Float | None:
        return _in_training(iteration, trained[name], digit) if name in trained else kept(name)

    return found


def numbers_after(iteration: Iteration, passed: Pass | None, digit: int | None = 0) -> Callable[[str], Float | None]:
    """Likewise as they are after the step.

    Args:
        iteration: a record.
        passed: pass after the step, see `after_step`.
        digit: index in the batch, None for no masks.
    """
    kept, trained = numbers_in(iteration.after), {weights.in_training(layer): layer for layer in iteration.layers}

    def found(name: str) -> Float | None:
        layer = trained.get(name)
        if layer is None:
            return kept(name)
        if dropout_masks.is_one(layer):  # the masks are the same
            return None if iteration.setup.mode is None else _in_training(iteration, layer, digit)
        return passed.statistics.get(layer.name) if passed else None

    return found


def _in_training(iteration: Iteration, layer: Layer, digit: int | None) -> Float | None:
    """Numbers of a layer in training mode, see `weights.in_training`."""
    if dropout_masks.is_one(layer):
        mask = dropout_masks.of(iteration, layer.name)
        return None if mask is None or digit is None or digit >= len(mask) else mask[digit]
    found = batch_statistics.of(iteration, layer.name)
    if found is None:
        return None
    none = np.full(len(found.mean), np.nan)
    columns = (
        found.mean,
        found.variance,
        np.full(len(found.mean), found.count),
        none if found.gradient_mean is None else found.gradient_mean,
        none if found.gradient_times_input is None else found.gradient_times_input,
    )
    return np.stack(columns, 1).astype(np.float32)


def numbers_in(state: State | None) -> Callable[[str], Float | None]:
    """Parameters and buffers of a recorded state by their names; None for what was not kept, or without a state."""

    def found(name: str) -> Float | None:
        values = None if state is None else state.parameters.get(name, state.buffers.get(name))
        return None if values is None or values.array is None else np.asarray(values.array, np.float32)

    return found

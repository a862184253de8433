"""Gap between training and evaluation mode: the same batch through the same network in both, and where they part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lenet.digits.ink import FIELD
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.explain import batch_statistics, dropout_masks
from lenet.networks import forward, kinds
from lenet.networks.forward import Layer
from lenet.networks.models import input_size
from lenet.record import modes, random_state, recorder
from lenet.record.arrays import freeze
from lenet.record.iteration import Iteration, Outcome
from lenet.record.losses import LOSSES
from lenet.record.model_copy import private_copy
from lenet.record.modes import EVAL, MODES, TRAIN

BATCHES: Final = ((EVAL, 100), (TRAIN, 100), (TRAIN, 1))
"""Modes in which test digits are classified, each with the number of digits that go through the network at once."""


@dataclass(frozen=True)
class Cause:
    """A layer that computes differently in the two modes.

    Attributes:
        layer: its name.
        kind: name of its kind.
        count: of a batch norm, how many numbers each channel has in the batch; of a dropout, how many numbers it read.
        dropped: of a dropout, how many of them it dropped.
        channel: of a batch norm, where mean or spread of the batch are farthest from the running ones.
        batch: mean and standard deviation of that channel in the batch.
        running: those by the running statistics.
    """

    layer: str
    kind: str
    count: int
    dropped: int = 0
    channel: int = 0
    batch: tuple[float, float] = (0.0, 0.0)
    running: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class Gap:
    """Results of the same batch in both modes.

    Attributes:
        outcomes: logits and loss by the mode.
        failures: what PyTorch said where a mode has no outcome.
        labels: (N,) of the batch, or None.
        causes: layers that make the difference, those of which it is known why.
        others: names of the other layers that compute differently.
    """

    outcomes: Mapping[str, Outcome]
    failures: Mapping[str, str]
    labels: NDArray[np.int64] | None
    causes: tuple[Cause, ...]
    others: tuple[str, ...]


def compare(model: nn.Module, iteration: Iteration) -> Gap:
    """Send the batch of an iteration through its network in both modes, as it was before the step.

    Args:
        model: the one that was recorded. It is not changed.
        iteration: gives parameters, buffers, batch, target, loss and the seed of the masks.

    Raises:
        InputError: the parameters were not kept, or the iteration has no target.
    """
    outcomes, failures = {}, {}
    for mode in MODES:
        try:
            outcomes[mode] = _outcome(model, iteration, mode)
        except (RuntimeError, ValueError) as error:  # batch norm of one number, for example
            failures[mode] = str(error).strip().partition("\n")[0]
    causes = () if TRAIN in failures else _causes(model, iteration)
    named = {cause.layer for cause in causes}
    others = tuple(name for name in modes.differences(model).layers if name not in named)
    return Gap(outcomes, failures, iteration.labels, causes, others)


def accuracies(model: nn.Module, iteration: Iteration, digits: Digits) -> tuple[float | None, ...]:
    """Shares of digits that the network before the step gets right, 0..1, for each of `BATCHES`.

    In training mode, the answer to a digit depends on the others that go through the network with it. None where
    PyTorch refuses such a batch.

    Raises:
        InputError: the parameters were not kept.
    """
    return tuple(_accuracy(model, iteration, digits, mode, batch) for mode, batch in BATCHES)


def _accuracy(model: nn.Module, iteration: Iteration, digits: Digits, mode: str, batch: int) -> float | None:
    own = _in(model, iteration, mode)
    device = _device(own)
    border = (input_size(own) - FIELD) // 2
    images = np.pad(digits.images, ((0, 0), (border, border), (border, border)))
    right = 0
    with torch.inference_mode(), modes.seeded(model, mode, iteration.setup.mask_seed, device):
        for start in range(0, len(images), batch):
            x = torch.from_numpy(images[start : start + batch, None].astype(np.float32) / 255).to(device)
            try:
                answers = own(x).argmax(1).cpu().numpy()
            except (RuntimeError, ValueError):
                return None
            right += int((answers == digits.labels[start : start + batch]).sum())
    return right / len(images) if len(images) else None


def _in(model: nn.Module, iteration: Iteration, mode: str) -> nn.Module:
    """Copy of the network before the step, in a mode."""
    own = modes.put(private_copy(model), mode)
    recorder.load_state(own, iteration.before)
    return own


def _device(model: nn.Module) -> torch.device:
    return next((p.device for p in model.parameters()), torch.device("cpu"))


def _outcome(model: nn.Module, iteration: Iteration, mode: str) -> Outcome:
    if iteration.target is None:
        raise InputError("check-target")
    own = _in(model, iteration, mode)
    device = _device(own)
    with torch.no_grad(), modes.seeded(model, mode, iteration.setup.mask_seed, device):
        out = own(torch.from_numpy(iteration.inputs.copy()).to(device))
        target = torch.from_numpy(np.array(iteration.target)).to(device)
        loss = LOSSES[iteration.setup.loss].compute(out, target)
    return Outcome(freeze(out, copy=True), float(loss.item()))


def _causes(model: nn.Module, iteration: Iteration) -> tuple[Cause, ...]:
    own = _in(model, iteration, TRAIN)
    device, found = _device(own), []
    with random_state.restored(device), modes.seeded(model, TRAIN, iteration.setup.mask_seed, device):
        passed = forward.run_batch(own, iteration.inputs.copy(), 0)
    for layer in filter(kinds.in_training, passed.layers):
        if layer.name in passed.statistics and layer.buffers:
            found.append(_of_batch_norm(layer, passed.statistics[layer.name], iteration))
        elif dropout_masks.is_one(layer):
            read, made = passed.outputs[layer.sources[0]], passed.outputs[layer.name]
            alive = read != 0
            found.append(Cause(layer.name, layer.kind, int(alive.sum()), int((made[alive] == 0).sum())))
    return tuple(found)


def _of_batch_norm(layer: Layer, statistics: NDArray[np.float32], iteration: Iteration) -> Cause:
    mean, variance, count = statistics[:, :3].astype(np.float64).T
    running_mean, running_variance = (
        np.asarray(iteration.before.buffers[name].array, np.float64) for name in layer.buffers[:2]
    )
    epsilon = float(dict(layer.settings)["epsilon"])
    spread, running = np.sqrt(variance + epsilon), np.sqrt(running_variance + epsilon)
    far = np.maximum(np.abs(mean - running_mean) / running, np.abs(np.log(spread / running)))
    channel = int(np.nan_to_num(far).argmax())
    return Cause(
        layer.name,
        batch_statistics.KIND,
        int(count[channel]),
        channel=channel,
        batch=(float(mean[channel]), float(np.sqrt(variance[channel]))),
        running=(float(running_mean[channel]), float(np.sqrt(running_variance[channel]))),
    )

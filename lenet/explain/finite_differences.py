"""Gradient check: one entry of the gradient compared with central differences in float64."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.networks.kinds import CHOICES
from lenet.record import modes
from lenet.record.graph_walk import Walk
from lenet.record.iteration import Iteration
from lenet.record.losses import LOSSES
from lenet.record.model_copy import private_copy

STEPS: Final = tuple(10.0**-power for power in range(1, 13))
"""Step sizes, from the largest."""

EPSILON: Final = float(np.finfo(np.float64).eps)
TINY: Final = float(np.finfo(np.float64).tiny)

Run = Callable[[], tuple[Tensor, Tensor]]
"""Forward pass of a model: its output and the loss."""
Choice = tuple[str, int]
"""Kind of an operation and its position in the graph."""


@dataclass(frozen=True, eq=False)
class Check:
    """One entry's gradient, computed twice.

    Attributes:
        parameter: name of the parameter.
        index: of the entry.
        value: the entry, float64.
        loss: at that value, float64.
        autograd: d loss / d entry as autograd computes it in float64.
        recorded: the same as the iteration recorded it, in float32, less what `.grad` held before backward; None where
            it recorded none.
        steps: (n,) step sizes h, from the largest.
        differences: (n,) central differences, (loss(entry + h) − loss(entry − h)) / 2h.
        errors: (n,) relative errors, |difference − autograd| / max(|difference|, |autograd|); 0 where both are 0.
        switched: for each kind of operation in the graph that chooses between branches, by its name: (n,) how many of
            its choices are others at entry ± h than at the entry. A ReLU chooses whether an output is above 0, a
            max-pooling which cell of a window is the largest. Both sides are counted.
        rounding: (n,) about how large the relative error is by rounding alone, ε · s / (h · |autograd|), with float64's
            ε, and for s the loss or, where it is larger, Σ |output · ∂loss/∂output|: how far the loss moves when the
            network's outputs are rounded; NaN where the gradient is 0.
        truncation: (n,) about how large it is by curvature alone, proportional to h², as the two largest steps without
            a switch tell it; NaN where they can't.
    """

    parameter: str
    index: tuple[int, ...]
    value: float
    loss: float
    autograd: float
    recorded: float | None
    steps: NDArray[np.float64]
    differences: NDArray[np.float64]
    errors: NDArray[np.float64]
    switched: Mapping[str, NDArray[np.int64]]
    rounding: NDArray[np.float64]
    truncation: NDArray[np.float64]

    @property
    def switches(self) -> NDArray[np.int64]:
        """(n,) number of operations that choose differently within a step, where the loss has a kink."""
        return sum(self.switched.values(), np.zeros(len(self.steps), np.int64))

    @property
    def best(self) -> int | None:
        """Index of the step with the smallest error, without a switch where possible; None if no error is finite."""
        usable = np.isfinite(self.errors)
        if (usable & (self.switches == 0)).any():
            usable &= self.switches == 0
        if not usable.any():
            return None
        return int(np.where(usable, self.errors, np.inf).argmin())


def check(
    model: nn.Module, iteration: Iteration, parameter: str, index: Sequence[int], steps: Sequence[float] = STEPS
) -> Check:
    """Compare autograd's gradient of one entry with central differences, on a float64 copy of the model.

    Args:
        model: the one that was recorded. It is not changed, and may be shared between threads.
        iteration: gives the parameters, the input, the target and the loss.
        parameter: name of a parameter.
        index: of one of its entries.
        steps: step sizes, from the largest.

    Raises:
        InputError: there is no such parameter or entry, the iteration has no target or kept no parameters, or the model
            draws random numbers or can't compute in float64.
    """
    entry = locate(iteration, parameter, index)
    run, leaf = _private(model, iteration, parameter)
    out, loss = _first(run)
    choices = dict(_choices(loss))
    gradient, at_out = torch.autograd.grad(loss, (leaf, out), allow_unused=True)
    autograd = 0.0 if gradient is None else float(gradient[entry])
    value, start = float(leaf.detach()[entry]), float(loss.detach())
    moved = max(abs(start), float((out.detach() * at_out).abs().sum()))
    sides = [_side(run, leaf, entry, value + sign * step, choices) for step in steps for sign in (1, -1)]
    size = np.array(steps, np.float64)
    differences, errors = _compare(size, np.array([moved_loss for moved_loss, _ in sides]), autograd)
    kinds = dict.fromkeys([kind for kind, _ in choices] + [kind for _, switched in sides for kind in switched])
    counts = {
        kind: np.array([switched[kind] for _, switched in sides], np.int64).reshape(-1, 2).sum(axis=1) for kind in kinds
    }
    rounding = _rounding(size, moved, autograd)
    truncation = _truncation(size, differences, sum(counts.values(), np.zeros(len(size), np.int64)), autograd)
    for array in (size, differences, errors, *counts.values(), rounding, truncation):
        array.flags.writeable = False
    recorded = _recorded(iteration, parameter, entry)
    return Check(
        parameter, entry, value, start, autograd, recorded, size, differences, errors, counts, rounding, truncation
    )


def locate(iteration: Iteration, parameter: str, index: Sequence[int]) -> tuple[int, ...]:
    """Check that a parameter has an entry with this index.

    Raises:
        InputError: there is no such parameter, or it has no such entry.
    """
    known = iteration.before.parameters
    if parameter not in known:
        raise InputError("parameter-unknown", name=parameter, names=", ".join(known))
    shape, entry = known[parameter].shape, tuple(index)
    if len(entry) != len(shape) or not all(0 <= place < side for place, side in zip(entry, shape, strict=True)):
        raise InputError("parameter-index", name=parameter, index=list(entry), shape=list(shape))
    return entry


def _private(model: nn.Module, iteration: Iteration, parameter: str) -> tuple[Run, Tensor]:
    """Function that runs a float64 copy of the model as it was before the step, and a parameter of that copy."""
    if iteration.target is None:
        raise InputError("check-target")
    setup = iteration.setup
    copied = modes.put(private_copy(model), setup.mode).cpu().double()
    before = iteration.before
    with torch.no_grad():
        for values, own in (
            (before.parameters, dict(copied.named_parameters())),
            (before.buffers, dict(copied.named_buffers())),
        ):
            for name, tensor in own.items():
                array = values[name].array
                if array is None:
                    raise InputError("numbers-large", name=name)
                tensor.copy_(torch.from_numpy(np.array(array)))
    inputs = torch.from_numpy(np.asarray(iteration.inputs, np.float64))
    target = torch.from_numpy(np.array(iteration.target))
    target = target.double() if target.is_floating_point() else target

    def run() -> tuple[Tensor, Tensor]:
        with modes.seeded(model, setup.mode, setup.mask_seed, torch.device("cpu")):
            out = copied(inputs)
        return out, LOSSES[setup.loss].compute(out, target)

    return run, copied.get_parameter(parameter).requires_grad_()


def _first(run: Run) -> tuple[Tensor, Tensor]:
    """Output and loss of the first run, once a second one has given the same loss."""
    try:
        out, loss = run()
    except Exception as error:  # a model may raise anything
        raise InputError("check-model", reason=str(error).strip().partition("\n")[0]) from error
    with torch.no_grad():
        if not run()[1].equal(loss) and loss.isfinite():
            raise InputError("check-random")
    return out, loss


def _side(
    run: Run, leaf: Tensor, entry: tuple[int, ...], value: float, before: Mapping[Choice, Tensor]
) -> tuple[float, Counter[str]]:
    """Loss with another value of the entry, and how many operations of each kind choose differently than before."""
    with torch.no_grad():
        leaf[entry] = value
    loss, switched = run()[1], Counter[str]()
    for (kind, place), choice in _choices(loss):
        old = before.get((kind, place))
        # Another shape, or none before: the graph itself has changed.
        switched[kind] += 1 if old is None or old.shape != choice.shape else int(choice.ne(old).sum())
    return float(loss.detach()), switched


def _choices(loss: Tensor) -> Iterator[tuple[Choice, Tensor]]:
    """Choices of the operations on the way to a loss, by kind and position in the graph."""
    if loss.grad_fn is None:
        return
    for place, function in enumerate(Walk(loss.grad_fn, {}).functions):
        known = CHOICES.get(function.name())
        if known is not None:
            kind, name = known
            saved: Tensor = getattr(function, f"_saved_{name}").detach()
            yield (kind.name, place), (saved > 0) if saved.is_floating_point() else saved


def _compare(
    steps: NDArray[np.float64], sides: NDArray[np.float64], autograd: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Central differences of the losses at entry + h and entry − h in turns, (2n,), and their relative errors."""
    up, down = sides.reshape(-1, 2).T
    with np.errstate(all="ignore"):
        differences = (up - down) / (2 * steps)
        return differences, np.abs(differences - autograd) / np.maximum(
            np.maximum(np.abs(differences), abs(autograd)), TINY
        )


def _rounding(steps: NDArray[np.float64], moved: float, autograd: float) -> NDArray[np.float64]:
    """Relative error by rounding in float64, where `moved` is the size of the numbers that are rounded."""
    with np.errstate(all="ignore"):
        return EPSILON * moved / (steps * abs(autograd)) if autograd else np.full(len(steps), np.nan)


def _truncation(
    steps: NDArray[np.float64], differences: NDArray[np.float64], switches: NDArray[np.int64], autograd: float
) -> NDArray[np.float64]:
    """Relative error by curvature: the error of a central difference is c·h², so two of them tell c (Richardson)."""
    smooth = np.flatnonzero((switches == 0) & np.isfinite(differences))
    if len(smooth) < 2 or not autograd:
        return np.full(len(steps), np.nan)
    wide, narrow = smooth[:2]
    curvature = abs(differences[wide] - differences[narrow]) / abs(steps[wide] ** 2 - steps[narrow] ** 2)
    with np.errstate(all="ignore"):
        return np.asarray(curvature * steps**2 / abs(autograd))


def _recorded(iteration: Iteration, parameter: str, entry: tuple[int, ...]) -> float | None:
    values, held = iteration.gradients.get(parameter), iteration.cleared.get(parameter)
    if values is None or values.array is None:
        return None
    before = 0.0 if held is None or held.array is None else float(held.array[entry])
    return float(values.array[entry]) - before

"""Effect of a recorded step on every number of a parameter, with the formula worked out for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lenet.record import optimizers
from lenet.record.iteration import Iteration
from lenet.record.optimizers import OPTIMIZERS, Term

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class UpdateTable:
    """A parameter's numbers, one row each, in reading order.

    Attributes:
        shape: of the parameter.
        before: (n,).
        gradient: (n,).
        state: the optimizer's memory of each number before the step, (n,) each, by the symbol of the formulas; empty
            before its first step.
        names: what PyTorch calls each entry of `state`, by the same symbols.
        after: (n,).
    """

    shape: tuple[int, ...]
    before: Numbers
    gradient: Numbers
    state: Mapping[str, Numbers]
    names: Mapping[str, str]
    after: Numbers

    @property
    def change(self) -> Numbers:
        """(n,) after − before."""
        with np.errstate(invalid="ignore"):
            return self.after - self.before

    @property
    def largest(self) -> int:
        """The row of the gradient of the largest magnitude."""
        return int(np.abs(np.nan_to_num(self.gradient)).argmax())

    def index(self, row: int) -> tuple[int, ...]:
        """Index in the parameter of a row's number."""
        return tuple(int(place) for place in np.unravel_index(row, self.shape))


@dataclass(frozen=True)
class Changes:
    """Numbers of all parameters together, counted in the record of a step.

    Attributes:
        total: how many numbers there are.
        changed: those whose value after the step differs, bit for bit, from the one before.
        without: those of parameters whose `.grad` was None.
        zero: those whose gradient was exactly 0.
        zero_changed: those of `zero` that changed all the same, by what the optimizer remembers or by weight decay.
        kept: finite ones that stayed as they were though their gradient wasn't 0: the change was rounded away, or the
            learning rate is 0.
    """

    total: int
    changed: int
    without: int
    zero: int
    zero_changed: int
    kept: int


def changes(iteration: Iteration) -> Changes | None:
    """Count what the step did to the parameters; None where there was no step, or arrays weren't kept."""
    after = iteration.after
    if after is None:
        return None
    total = changed = without = zero = zero_changed = kept = 0
    for name, values in after.parameters.items():
        old, new, gradient = iteration.before.parameters[name].array, values.array, iteration.gradients[name]
        if old is None or new is None or (gradient is not None and gradient.array is None):
            return None
        differs = _bits(old) != _bits(new)
        moved = differs.any(-1)
        total += moved.size
        changed += int(moved.sum())
        if gradient is None:
            without += moved.size
            continue
        flat = np.asarray(gradient.array).ravel()
        none = np.broadcast_to(flat == 0, moved.shape)
        zero += int(none.sum())
        zero_changed += int((none & moved).sum())
        kept += int((~none & ~moved & np.isfinite(new).ravel()).sum())
    return Changes(total, changed, without, zero, zero_changed, kept)


def _bits(array: NDArray[np.generic]) -> NDArray[np.uint8]:
    """(n, bytes of a number) of an array of n numbers."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(np.uint8).reshape(flat.size, flat.itemsize)


def table(iteration: Iteration, parameter: str) -> UpdateTable | None:
    """The table of a parameter; None where it has no gradient, or it didn't come to the step, or arrays weren't
    kept.
    """
    after, gradient = iteration.after, iteration.gradients.get(parameter)
    if after is None or gradient is None or gradient.array is None:
        return None

    def flat(array: NDArray[np.generic] | None) -> Numbers:
        wide = np.asarray(array, np.float64).ravel()
        return np.broadcast_to(wide, gradient.size) if wide.size == 1 else wide

    fits = iteration.before.updated_by == iteration.setup.optimizer
    remembered = iteration.before.optimizer.get(parameter, {}) if fits else {}
    symbols = OPTIMIZERS[iteration.setup.optimizer].state
    names = {symbols[name]: name for name in remembered if name in symbols}
    return UpdateTable(
        gradient.shape,
        flat(iteration.before.parameters[parameter].array),
        flat(gradient.array),
        {symbol: flat(remembered[name].array) for symbol, name in names.items()},
        names,
        flat(after.parameters[parameter].array),
    )


def work(iteration: Iteration, numbers: UpdateTable, row: int) -> tuple[Term, ...]:
    """Lines of the update's formula, worked out for one row."""
    setup = iteration.setup
    return optimizers.find(setup.optimizer, setup.weight_decay).work(
        setup.lr,
        float(numbers.before[row]),
        float(numbers.gradient[row]),
        {symbol: float(values[row]) for symbol, values in numbers.state.items()},
    )

"""Source lines of an iteration, with the lines of each of its stops."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from lenet.explain.timeline import Stop
from lenet.networks import stack_source
from lenet.networks.stack import Net
from lenet.record import modes, optimizers
from lenet.record.iteration import Iteration
from lenet.record.losses import LOSSES
from lenet.scripts import phase_code


@dataclass(frozen=True)
class Listing:
    """Lines of Python.

    Attributes:
        lines: as they are shown: the model's `forward`, an empty line, and the iteration.
        start: number of the first line of `forward` in its own file.
        forward: how many lines of `forward` there are.
        phases: the lines of each phase, counted from 0.
    """

    lines: tuple[str, ...]
    start: int
    forward: int
    phases: dict[str, tuple[int, ...]]

    def at(self, stop: Stop, iteration: Iteration) -> tuple[int, ...]:
        """The lines that run at a stop: the iteration's, and the model's own where it is in its forward or its
        backward.
        """
        lines = self.phases[stop.phase]
        source = None
        if stop.operation is not None:
            source = iteration.operations[stop.operation].source
        elif stop.node is not None and iteration.graph is not None:
            source = iteration.graph.nodes[stop.node].source
        if source is None or source.function != "forward":
            return lines
        own = source.line - self.start
        return (own, *lines) if 0 <= own < self.forward else lines


def listing(model: nn.Module, iteration: Iteration) -> Listing:
    """The listing of an iteration of a model."""
    code, start = _forward(model)
    lines = [*code, ""] if code else []
    phases: dict[str, tuple[int, ...]] = {}

    def add(phase: str | None, text: str) -> None:
        first = len(lines)
        lines.extend(text.splitlines())
        if phase is not None:
            phases[phase] = (*phases.get(phase, ()), *range(first, len(lines)))

    setup = iteration.setup
    loss = LOSSES[setup.loss]
    made, step = optimizers.find(setup.optimizer, setup.weight_decay).code(setup.lr)
    seed = f"torch.manual_seed({setup.mask_seed})" if modes.differences(model).draws else ""
    if made:
        add(None, made)
    add("batch", _batch(iteration))
    add("zero_grad", phase_code.zero_grad(setup))
    if modes.differences(model).differ:
        add(None, f"model.{setup.mode}()")
    add("forward", seed)
    add("forward", "out = model(x)")
    add("loss", loss.line("out"))
    add("backward", loss.backward())
    add("step", step)
    add("re-evaluate", seed)
    add("re-evaluate", f"with torch.no_grad():\n    {loss.again()}")
    return Listing(tuple(lines), start, len(code), phases)


def _forward(model: nn.Module) -> tuple[Sequence[str], int]:
    """Lines of a model's `forward`, and the number of the first, as its operations count them."""
    if isinstance(model, Net):
        return stack_source.forward(model.stack).lines, 1
    try:
        own, start = inspect.getsourcelines(type(model).forward)
    except (OSError, TypeError):  # typed in, or not written in Python
        return [], 0
    return textwrap.dedent("".join(own)).splitlines(), start


def _batch(iteration: Iteration) -> str:
    name, outcome = LOSSES[iteration.setup.loss].target, iteration.outcome_before
    if outcome is None:  # it did not come to a target
        return f"x, {name} = batch"
    target = phase_code.target(iteration.setup, "labels", "len(batch)", outcome.logits.shape[1])
    return f"x, {name} = batch, {target}"

"""The lines of Python that an iteration runs, so that each of its moments can point at its own."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass

from torch import nn

from lenet import losses, updates
from lenet.iteration import LEFT_OUT, TO_ZEROS, Iteration, Setup
from lenet.stops import Stop


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


def listing(model: nn.Module, setup: Setup) -> Listing:
    """The listing of an iteration of a model."""
    try:
        own, start = inspect.getsourcelines(type(model).forward)
    except (OSError, TypeError):  # typed in, or not written in Python
        own, start = [], 0
    code = textwrap.dedent("".join(own)).splitlines()
    lines = [*code, ""] if code else []
    phases: dict[str, tuple[int, ...]] = {}

    def add(phase: str | None, text: str) -> None:
        first = len(lines)
        lines.extend(text.splitlines())
        if phase is not None:
            phases[phase] = (*phases.get(phase, ()), *range(first, len(lines)))

    made, step = updates.code(setup.optimizer, setup.lr)
    if made:
        add(None, made)
    add("batch", _target(setup))
    if setup.zero_grad == LEFT_OUT:
        add("zero_grad", "# zero_grad() is left out")
    else:
        add("zero_grad", f"model.zero_grad({'set_to_none=False' if setup.zero_grad == TO_ZEROS else ''})")
    add("forward", "out = model(x)")
    if setup.loss == losses.NONE:
        add("loss", "# no loss: a gradient is put in")
        add("backward", "out.backward(gradient)")
    else:
        add("loss", f"loss = F.{'mse_loss' if setup.loss == losses.MSE else setup.loss}(out, target)")
        add("backward", "loss.backward()")
    add("step", step)
    add("re-evaluate", f"with torch.no_grad():\n    {_again(setup)}")
    return Listing(tuple(lines), start, len(code), phases)


def _target(setup: Setup) -> str:
    if setup.loss == losses.NONE:
        return "x, gradient = batch, torch.randn(len(batch), 10)"
    if setup.target == losses.COUNT:
        return "x, target = batch, torch.arange(1.0, 11.0).expand(len(batch), 10)"
    if setup.target == losses.LABEL:
        return (
            "x, target = batch, labels"
            if setup.loss == losses.CROSS_ENTROPY
            else "x, target = batch, F.one_hot(labels, 10).float()"
        )
    random = "torch.randint(10, (len(batch),))" if setup.loss == losses.CROSS_ENTROPY else "torch.randn(len(batch), 10)"
    return f"x, target = batch, {random}"


def _again(setup: Setup) -> str:
    if setup.loss == losses.NONE:
        return "out = model(x)"
    return f"loss = F.{'mse_loss' if setup.loss == losses.MSE else setup.loss}(model(x), target)"

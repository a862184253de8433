"""The lines of Python that run the phases of an iteration, for its listing and its scripts.

Their names are `model`, `x`, `out`, what `Loss.target` says, `loss`, `optimizer`, and `mask_seed` where a pass draws.
"""

from __future__ import annotations

import textwrap
from typing import Final

from torch import nn

from lenet.record import modes, optimizers
from lenet.record.experiment import Experiment
from lenet.record.iteration import LEFT_OUT, TO_ZEROS, Setup
from lenet.record.losses import LOSSES


def target(setup: Setup, labels: str, count: str, classes: int, generator: str = "") -> str:
    """Expression of what the loss compares the output with.

    Args:
        setup: names the loss and the target.
        labels: expression of the labels, (N,).
        count: expression of N.
        classes: number of classes.
        generator: `, generator=...` for random numbers that come again.
    """
    code = LOSSES[setup.loss].targets[setup.target].code
    return code.format(labels=labels, count=count, classes=classes, end=classes + 1, generator=generator)


def zero_grad(setup: Setup) -> str:
    """The line that clears the gradients, or a comment that says why there is none."""
    if setup.zero_grad == LEFT_OUT:
        return "# zero_grad is left out on purpose: gradients add up."
    return f"model.zero_grad({'set_to_none=False' if setup.zero_grad == TO_ZEROS else ''})"


SEED: Final = "torch.manual_seed(mask_seed)"
"""Line before a forward pass that draws random numbers."""


def mask_seed(model: nn.Module, setup: Setup) -> str:
    """The line with the seed of what the first step's pass draws, "" for a network that draws nothing."""
    return f"mask_seed = {setup.mask_seed}" if modes.differences(model).draws else ""


def seeded(model: nn.Module, line: str) -> str:
    """The lines of a forward pass, with the seed before it where it draws random numbers."""
    return f"{SEED}\n{line}" if modes.differences(model).draws else line


def next_seed(model: nn.Module) -> str:
    """The line that makes the seed that of the next step, "" for a network that draws nothing."""
    return "mask_seed += 1\n" if modes.differences(model).draws else ""


def moves_statistics(model: nn.Module, mode: str) -> bool:
    """True if a forward pass in this mode changes buffers, as batch norm does with its running statistics."""
    return mode == modes.TRAIN and modes.differences(model).differ and any(True for _ in model.buffers())


def earlier(model: nn.Module, experiment: Experiment, passes: str) -> str:
    """The lines that take the steps before the last; none where there are none.

    Args:
        model: the network.
        experiment: says how, and how many with the last.
        passes: the lines that go forward and backward.
    """
    setup, steps = experiment.setup, experiment.steps
    if steps < 2:
        return ""
    optimizer, update = optimizers.find(setup.optimizer, setup.weight_decay).code(setup.lr)
    body = textwrap.indent(f"{zero_grad(setup)}\n{passes}\n{update}\n{next_seed(model)}", "    ")
    return f"{optimizer}\nfor _ in range({steps - 1}):  # the steps before\n{body}\n".lstrip()

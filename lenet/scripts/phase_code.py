"""The lines of Python that run the phases of an iteration, for its listing and its scripts.

Their names are `model`, `x`, `out`, what `Loss.target` says, `loss` and `optimizer`.
"""

from __future__ import annotations

import textwrap

from lenet.record import optimizers
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


def earlier(experiment: Experiment, passes: str) -> str:
    """The lines that take the steps before the last; none where there are none.

    Args:
        experiment: says how, and how many with the last.
        passes: the lines that go forward and backward.
    """
    setup, steps = experiment.setup, experiment.steps
    if steps < 2:
        return ""
    optimizer, update = optimizers.find(setup.optimizer, setup.weight_decay).code(setup.lr)
    body = textwrap.indent(f"{zero_grad(setup)}\n{passes}\n{update}", "    ")
    return f"{optimizer}\nfor _ in range({steps - 1}):  # the steps before\n{body}\n".lstrip()

"""The lines of Python that run the phases of an iteration, for its listing and its scripts.

Their names are `model`, `x`, `out`, `target` (`gradient` where there is no loss), `loss` and `optimizer`.
"""

from __future__ import annotations

import textwrap

from lenet.record import losses, optimizers
from lenet.record.experiment import Experiment
from lenet.record.iteration import LEFT_OUT, TO_ZEROS, Setup


def target_name(setup: Setup) -> str:
    """What the output is compared with is called."""
    return "gradient" if setup.loss == losses.NONE else "target"


def target(setup: Setup, labels: str, count: str, classes: int, generator: str = "") -> str:
    """The expression of what the output is compared with.

    Args:
        setup: says what it is.
        labels: expression of the labels, (N,).
        count: expression of N.
        classes: how many there are.
        generator: `, generator=...` for random numbers that come again.
    """
    if setup.target == losses.COUNT:
        return f"torch.arange(1.0, {classes + 1}.0).expand({count}, {classes})"
    is_class = setup.loss == losses.CROSS_ENTROPY
    if setup.target == losses.LABEL:
        return labels if is_class else f"F.one_hot({labels}, {classes}).float()"
    return (
        f"torch.randint({classes}, ({count},){generator})"
        if is_class
        else f"torch.randn({count}, {classes}{generator})"
    )


def zero_grad(setup: Setup) -> str:
    """The line that clears the gradients, or a comment that says why there is none."""
    if setup.zero_grad == LEFT_OUT:
        return "# zero_grad is left out on purpose: gradients add up."
    return f"model.zero_grad({'set_to_none=False' if setup.zero_grad == TO_ZEROS else ''})"


def loss(setup: Setup, out: str) -> str:
    """The expression of the loss of an output; without one, of the number whose gradient at `out` is the target."""
    if setup.loss == losses.NONE:
        return f"({out} * gradient).sum()"
    return f"F.{'mse_loss' if setup.loss == losses.MSE else 'cross_entropy'}({out}, target)"


def backward(setup: Setup) -> str:
    """The line that computes the gradients."""
    return "out.backward(gradient)" if setup.loss == losses.NONE else "loss.backward()"


def earlier(experiment: Experiment, passes: str) -> str:
    """The lines that take the steps before the last; none where there are none.

    Args:
        experiment: says how, and how many with the last.
        passes: the lines that go forward and backward.
    """
    setup, steps = experiment.setup, experiment.steps
    if steps < 2:
        return ""
    optimizer, update = optimizers.code(setup.optimizer, setup.lr)
    body = textwrap.indent(f"{zero_grad(setup)}\n{passes}\n{update}", "    ")
    return f"{optimizer}\nfor _ in range({steps - 1}):  # the steps before\n{body}\n".lstrip()

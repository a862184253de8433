"""The gradients of an iteration, and the check of one of them, as a script that runs by itself and prints the same."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
from torch import nn

from lenet import losses, script, updates
from lenet.gradient_check import locate
from lenet.iteration import LEFT_OUT, TO_ZEROS, Iteration, Setup


def gradients(
    model: nn.Module, weights: str, iteration: Iteration, parameter: str, index: Sequence[int], taken: int = 1
) -> str:
    """A script that prints every bias gradient before and after backward, and finite differences of one number.

    Args:
        model: that was recorded; the source of its class goes into the script.
        weights: the lines that make `model` as it was before the first step, see `lenet.script`.
        iteration: the one that the script repeats; its input goes into the script.
        parameter: name of the parameter that is checked.
        index: of the number in it.
        taken: which step from these weights it is, all with the same setup; those before it are taken too.

    Raises:
        InputError: there is no such parameter or entry.
    """
    entry = ", ".join(map(str, locate(iteration, parameter, index)))
    backward = "out = model(x)\nloss_of(out).backward()"
    if iteration.setup.loss == losses.NONE:
        backward = "out = model(x)\nout.backward(target)"
    return (
        script.header(model, weights, f"The gradients of an iteration of {type(model).__name__}, and a check of one.")
        + f'''
{batch(iteration)}
target = {target(iteration)}


def loss_of(out: Tensor) -> Tensor:
    return {loss(iteration.setup)}


def show(when: str) -> None:
    for name, p in model.named_parameters():
        if p.ndim == 1:
            numbers = p.grad if p.grad is None else " ".join(f"{{number:.6g}}" for number in p.grad.tolist())
            print(f"{{name}}.grad {{when}} backward: {{numbers}}")

{earlier(iteration.setup, backward, taken)}
{zero_grad(iteration.setup)}
show("before")
{backward}
show("after")

# Autograd against finite differences, in float64.
model.double()
x = x.double()
w = model.get_parameter("{parameter}")
autograd = torch.autograd.grad(loss_of(model(x)), w)[0][{entry}].item()
print(f"{parameter}.grad[{entry}] by autograd in float64: {{autograd:.12g}}")
value = w[{entry}].item()
for power in range(1, 13):
    h = 10.0**-power
    with torch.no_grad():
        w[{entry}] = value + h
        up = loss_of(model(x)).item()
        w[{entry}] = value - h
        down = loss_of(model(x)).item()
    difference = (up - down) / (2 * h)
    larger = max(abs(difference), abs(autograd))
    error = abs(difference - autograd) / larger if larger else 0.0
    print(f"h = {{h:.0e}}  {{difference:.12g}}  relative error {{error:.2g}}")
'''
    )


def batch(iteration: Iteration) -> str:
    """Lines that make `x`: pictures as bytes, anything else as float32."""
    inputs = np.asarray(iteration.inputs, np.float32)
    pixels = np.clip(np.nan_to_num(inputs * 255).round(), 0, 255).astype(np.uint8)
    pictures = np.array_equal(pixels.astype(np.float32) / np.float32(255), inputs)
    kind, scale = ("uint8", " / 255") if pictures else ("float32", "")
    return (
        f'INPUT = """\n{script.encode(pixels if pictures else inputs)}\n"""\n'
        f"x = torch.frombuffer(bytearray(base64.b64decode(INPUT)), dtype=torch.{kind}).view{inputs.shape}{scale}"
    )


def target(iteration: Iteration) -> str:
    """The expression of what `loss_of` compares with, as `losses.make_target` makes it."""
    setup, count = iteration.setup, len(iteration.inputs)
    generator = f"generator=torch.Generator().manual_seed({setup.target_seed})"
    if setup.loss == losses.CROSS_ENTROPY and setup.target == losses.RANDOM:
        return f"torch.randint(10, ({count},), {generator})"
    if setup.target == losses.RANDOM:
        return f"torch.randn(({count}, 10), {generator})"
    if setup.target == losses.COUNT:
        return f"torch.arange(1.0, 11.0).expand({count}, 10)"
    labels = f"torch.tensor({[] if iteration.labels is None else iteration.labels.tolist()})"
    return labels if setup.loss == losses.CROSS_ENTROPY else f"F.one_hot({labels}, 10).float()"


def loss(setup: Setup) -> str:
    """The expression of the loss of `out`, in the type of `out`."""
    if setup.loss == losses.CROSS_ENTROPY:
        return "F.cross_entropy(out, target)"
    return "F.mse_loss(out, target.to(out))" if setup.loss == losses.MSE else "(out * target.to(out)).sum()"


def zero_grad(setup: Setup) -> str:
    """The line that clears the gradients."""
    if setup.zero_grad == LEFT_OUT:
        return "# zero_grad() is left out: gradients add up"
    return f"model.zero_grad({'set_to_none=False' if setup.zero_grad == TO_ZEROS else ''})"


def earlier(setup: Setup, backward: str, taken: int) -> str:
    """Lines that take the steps before the last, empty where there are none."""
    if taken < 2:
        return ""
    made, step = updates.code(setup.optimizer, setup.lr)
    body = textwrap.indent("\n".join([zero_grad(setup), backward, step]), "    ")
    return f"\n{made}\nfor _ in range({taken - 1}):  # the steps before\n{body}\n"

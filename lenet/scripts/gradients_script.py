"""Stand-alone script that prints the gradients of an iteration and the check of one of them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from torch import nn

from lenet.digits.batch import Batch
from lenet.record.experiment import Experiment
from lenet.record.losses import LOSSES
from lenet.scripts import page_scripts, phase_code


def gradients(
    model: nn.Module,
    weights: str,
    batch: Batch,
    experiment: Experiment,
    parameter: str,
    index: Sequence[int],
) -> str:
    """A script that prints every bias gradient before and after backward, the gradient at the input, and
    finite differences of one number.

    Args:
        model: the network; the source of its class goes into the script.
        weights: the lines that make `model` as it was before the first step, see `lenet.scripts.page_scripts`.
        batch: its pictures go into the script, or the seed of its noise.
        experiment: says how the steps are taken, and how many; the gradients are those of the last.
        parameter: name of the parameter that is checked.
        index: of the number in it.
    """
    setup = experiment.setup
    entry = ", ".join(map(str, index))
    loss = LOSSES[setup.loss]
    wide = f"\n{loss.target} = {loss.target}.double()" if loss.targets[setup.target].wide else ""
    return page_scripts.whole(
        model,
        weights,
        f"The gradients of an iteration of {type(model).__name__}, and a check of one.",
        f"""
torch.set_num_threads(1)  # the order in which numbers are added decides their last digits

{page_scripts.inputs(model, batch, setup)}
{phase_code.mask_seed(model, setup)}


def loss_now() -> Tensor:
{textwrap.indent(phase_code.seeded(model, "out = model(x)"), "    ")}
    return {loss.code("out")}


def show(when: str) -> None:
    for name, p in model.named_parameters():
        if name.endswith("bias"):
            numbers = p.grad if p.grad is None else " ".join(f"{{number:.6g}}" for number in p.grad.tolist())
            print(f"{{name}}.grad {{when}} backward: {{numbers}}")


{phase_code.earlier(model, experiment, "loss_now().backward()")}
{phase_code.zero_grad(setup)}
show("before")
loss_now().backward()
show("after")

# The gradient at the input: which pixels mattered.
x.requires_grad_()
(at_input,) = torch.autograd.grad(loss_now(), x)
x.requires_grad_(False)
for digit, gradient_of_digit in enumerate(at_input):
    place = gradient_of_digit.abs().argmax().item()
    _, row, column = (int(i) for i in torch.unravel_index(torch.tensor(place), gradient_of_digit.shape))
    largest = gradient_of_digit.flatten()[place].item()
    norm = gradient_of_digit.norm().item()
    print(f"gradient at input {{digit}}: norm {{norm:.6g}}, largest {{largest:.6g}} in row {{row}}, column {{column}}")

# Autograd against finite differences, in float64.
model.double()
x = x.double(){wide}
w = model.get_parameter("{parameter}")
autograd = torch.autograd.grad(loss_now(), w)[0][{entry}].item()
print(f"{parameter}.grad[{entry}] by autograd in float64: {{autograd:.12g}}")
value = w[{entry}].item()
for power in range(1, 13):
    h = 10.0**-power
    with torch.no_grad():
        w[{entry}] = value + h
        up = loss_now().item()
        w[{entry}] = value - h
        down = loss_now().item()
    difference = (up - down) / (2 * h)
    larger = max(abs(difference), abs(autograd))
    error = abs(difference - autograd) / larger if larger else 0.0
    print(f"h = {{h:.0e}}  {{difference:.12g}}  relative error {{error:.2g}}")
""",
        experiment.mode,
    )

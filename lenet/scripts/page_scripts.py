"""Stand-alone PyTorch scripts that print the numbers of a page."""

from __future__ import annotations

import ast
import base64
import inspect
import itertools
import re
import textwrap
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from lenet.digits.batch import Batch
from lenet.networks import form, models, own, resnet, stack, stack_source
from lenet.networks.own import Own
from lenet.networks.stack import Net
from lenet.record import modes, optimizers
from lenet.record.experiment import FILE, RANDOM, RUN, SHIPPED, Experiment, Weights, step_setup
from lenet.record.graph import Graph
from lenet.record.iteration import Setup
from lenet.record.losses import LOSSES
from lenet.record.recorder import record
from lenet.scripts import phase_code

HEADER: Final = '''"""{title}"""

import base64
import copy
import math
import sys
import zlib
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

{network}{weights}
model.{mode}()
'''


IMPORT: Final = re.compile(r"(import |from \S+ import (?:\w+ as )?)(\w+(?:, \w+)*)")
"""A line of an import: what stands before the names, and the names."""


def forward(model: nn.Module, weights: str, picture: NDArray[np.uint8] | Batch) -> str:
    """A script that sends one digit through a network, and prints each layer's range and the probabilities.

    Args:
        model: the network; the source of its class goes into the script.
        weights: the lines that make `model`, from `made` or `resnet18`.
        picture: (side, side) uint8 of the network's `Form.side`, 255 for 1.0, or a batch of one input; it goes into the
            script.
    """
    if isinstance(picture, Batch):
        x = _numbers(picture.inputs)
    else:
        plain = form.of(model).plain
        x = pictures(picture[None]) if plain else _numbers(form.of(model).inputs(picture[None]))
    return whole(
        model,
        weights,
        f"One digit through {_name(model)}, layer by layer.",
        f"""
{x}

# Every module with weights says what it gives.
for name, module in model.named_children():
    module.register_forward_hook(
        lambda module, args, output, name=name: print(
            f"{{name:8}}{{str(tuple(output.shape)):18}}min {{output.min():9.4f}}  max {{output.max():9.4f}}"
        )
    )

with torch.no_grad():
    logits = model(x)
for digit, probability in enumerate(torch.softmax(logits, dim=1)[0].tolist()):
    print(f"{{digit}}  {{probability:.6g}}")
""",
    )


def weights(model: nn.Module, weights: str) -> str:
    """A script that prints statistics of each layer's weights, beside the bound of PyTorch's initialisation.

    Args:
        model: as for `forward`.
        weights: as for `forward`.
    """
    return whole(
        model,
        weights,
        f"The weights of {_name(model)}.",
        """
for name, parameter in model.named_parameters():
    values = parameter.detach().double()
    fan_in = model.get_submodule(name.rpartition(".")[0]).weight[0].numel()
    print(
        f"{name:14}{values.numel():7}  mean {values.mean():8.4f}  std {values.std(correction=0):7.4f}"
        f"  min {values.min():8.4f}  max {values.max():8.4f}  1/sqrt(fan_in) {1 / math.sqrt(fan_in):.4f}"
    )
""",
    )


REMEMBERED: Final = """\
# What the training run's optimizer remembers, a file of the checkpoint; without it, the update is that of a first step.
OPTIMIZER = Path("optimizer.safetensors")
if OPTIMIZER.is_file():
    for name, value in load_file(OPTIMIZER).items():
        parameter, _, entry = name.rpartition(".")
        optimizer.state[model.get_parameter(parameter)][entry] = value
else:
    print(f"{OPTIMIZER} isn't here")
"""


KEEP_BUFFERS: Final = "statistics = {name: buffer.clone() for name, buffer in model.named_buffers()}\n"
SHOW_BUFFERS: Final = """
for name, buffer in model.named_buffers():
    print(f"{name} before and after the forward pass")
    print(statistics[name])
    print(buffer)
"""
AGAIN: Final = "again = copy.deepcopy(model)  # a pass in training mode moves the running statistics\n"


def step(model: nn.Module, weights: str, batch: Batch, experiment: Experiment, remembered: bool = False) -> str:
    """A script that takes training steps as `lenet.record.experiment.run` does, and prints what they did.

    Args:
        model: as for `forward`.
        weights: as for `forward`.
        batch: its pictures go into the script, or the seed of its noise.
        experiment: says how the steps are taken, and how many.
        remembered: whether the optimizer goes on from a training run's checkpoint.
    """
    setup, steps = experiment.setup, experiment.steps
    loss = LOSSES[setup.loss]
    optimizer, update = optimizers.find(setup.optimizer, setup.weight_decay).code(setup.lr)
    moves = phase_code.moves_statistics(model, experiment.mode)
    after = AGAIN if moves else ""
    after += phase_code.seeded(model, f"out_after = {'again' if moves else 'model'}(x)")
    once = f"""\
{phase_code.zero_grad(setup)}
show_biases("before")
{KEEP_BUFFERS if moves else ""}{phase_code.seeded(model, "out = model(x)")}
loss = {loss.code("out")}
{loss.backward()}
show_biases("after")
{update}
{SHOW_BUFFERS if moves else ""}
with torch.no_grad():
{textwrap.indent(after, "    ")}
    loss_after = {loss.code("out_after")}
for name, p in model.named_parameters():
    print(f"{{name:14}} gradient's norm {{p.grad.double().norm():.6g}}")
for before, after in zip(torch.softmax(out, 1).tolist(), torch.softmax(out_after, 1).tolist()):
    print("probabilities before and after")
    for digit in range(len(before)):
        print(f"{{digit}}  {{before[digit]:<12.6g}}  {{after[digit]:.6g}}")
print(f"loss before {{loss.item():.6g}}")
print(f"loss after  {{loss_after.item():.6g}}")
"""
    if steps > 1:
        once += phase_code.next_seed(model)
        once = f"for number in range(1, {steps + 1}):\n" + textwrap.indent(f'print(f"step {{number}}")\n{once}', "    ")
    making = f"{optimizer}\n" if optimizer else ""
    making += REMEMBERED if optimizer and remembered else ""
    return whole(
        model,
        weights,
        f"{'One training step' if steps == 1 else f'{steps} training steps'} of {_name(model)}.",
        f"""
torch.set_num_threads(1)  # the order in which numbers are added decides their last digits
torch.set_printoptions(precision=6)

{inputs(model, batch, setup)}
{phase_code.mask_seed(model, setup)}
{making}

def show_biases(when: str) -> None:
    for name, p in model.named_parameters():
        if name.endswith("bias"):
            print(f"{{name}}.grad {{when}} backward")
            print(p.grad)


{once}""",
        experiment.mode,
    )


def graph(model: nn.Module, weights: str, batch: Batch, experiment: Experiment) -> str:
    """A script that walks the grad_fn graph behind a loss, and prints each node with the expression that reaches it.

    Args:
        model: as for `forward`; its source is left out where it is not one of `lenet.networks.models`.
        weights: as for `forward`.
        batch: as for `step`.
        experiment: says which loss, and how the steps are taken; the graph is that of the last.

    Raises:
        InputError: the loss, its target and the batch don't fit.
    """
    setup = experiment.setup
    recorded = record(model, batch.inputs, batch.labels, step_setup(experiment, model, 1), keep=0)
    nodes, slots = _chain(recorded.graph)
    loss = LOSSES[setup.loss]
    root = loss.root
    forwards = phase_code.seeded(model, "out = model(x)")
    passes = f"{forwards}\n{loss.line('out')}\n{loss.backward()}"
    return whole(
        model,
        weights,
        f"The autograd graph of {_name(model)}, node by node.",
        f"""
torch.set_num_threads(1)  # the order in which numbers are added decides their last digits

{inputs(model, batch, setup)}
{phase_code.mask_seed(model, setup)}
{phase_code.earlier(model, experiment, passes)}
{forwards}
{loss.line("out")}

# Every node, breadth first, with the expression that reaches it.
expressions = {{{root}.grad_fn: "{root}.grad_fn"}}
ahead = [{root}.grad_fn]
for node in ahead:  # grows while it is walked
    for slot, (function, _) in enumerate(node.next_functions):
        if function is not None and function not in expressions:
            expressions[function] = f"{{expressions[node]}}.next_functions[{{slot}}][0]"
            ahead.append(function)

# A hook that returns None changes nothing: it only notes the gradient that arrives.
arrived = {{}}
for node in expressions:
    node.register_prehook(lambda gradients, node=node: arrived.update({{node: gradients}}))
{loss.backward()}

parameters = {{id(p): name for name, p in model.named_parameters()}}
print("  #  node                              gradient's norm  parameter, expression")
for index, (node, expression) in enumerate(expressions.items()):
    name = node.name().rpartition("::")[2]
    norm = math.sqrt(sum(g.double().square().sum().item() for g in arrived.get(node, ()) if g is not None))
    parameter = parameters.get(id(getattr(node, "variable", None)), "-")
    print(f"{{index:3}}  {{name:30}}{{norm:19.6g}}  {{parameter}}, {{expression}}")

# The chain from the {root} to the first operation. In between, next_functions lead to parameters too.
node = {root}.grad_fn
chain = [node.name()]
{textwrap.fill(f"slots = {slots}", 110, subsequent_indent="    ")}
for slot in slots:
    node = node.next_functions[slot][0]
    chain.append(node.name())
print(" -> ".join(["{root}", *chain]))
assert chain == [
{nodes}
]
""",
        experiment.mode,
    )


def made(name: str, weights: Weights, names: Mapping[str, str] | None = None) -> str:
    """The lines that make a network of `lenet.networks.models` with these weights.

    Args:
        name: of the network.
        weights: their source.
        names: as for `from_file`.
    """
    given = own.find(name)
    if given is not None:
        return own_code(given, weights, names)
    name = stack.short(name)
    if weights.source == RANDOM:
        return seeded(name, weights.seed)
    return from_file(name, weights.file, names) if weights.source in (FILE, RUN) else shipped(name)


def shipped(name: str) -> str:
    """The lines that load the weights which ship with the project; such a script runs in the project's folder."""
    return f"""\
WEIGHTS = Path("assets/weights/{name}.safetensors")
if not WEIGHTS.is_file():
    raise SystemExit(f"{{WEIGHTS}} isn't here. Run this script in the project's folder.")
model = {name}()
model.load_state_dict(load_file(WEIGHTS))"""


def from_file(name: str, path: str, names: Mapping[str, str] | None = None) -> str:
    """The lines that load the weights of a file.

    Args:
        name: of the network.
        path: of the file.
        names: the file's name for each entry of the network's state dict, where they differ.
    """
    if not names or all(own == found for own, found in names.items()):
        return f"model = {name}()\nmodel.load_state_dict(load_file({path!r}))"
    rows = "\n".join(f"    {own!r}: {found!r}," for own, found in names.items())
    return f"""\
weights = load_file({path!r})
# The network's names, and the file's.
names = {{
{rows}
}}
model = {name}()
model.load_state_dict({{own: weights[found] for own, found in names.items()}})"""


def own_code(given: Own, weights: Weights, names: Mapping[str, str] | None = None) -> str:
    """The lines that make a network of one's own with these weights.

    Args:
        given: the network.
        weights: their source.
        names: as for `from_file`.
    """
    code = given.code or f"model = ...  # {given.name}, as your script made it"
    lines = f"torch.manual_seed({weights.seed})\n{code}"
    file = given.weights if weights.source == SHIPPED else weights.file
    if not file or weights.source == RANDOM:
        return lines
    if names and any(mine != found for mine, found in names.items()):
        rows = "".join(f"    {mine!r}: {found!r},\n" for mine, found in names.items())
        load = f"weights = load_file({file!r})\nnames = {{\n{rows}}}\n"
        return f"{lines}\n{load}model.load_state_dict({{mine: weights[found] for mine, found in names.items()}})"
    return f"{lines}\nmodel.load_state_dict(load_file({file!r}))"


def seeded(name: str, seed: int) -> str:
    """The lines that draw the weights as `lenet.networks.models.build` does with this seed."""
    return f"torch.manual_seed({seed})\nmodel = {name}()"


def resnet18(seed: int) -> str:
    """The lines that make torchvision's network as `lenet.networks.resnet.resnet18` does with this seed."""
    return f"""\
try:
    from torchvision.models import resnet18
except RuntimeError:
    # torch and torchvision are of different builds: declare the operators that don't load, which nothing here calls.
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{{name}}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision.models import resnet18

model = resnet18(num_classes={resnet.CLASSES})
generator = torch.Generator().manual_seed({seed})
for module in model.modules():
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
bound = 1 / math.sqrt(model.fc.in_features)
nn.init.kaiming_uniform_(model.fc.weight, a=math.sqrt(5), generator=generator)
nn.init.uniform_(model.fc.bias, -bound, bound, generator=generator)"""


def whole(model: nn.Module, weights: str, title: str, body: str, mode: str | None = None) -> str:
    """A script: imports, the class of a network of `lenet.networks.models`, its weights, and what to do with it.

    Args:
        model: as for `forward`.
        weights: as for `forward`.
        title: first line of its docstring.
        body: lines after the network is made.
        mode: of the network, see `modes.MODES`; None for evaluation mode.
    """
    kind = type(model)
    network = inspect.getsource(kind).rstrip() if kind.__module__ == models.__name__ else ""
    if isinstance(model, Net):
        network = stack_source.source(model.stack)
    return _tidy(
        HEADER.format(title=title, network=network and f"\n{network}\n\n\n", weights=weights, mode=mode or modes.EVAL)
        + body
    )


def pictures(pictures: NDArray[np.uint8]) -> str:
    """The lines that make x of pictures, (N, size, size) uint8."""
    count, *side = pictures.shape
    shape = ", ".join(map(str, (count, 1, *side)))
    return f'''PIXELS = """
{_encode(pictures)}
"""
x = torch.frombuffer(bytearray(base64.b64decode(PIXELS)), dtype=torch.uint8).view({shape}) / 255'''


def _encode(array: NDArray[Any]) -> str:
    """An array's bytes in base64, in lines."""
    return "\n".join(textwrap.wrap(base64.b64encode(array.tobytes()).decode(), 100))


def _tidy(script: str) -> str:
    """A script without those imports of the header that it doesn't use, and without more than two empty lines."""
    used = {node.id for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Name)}
    lines = []
    for line in script.splitlines():
        found = IMPORT.fullmatch(line)
        names = [name for name in found[2].split(", ") if name in used] if found else []
        if not found or names:
            lines.append(found[1] + ", ".join(names) if found else line)
    tidied = re.sub(r'"""\n\n+(?=import|from)', '"""\n\n', "\n".join(lines)) + "\n"
    return re.sub(r"\n{4,}", "\n\n\n", tidied)


def _name(model: nn.Module) -> str:
    return type(model).__name__


def _numbers(values: NDArray[np.float32]) -> str:
    """The lines that make x of numbers, compressed, because most of them are blank paper."""
    packed = "\n".join(textwrap.wrap(base64.b64encode(zlib.compress(values.tobytes(), 9)).decode(), 100))
    return f'''NUMBERS = """
{packed}
"""
x = torch.frombuffer(bytearray(zlib.decompress(base64.b64decode(NUMBERS))), dtype=torch.float32).view{values.shape}'''


def inputs(model: nn.Module, batch: Batch, setup: Setup) -> str:
    """The lines that make x, and what the loss compares with."""
    seeded = "generator=torch.Generator().manual_seed({})"
    if batch.seed is None and (batch.pictures is None or not form.of(model).plain):
        x = _numbers(batch.inputs)
    elif batch.pictures is None:
        x = f"x = torch.randn{batch.inputs.shape}".removesuffix(")") + f", {seeded.format(batch.seed)})"
    else:
        x = pictures(batch.pictures)
    with torch.inference_mode():
        device = next(model.parameters()).device
        count, classes = model(torch.from_numpy(batch.inputs.copy()).to(device)).shape
    labels = f"torch.tensor({[] if batch.labels is None else batch.labels.tolist()})"
    target = phase_code.target(setup, labels, str(count), classes, f", {seeded.format(setup.target_seed)}")
    return f"{x}\n{LOSSES[setup.loss].target} = {target}"


def _chain(graph: Graph | None) -> tuple[str, list[int]]:
    """Names of the nodes of a graph's chain, a line each, and which of `next_functions` leads from each to the next."""
    if graph is None:
        return "", []
    chain = graph.chain()
    names = "\n".join(f'    "{graph.nodes[index].name}",' for index in chain)
    pairs = itertools.pairwise(chain)
    return names, [next(e.slot for e in graph.by_source[a] if e.target == b) for a, b in pairs]

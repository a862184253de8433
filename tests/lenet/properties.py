"""Properties that a recording of any model has, each held against plain PyTorch."""

from __future__ import annotations

import copy
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.graph import Node, Saved
from lenet.iteration import Iteration, Setup, record
from lenet.values import Values

Array = NDArray[Any]

KEEP: Final = 10**12
"""Numbers that a recording may keep here: all of them."""

UNSAVED: Final = ("_sym_strides", "_sym_sizes_opt")
"""Ends of names under which a node keeps no number of the model's."""

UNINITIALIZED: Final = {("CtcLossBackward0", "result1"), ("MkldnnRnnLayerBackward0", "result3")}
"""Tensors of which PyTorch fills only a part, so that the rest differs from run to run."""

_TORCH: Final = os.path.dirname(torch.__file__) + os.sep
_FRAME: Final = re.compile(r'\s*File "(?P<file>.+)", line (?P<line>\d+), in (?P<function>.+)')


class Line(NamedTuple):
    """A line of Python that made a node."""

    file: str
    line: int
    function: str


@dataclass
class Step:
    """What a step of plain PyTorch gives: logits, loss, and by name the gradients, parameters and buffers."""

    logits: Tensor
    loss: float
    gradients: dict[str, Tensor | None]
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]


@dataclass
class PlainNode:
    """A grad_fn of plain PyTorch.

    Attributes:
        name: as PyTorch says it.
        saved: the tensors that it held just before backward ran it, by name; empty where backward didn't reach it.
        line: the innermost line outside of PyTorch in the traceback that anomaly mode kept, None where there is none
            below the call of the model.
        known: whether anomaly mode kept a traceback of it.
    """

    name: str
    saved: dict[str, Tensor]
    line: Line | None
    known: bool


def violations(
    model: nn.Module, inputs: Array, labels: Array, setup: Setup = Setup(), seed: int = 0, keep: int = KEEP
) -> list[str]:
    """How a recording of two steps of a model differs from plain PyTorch, a sentence for each difference.

    Args:
        model: in the mode in which it is to run.
        inputs: (N, C, H, W) float32.
        labels: (N,) int64.
        setup: with the loss `cross_entropy` and the optimizer `SGD`.
        seed: of the random numbers that the model draws in each step.
        keep: as of `record`. Where a recording keeps summaries, these are compared, and there is no second step.
    """
    own, untouched = copy.deepcopy(model), _numbers(model)
    optimizer = torch.optim.SGD(own.parameters(), lr=setup.lr)
    wanted = _plain_step(own, optimizer, inputs, labels, seed)
    torch.manual_seed(seed)
    recorded = record(model, inputs, labels, setup, keep=keep)
    if recorded.failure is not None:
        return [f"first step: {recorded.failure}"]
    found = [f"first step: {one}" for one in _of_step(recorded, wanted)]
    found += [f"the model's own {name} has changed" for name in _changed(untouched, _numbers(model))]
    nodes = plain_nodes(copy.deepcopy(model), inputs, labels, seed)
    found += _of_nodes(recorded, nodes)
    if recorded.after is None or any(values.array is None for values in recorded.after.parameters.values()):
        return found
    wanted = _plain_step(own, optimizer, inputs, labels, seed)
    torch.manual_seed(seed)
    again = record(model, inputs, labels, setup, recorded.after, keep)
    if again.failure is not None:
        return [*found, f"second step: {again.failure}"]
    return [*found, *(f"second step: {one}" for one in _of_step(again, wanted))]


def _plain_step(model: nn.Module, optimizer: torch.optim.Optimizer, inputs: Array, labels: Array, seed: int) -> Step:
    x, target = torch.from_numpy(inputs.copy()), torch.from_numpy(labels.copy())
    torch.manual_seed(seed)
    optimizer.zero_grad()
    out = model(x)
    loss = F.cross_entropy(out, target)
    loss.backward()
    gradients = {name: None if p.grad is None else p.grad.detach().clone() for name, p in model.named_parameters()}
    optimizer.step()
    return Step(
        out.detach().clone(),
        loss.item(),
        gradients,
        {name: p.detach().clone() for name, p in model.named_parameters()},
        {name: b.detach().clone() for name, b in model.named_buffers()},
    )


def plain_nodes(model: nn.Module, inputs: Array, labels: Array, seed: int) -> list[PlainNode]:
    """The graph of a plain forward pass in anomaly mode, in the order of `Graph.nodes`, and what each node held when
    backward came to it.
    """
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        x, target = torch.from_numpy(inputs.copy()), torch.from_numpy(labels.copy())
        torch.manual_seed(seed)
        loss = F.cross_entropy(_call(model, x), target)
        functions: list[Any] = [loss.grad_fn]
        seen = {loss.grad_fn}
        for function in functions:
            for one, _ in function.next_functions:
                if one is not None and one not in seen:
                    seen.add(one)
                    functions.append(one)
        lines = [_line(function) for function in functions]
        saved: dict[int, dict[str, Tensor]] = {}
        for index, function in enumerate(functions):
            function.register_prehook(_reader(saved, index, function))
        loss.backward()
    return [
        PlainNode(function.name(), saved.get(index, {}), line, known)
        for index, (function, (line, known)) in enumerate(zip(functions, lines, strict=True))
    ]


def _call(model: nn.Module, x: Tensor) -> Tensor:
    return model(x)  # lines from here up are no lines of the model's


def _reader(saved: dict[int, dict[str, Tensor]], index: int, function: Any) -> Any:
    def read(_: Any) -> None:
        saved[index] = {name: tensor.detach().clone() for name, tensor in saved_tensors(function)}

    return read


def saved_tensors(function: Any) -> Iterator[tuple[str, Tensor]]:
    """The tensors that a grad_fn holds, by the names that a recording gives them."""
    for name in dir(function):
        if name.startswith("_saved_") and not name.endswith(UNSAVED):
            value, label = getattr(function, name), name.removeprefix("_saved_")
            if isinstance(value, Tensor):
                yield label, value
            elif isinstance(value, tuple | list):
                for place, item in enumerate(value):
                    if isinstance(item, Tensor):
                        yield f"{label}[{place}]", item
    if isinstance(function, torch.autograd.function.BackwardCFunction):
        for place, item in enumerate(function.saved_tensors):
            if item is not None:
                yield f"saved_tensors[{place}]", item


def _line(function: Any) -> tuple[Line | None, bool]:
    frames = function.metadata.get("traceback_")
    if frames is None:
        return None, False
    for frame in reversed(frames):
        found = _FRAME.match(frame)
        if found is None or found["file"].startswith(_TORCH):
            continue
        if found["file"] == __file__:
            return None, True
        return Line(found["file"], int(found["line"]), found["function"]), True
    return None, True


def _of_step(recorded: Iteration, wanted: Step) -> Iterator[str]:
    after, outcome = recorded.after, recorded.outcome_before
    if after is None or outcome is None:
        yield "nothing was recorded, and no failure"
        return
    if not _same_array(outcome.logits, wanted.logits):
        yield f"the logits are {outcome.logits.ravel()[:3]}, and PyTorch's are {wanted.logits.flatten()[:3]}"
    if outcome.loss != wanted.loss and not (math.isnan(outcome.loss) and math.isnan(wanted.loss)):
        yield f"the loss is {outcome.loss}, and PyTorch's is {wanted.loss}"
    for kind, own, plain in (
        ("gradient", after.gradients, wanted.gradients),
        ("parameter", after.parameters, wanted.parameters),
        ("buffer", after.buffers, wanted.buffers),
    ):
        yield from _of_named(kind, own, plain)


def _of_named(kind: str, own: Mapping[str, Values | None], plain: Mapping[str, Tensor | None]) -> Iterator[str]:
    if own.keys() != plain.keys():
        yield f"{kind}s of {sorted(own.keys() ^ plain.keys())} are on one side alone"
    for name, tensor in plain.items():
        values = own.get(name)
        if not _same(values, tensor):
            yield f"the {kind} of {name} is {_said(values)}, and PyTorch's is {_said_tensor(tensor)}"


def _of_nodes(recorded: Iteration, nodes: list[PlainNode]) -> Iterator[str]:
    if recorded.graph is None:
        yield "there is no graph"
        return
    names = [node.name for node in recorded.graph.nodes]
    if names != [node.name for node in nodes]:
        yield f"the graph is {names}, and PyTorch's is {[node.name for node in nodes]}"
        return
    for node, plain in zip(recorded.graph.nodes, nodes, strict=True):
        yield from _of_saved(node, plain.saved)
        if plain.known and not _same_line(node, plain.line):
            yield f"node {node.index}, {node.title}, was made by {plain.line}, and not by {node.source}"


def _of_saved(node: Node, plain: dict[str, Tensor]) -> Iterator[str]:
    if node.order is None:
        return
    own: dict[str, Saved] = {saved.name: saved for saved in node.saved if saved.values is not None}
    for name in sorted(own.keys() | plain.keys()):
        if name not in own:
            yield f"node {node.index}, {node.title}, had saved {name}, and the recording has not"
        elif name not in plain:
            yield f"node {node.index}, {node.title}, had not saved {name}, and the recording has"
        elif (node.title, name) not in UNINITIALIZED and not _same(own[name].values, plain[name]):
            said, wanted = _said(own[name].values), _said_tensor(plain[name])
            yield f"node {node.index}, {node.title}, had saved {name} {wanted}, and the recording has {said}"


def _same_line(node: Node, line: Line | None) -> bool:
    if node.source is None or line is None:
        return node.source is line
    source = node.source
    return (source.line, source.function) == (line.line, line.function) and line.file.endswith(source.file)


def _same(values: Values | None, tensor: Tensor | None) -> bool:
    if values is None or tensor is None:
        return values is None and tensor is None
    if values.shape != tuple(tensor.shape) or values.dtype != str(tensor.dtype).removeprefix("torch."):
        return False
    if values.array is not None:
        return _same_array(values.array, tensor)
    numbers = tensor.detach().double()
    if numbers.numel() == 0:
        return values.norm == 0
    wanted = [float(numbers.min()), float(numbers.max())]
    near = math.isclose(values.norm, float(numbers.norm()), rel_tol=1e-12)
    return near and np.array_equal([values.summary.low, values.summary.high], wanted, equal_nan=True)


def _same_array(array: Array, tensor: Tensor) -> bool:
    """Whether they are the same to the last bit."""
    tensor = tensor.detach()
    if tensor.dtype is torch.bfloat16:
        tensor = tensor.float()
    wanted = tensor.to_dense().resolve_conj().resolve_neg().numpy()
    if array.dtype != wanted.dtype or array.shape != wanted.shape:
        return False
    return np.ascontiguousarray(array).tobytes() == np.ascontiguousarray(wanted).tobytes()


def _said(values: Values | None) -> str:
    if values is None:
        return "None"
    return f"{values.dtype}{list(values.shape)} of norm {values.norm}"


def _said_tensor(tensor: Tensor | None) -> str:
    if tensor is None:
        return "None"
    dtype = str(tensor.dtype).removeprefix("torch.")
    return f"{dtype}{list(tensor.shape)} of norm {tensor.detach().abs().double().norm()}"


def _numbers(model: nn.Module) -> dict[str, Tensor | None]:
    """Copies of a model's parameters, buffers and gradients by name."""
    found: dict[str, Tensor | None] = {}
    for name, p in model.named_parameters():
        found[f"parameter {name}"] = p.detach().clone()
        found[f"gradient of {name}"] = None if p.grad is None else p.grad.detach().clone()
    for name, buffer in model.named_buffers():
        found[f"buffer {name}"] = buffer.detach().clone()
    return found


def _changed(before: dict[str, Tensor | None], after: dict[str, Tensor | None]) -> list[str]:
    return [name for name in before.keys() | after.keys() if not _equal(before.get(name), after.get(name))]


def _equal(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and torch.equal(one.nan_to_num(), other.nan_to_num())

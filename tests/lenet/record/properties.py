"""Properties that a recording of any model has, each held against plain PyTorch."""

from __future__ import annotations

import copy
import hashlib
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
from torch.autograd.function import BackwardCFunction
from torch.nn import functional as F
from torch.utils.checkpoint import GraphExecGroup

from lenet.record import hidden_calls
from lenet.record.arrays import Values
from lenet.record.graph import Node, Saved
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record

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


class Numbers(NamedTuple):
    """A tensor of plain PyTorch, of which only this is kept, because there are many and some are large.

    Attributes:
        shape: of the tensor.
        dtype: PyTorch's name of its type, `float32`.
        digest: of all its bytes.
        norm: L2 norm, computed in float64.
        low: least value, of complex numbers the least magnitude; NaN where there is a NaN or no value at all.
        high: largest value; likewise.
    """

    shape: tuple[int, ...]
    dtype: str
    digest: bytes
    norm: float
    low: float
    high: float

    @classmethod
    def of(cls, tensor: Tensor) -> Numbers:
        """Summarize a tensor."""
        numbers = tensor.detach().to_dense().resolve_conj().resolve_neg()
        array = (numbers.float() if numbers.dtype is torch.bfloat16 else numbers).numpy()
        sizes = numbers.abs() if numbers.is_complex() else numbers
        if not sizes.is_floating_point():
            sizes = sizes.double()
        low, high = map(float, sizes.aminmax()) if numbers.numel() else (math.nan, math.nan)
        norm = float(torch.linalg.vector_norm(sizes, dtype=torch.float64))
        return cls(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), _digest(array), norm, low, high)

    def __str__(self) -> str:
        return f"{self.dtype}{list(self.shape)} of norm {self.norm}, {self.low} to {self.high}"


@dataclass
class Step:
    """Results of a step of plain PyTorch: logits, loss, and by name the gradients, parameters and buffers."""

    logits: Numbers
    loss: float
    gradients: dict[str, Numbers | None]
    parameters: dict[str, Numbers | None]
    buffers: dict[str, Numbers | None]


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
    saved: dict[str, Numbers]
    line: Line | None
    known: bool


def violations(
    model: nn.Module,
    inputs: Array,
    labels: Array,
    setup: Setup = Setup(),
    seed: int = 0,
    keep: int = KEEP,
    shown: int | None = None,
) -> list[str]:
    """Compare a recording of two steps of a model with plain PyTorch: a sentence for each difference.

    Args:
        model: in the mode in which it is to run.
        inputs: (N, C, H, W) float32.
        labels: (N,) int64.
        setup: with the loss `cross_entropy` and the optimizer `SGD`.
        seed: of the random numbers that the model draws in each step.
        keep: as of `record`. Where a recording keeps summaries, these are compared, and there is no second step.
        shown: likewise. Where a recording keeps the first rows, the summary of all is compared.
    """
    own, untouched = copy.deepcopy(model), _bytes(model)
    wanted = _plain_step(own, inputs, labels, setup.lr, seed)
    torch.manual_seed(seed)
    recorded = record(model, inputs, labels, setup, keep=keep, shown=shown)
    if recorded.failure is not None:
        return [f"first step: {recorded.failure}"]
    found = [f"first step: {one}" for one in _of_step(recorded, wanted)]
    found += [f"the model's own {name} has changed" for name in _changed(untouched, _bytes(model))]
    after = recorded.after
    if after is not None and all(values.array is not None for values in after.parameters.values()):
        wanted = _plain_step(own, inputs, labels, setup.lr, seed)
        torch.manual_seed(seed)
        again = record(model, inputs, labels, setup, after, keep, shown=shown)
        if again.failure is not None:
            found.append(f"second step: {again.failure}")
        else:
            found += [f"second step: {one}" for one in _of_step(again, wanted)]
        del again
    del own  # before there is another copy: some models are large
    return [*found, *_of_nodes(recorded, plain_nodes(copy.deepcopy(model), inputs, labels, seed))]


def _plain_step(model: nn.Module, inputs: Array, labels: Array, lr: float, seed: int) -> Step:
    x, target = torch.from_numpy(inputs.copy()), torch.from_numpy(labels.copy())
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    torch.manual_seed(seed)
    optimizer.zero_grad()
    out = model(x)
    loss = F.cross_entropy(out, target)
    loss.backward()
    optimizer.step()
    parameters = dict(model.named_parameters())
    return Step(
        Numbers.of(out),
        loss.item(),
        {name: None if p.grad is None else Numbers.of(p.grad) for name, p in parameters.items()},
        {name: Numbers.of(p) for name, p in parameters.items()},
        {name: Numbers.of(b) for name, b in model.named_buffers()},
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
        saved: dict[int, dict[str, Numbers]] = {}
        group = GraphExecGroup()  # a checkpoint is recomputed for our reading, besides for backward
        hooks = [one.register_prehook(_reader(saved, index, one, group)) for index, one in enumerate(functions)]
        loss.backward()
        for hook in hooks:
            hook.remove()  # a node, its hook and the node again: no garbage collection would find them
    return [
        PlainNode(function.name(), saved.get(index, {}), line, known)
        for index, (function, (line, known)) in enumerate(zip(functions, lines, strict=True))
    ]


def _call(model: nn.Module, x: Tensor) -> Tensor:
    return model(x)  # lines from here up are no lines of the model's


def _reader(saved: dict[int, dict[str, Numbers]], index: int, function: Any, group: GraphExecGroup) -> Any:
    def read(_: Any) -> None:
        with group:
            saved[index] = {name: Numbers.of(tensor) for name, tensor in saved_tensors(function)}

    return read


def saved_tensors(function: Any) -> Iterator[tuple[str, Tensor]]:
    """The tensors that a grad_fn holds, by the names that a recording gives them."""
    for name in dir(function):
        if name.startswith("_saved_") and not name.endswith(UNSAVED):
            yield from _named(name.removeprefix("_saved_"), getattr(function, name))
    if isinstance(function, BackwardCFunction):  # an autograd.Function, and what it has put on its context besides
        for label, value in {"saved_tensors": function.saved_tensors, **vars(function)}.items():
            yield from _named(label, value)


def _named(label: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield label, value
    elif isinstance(value, tuple | list):
        for place, item in enumerate(value):
            if isinstance(item, Tensor):
                yield f"{label}[{place}]", item


def _line(function: Any) -> tuple[Line | None, bool]:
    frames = function.metadata.get("traceback_")
    if frames is None:
        return None, False
    for frame in reversed(frames):
        found = _FRAME.match(frame)
        if found is None or found["file"].startswith(_TORCH) or found["file"] == hidden_calls.__file__:
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
    if _digest(outcome.logits) != wanted.logits.digest:
        yield f"the logits begin with {outcome.logits.ravel()[:3]}, and PyTorch's are {wanted.logits}"
    if outcome.loss != wanted.loss and not (math.isnan(outcome.loss) and math.isnan(wanted.loss)):
        yield f"the loss is {outcome.loss}, and PyTorch's is {wanted.loss}"
    for kind, own, plain in (
        ("gradient", after.gradients, wanted.gradients),
        ("parameter", after.parameters, wanted.parameters),
        ("buffer", after.buffers, wanted.buffers),
    ):
        yield from _of_named(kind, own, plain)


def _of_named(kind: str, own: Mapping[str, Values | None], plain: Mapping[str, Numbers | None]) -> Iterator[str]:
    if own.keys() != plain.keys():
        yield f"{kind}s of {sorted(own.keys() ^ plain.keys())} are on one side alone"
    for name, numbers in plain.items():
        values = own.get(name)
        if not _same(values, numbers) or (values is not None and values.cut):
            yield f"the {kind} of {name} is {_said(values)}, and PyTorch's is {numbers}"


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


def _of_saved(node: Node, plain: dict[str, Numbers]) -> Iterator[str]:
    if node.order is None:
        return
    own: dict[str, Saved] = {saved.name: saved for saved in node.saved if saved.values is not None}
    for name in sorted(own.keys() | plain.keys()):
        if name not in own:
            yield f"node {node.index}, {node.title}, had saved {name}, and the recording has not"
        elif name not in plain:
            yield f"node {node.index}, {node.title}, had not saved {name}, and the recording has"
        elif (node.title, name) not in UNINITIALIZED and not _same(own[name].values, plain[name]):
            said = _said(own[name].values)
            yield f"node {node.index}, {node.title}, had saved {name} {plain[name]}, and the recording has {said}"


def _same_line(node: Node, line: Line | None) -> bool:
    if node.source is None or line is None:
        return node.source is line
    source = node.source
    return (source.line, source.function) == (line.line, line.function) and line.file.endswith(source.file)


def _same(values: Values | None, wanted: Numbers | None) -> bool:
    """True if both are the same to the last bit; where not all numbers were kept, to the tenth digit of the norm."""
    if values is None or wanted is None:
        return values is None and wanted is None
    if (values.shape, values.dtype) != (wanted.shape, wanted.dtype):
        return False
    if values.array is not None and not values.cut:
        return _digest(values.array) == wanted.digest
    ends = [values.summary.low, values.summary.high]
    near = math.isclose(values.norm, wanted.norm, rel_tol=1e-10) or np.array_equal(values.norm, wanted.norm, True)
    return near and np.array_equal(ends, [wanted.low, wanted.high], equal_nan=True)


def _digest(array: Array) -> bytes:
    return hashlib.sha1(np.ascontiguousarray(array)).digest() + str(array.dtype).encode()


def _said(values: Values | None) -> str:
    if values is None:
        return "None"
    low, high = values.summary.low, values.summary.high
    return f"{values.dtype}{list(values.shape)} of norm {values.norm}, {low} to {high}"


def _bytes(model: nn.Module) -> dict[str, bytes]:
    """Digests of a model's parameters, buffers and gradients by name."""
    found = {f"parameter {name}": p for name, p in model.named_parameters()}
    found |= {f"gradient of {name}": p.grad for name, p in model.named_parameters() if p.grad is not None}
    found |= {f"buffer {name}": buffer for name, buffer in model.named_buffers()}
    return {name: Numbers.of(tensor).digest for name, tensor in found.items()}


def _changed(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    return [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]

"""Unusual models are recorded as plain PyTorch trains them, or refused in a sentence."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.record.arrays import Values, freeze
from lenet.record.graph import LOSS
from lenet.record.iteration import Iteration, Setup
from lenet.record.recorder import record
from tests.lenet.record import strangers

X = np.random.default_rng(0).standard_normal((3, 1, 8, 8)).astype(np.float32)
LABELS = np.array([0, 1, 0])
SETUP = Setup(lr=0.1)
UNINITIALIZED = {("MkldnnRnnLayerBackward0", "result3")}
"""Of which PyTorch fills only a part."""
_TORCH = str(Path(torch.__file__).parent)


def build(kind: type[nn.Module]) -> nn.Module:
    seed()
    return kind()


def seed() -> None:
    torch.manual_seed(3)
    random.seed(3)
    np.random.seed(3)


def loss_of(model: nn.Module) -> Tensor:
    return F.cross_entropy(model(torch.tensor(X)), torch.tensor(LABELS))


def plain(model: nn.Module, steps: int) -> list[dict[str, Any]]:
    """Gradients, parameters and buffers after each step of the ordinary loop."""
    optimizer, found = torch.optim.SGD(model.parameters(), lr=SETUP.lr), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model).backward()
        gradients = {name: p.grad for name, p in model.named_parameters()}
        kept = {f"gradient of {name}": None if g is None else freeze(g, True) for name, g in gradients.items()}
        optimizer.step()
        tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        found.append({**kept, **{name: freeze(tensor, True) for name, tensor in tensors.items()}})
    return found


def recorded(model: nn.Module, steps: int) -> list[Iteration]:
    found: list[Iteration] = []
    for _ in range(steps):
        found.append(record(model, X, LABELS, SETUP, found[-1].after if found else None))
        assert found[-1].failure is None
    return found


def numbers(iteration: Iteration) -> dict[str, Any]:
    after = iteration.after
    assert after is not None
    gradients = {f"gradient of {name}": values for name, values in after.gradients.items()}
    every: dict[str, Values | None] = {**gradients, **after.parameters, **after.buffers}
    return {name: None if values is None else values.array for name, values in every.items()}


@pytest.mark.parametrize("kind", strangers.FOLLOWED, ids=lambda kind: kind.__name__)
def test_two_steps_are_those_of_plain_pytorch(kind: type[nn.Module]) -> None:
    model = build(kind)
    before = {name: freeze(tensor, True) for name, tensor in model.state_dict().items()}
    seed()
    found = recorded(model, 2)
    for name, tensor in model.state_dict().items():
        assert np.array_equal(freeze(tensor), before[name]), name
    assert all(p.grad is None for p in model.parameters())
    seed()
    for iteration, wanted in zip(found, plain(model, 2), strict=True):
        kept = numbers(iteration)
        assert kept.keys() == wanted.keys()
        for name, array in wanted.items():
            assert np.array_equal(kept[name], array, equal_nan=True) if array is not None else kept[name] is None, name


def oracle(model: nn.Module) -> tuple[list[Any], list[dict[str, Any]], list[tuple[str, int] | None]]:
    """The nodes behind the loss, breadth first, what each has saved when backward reads it, and the lines that made
    them by PyTorch's anomaly mode.
    """
    with torch.autograd.detect_anomaly(check_nan=False):
        loss = loss_of(model)
        functions: list[Any] = [loss.grad_fn]
        for function in functions:
            for one, _ in function.next_functions:
                if one is not None and one not in functions:
                    functions.append(one)
        lines = [line(function.metadata.get("traceback_", [])) for function in functions]
        saved: list[dict[str, Any]] = [{} for _ in functions]

        def reader(function: Any, found: dict[str, Any]) -> Any:
            def read(_: Any) -> None:
                names = [name for name in dir(function) if name.startswith("_saved_")]
                raws = {name: getattr(function, f"_raw{name}", None) for name in names}
                packed = {name for name, raw in raws.items() if getattr(raw, "unpack_hook", None)}
                found.update({n.removeprefix("_saved_"): getattr(function, n) for n in names if n not in packed})
                if hasattr(function, "_raw_saved_tensors"):
                    found["saved_tensors"] = function.saved_tensors
                for name, value in found.items():
                    several = value if isinstance(value, tuple | list) else [value]
                    found[name] = [freeze(one.detach(), True) if isinstance(one, Tensor) else None for one in several]

            return read

        hooks = [f.register_prehook(reader(f, found)) for f, found in zip(functions, saved, strict=True)]
        loss.backward()
        for hook in hooks:
            hook.remove()
    return functions, saved, lines


def line(traceback: list[str]) -> tuple[str, int] | None:
    """The innermost line outside of PyTorch in a traceback that anomaly mode has kept."""
    frames = [re.search(r'File "(.+)", line (\d+), in ', frame) for frame in traceback]
    places = [(frame[1], int(frame[2])) for frame in frames if frame and not frame[1].startswith(_TORCH)]
    return (Path(places[-1][0]).name, places[-1][1]) if places else None


@pytest.mark.parametrize("kind", strangers.FOLLOWED, ids=lambda kind: kind.__name__)
def test_lines_and_saved_tensors_are_those_of_pytorch(kind: type[nn.Module]) -> None:
    model = build(kind)
    seed()
    (found,) = recorded(model, 1)
    assert found.graph is not None
    seed()
    functions, saved, lines = oracle(model)
    assert [node.name for node in found.graph.nodes] == [function.name() for function in functions]
    for node, function, kept, wanted in zip(found.graph.nodes, functions, saved, lines, strict=True):
        if node.operation != LOSS and wanted is not None and not hooked(function):
            assert node.source is not None, (node.name, wanted)
            assert (Path(node.source.file).name, node.source.line) == wanted, node.name
        for one in node.saved:
            if one.values is not None and one.values.array is not None and (node.name, one.name) not in UNINITIALIZED:
                name, _, place = one.name.partition("[")
                if name in kept:
                    array = kept[name][int(place[:-1]) if place else 0]
                    assert np.array_equal(one.values.array, array, equal_nan=True), (node.name, one.name)
        several = [f"{name}[{place}]" for name, items in kept.items() if len(items) > 1 for place in range(len(items))]
        wanted_names = {name for name, items in kept.items() if len(items) == 1 and items[0] is not None}
        assert wanted_names - {"saved_tensors"} <= {one.name for one in node.saved if one.values is not None}, several


def hooked(function: Any) -> bool:
    """True if a leaf was made by a hook's registration, before the pass."""
    variable = getattr(function, "variable", None)
    return variable is not None and bool(variable._backward_hooks or variable._post_accumulate_grad_hooks)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (strangers.MixedBefore, "made of its parameters before the pass"),
        (strangers.KeptInList, "made of its parameters before the pass"),
        (strangers.MadeInForward, r"creates parameters \(extra.weight, extra.bias\)"),
        (strangers.ReplacedInForward, r"creates parameters \(b.bias\)"),
        (strangers.SharedOnCopy, "parameters of the original"),
    ],
)
def test_what_can_not_be_recorded_is_refused_in_a_sentence(kind: type[nn.Module], words: str) -> None:
    model = build(kind)
    with pytest.raises(InputError, match=words):
        record(model, X, LABELS, SETUP)
    plain(model, 1)


def test_compiled_models_are_refused_in_a_sentence() -> None:
    whole = torch.compile(strangers.Base(), backend="eager")
    part, itself = strangers.Base(), strangers.Base()
    part.a = torch.compile(part.a, backend="eager")  # type: ignore[assignment]
    itself.compile(backend="eager")  # type: ignore[no-untyped-call]
    within = strangers.Base()
    within.inner = torch.compile(lambda h: h.sin() * 2, backend="eager")  # type: ignore[method-assign]
    for model in (whole, part, itself, within):
        with pytest.raises(InputError, match="it is compiled"):
            record(model, X, LABELS, SETUP)  # type: ignore[arg-type]


def test_what_changes_and_can_not_be_kept_ends_the_steps_in_a_sentence() -> None:
    model = build(strangers.Iterates)
    (first,) = recorded(model, 1)
    with pytest.raises(InputError, match="numbers changes with each pass"):
        record(model, X, LABELS, SETUP, first.after)


def test_the_calls_are_named_and_followed() -> None:
    def sources(kind: type[nn.Module]) -> dict[str, tuple[str, ...]]:
        (found,) = recorded(build(kind), 1)
        assert found.layers[-1].sources == ("b",)
        return {operation.name: operation.sources for operation in found.operations}

    assert sources(strangers.View)["add2"] == ("add1",)
    functions = sources(strangers.Functions)
    assert (functions["Square1"], functions["add1"], functions["Reversed1"]) == (("a",), ("Square1",), ("add1",))
    assert sources(strangers.Scripted)["swish1"] == ("a",)
    independent = sources(strangers.Independent)
    assert (independent["exp1"], independent["div1"], independent["mul1"]) == ((), ("exp1",), ("a", "exp1"))
    assert sources(strangers.PerSample)["add1"][0] == "a"


def test_a_chain_that_ends_early_is_said() -> None:
    (found,) = recorded(build(strangers.ByNumpy), 1)
    assert found.layers[-1].sources == ()
    assert str(found.remark).startswith("The operations can be followed from the input as far as detach1, but not")
    (found,) = recorded(build(strangers.Base), 1)
    assert found.remark is None

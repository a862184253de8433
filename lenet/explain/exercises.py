"""Exercises of the autograd review: short PyTorch programs, run once with numbers of one's own and watched.

What a page shows of an exercise and what its script prints come from the same text. A visitor's numbers never become
part of the text that runs: they are bound to a name in it. Only the script to take along has them written out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import FrameType
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from lenet.errors import InputError
from lenet.record import program
from lenet.record.arrays import Values, values_of
from lenet.record.graph import Graph
from lenet.record.program import SourceTracker, Variable

Numbers = Sequence[float] | Sequence[Sequence[float]]
"""A vector or a matrix."""
Inputs = Mapping[str, Numbers]
Printed = Values | bool | str | None

FILE: Final = "<exercise>"
FAR: Final = 1000
"""The norm at which the doubling loop ends."""
MAX_DOUBLINGS: Final = 40


@dataclass(frozen=True)
class Exercise:
    """A program with the numbers and options that a person may change.

    Attributes:
        program: PyTorch code, in which the names of inputs and options stand in braces. It calls `backward`, and prints
            what the exercise is about.
        inputs: the numbers that each tensor starts with, by its name.
        variables: expression behind each tensor that is shown at the end, by its name; empty for an input. `{factor}`
            stands for 2 to the number of operations.
        drawn: name of the input whose numbers are drawn with a seed, empty where there is none.
        counts: the largest value of each option that is a number, by its name. All start at 1.
        switches: the lines that each option adds to the program, by its name. All start switched off.
        refused: code that PyTorch refuses to run after the program, empty where there is none.
        measured: expressions to compute after the program, by name.
        check: raises InputError for inputs with which the program would not end.
    """

    program: str
    inputs: Inputs
    variables: Mapping[str, str]
    drawn: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""
    measured: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[Inputs], None] = lambda inputs: None


@dataclass(frozen=True, eq=False)
class Result:
    """Tensors, graph and output of an exercise that has run.

    Attributes:
        variables: its tensors at the end of the program.
        graph: behind the tensor that `backward` was called on, with the gradients of the first call.
        printed: what the program printed, item by item. A tensor is what it was at that moment.
        script: the program by itself, with the numbers written out.
        measured: values of the expressions to compute after the program, by name.
        refusal: PyTorch's message about the code that it refuses, empty where there is none.
    """

    variables: tuple[Variable, ...]
    graph: Graph
    printed: tuple[Printed, ...]
    script: str
    measured: Mapping[str, Any]
    refusal: str

    def __getitem__(self, name: str) -> Variable:
        """The variable of this name."""
        return next(variable for variable in self.variables if variable.name == name)

    @property
    def arrays(self) -> tuple[Values, ...]:
        """The tensors among what was printed."""
        return tuple(item for item in self.printed if isinstance(item, Values))


def draw(count: int, seed: int) -> tuple[float, ...]:
    """Draw normally distributed numbers of four decimals, so that the numbers shown are exactly those computed with."""
    numbers = torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return tuple(round(number, 4) for number in numbers.tolist())


def run(name: str, inputs: Inputs, **options: int) -> Result:
    """Run an exercise.

    Args:
        name: a key of `EXERCISES`.
        inputs: numbers for each of its inputs.
        options: counts and switches other than the ones it starts with.

    Raises:
        InputError: the program would not end with these numbers.
    """
    exercise = EXERCISES[name]
    inputs = {name: np.array(numbers, np.float64).tolist() for name, numbers in inputs.items()}
    exercise.check(inputs)
    lines = {name: line if options.get(name) else "" for name, line in exercise.switches.items()}
    lines |= {name: str(int(options.get(name, 1))) for name in exercise.counts}
    code = exercise.program.format(**{name: f"inputs['{name}']" for name in inputs}, **lines)
    printed: list[Printed] = []
    names: dict[str, Any] = {"inputs": inputs, "print": lambda *items: printed.extend(map(_printed, items))}
    with _Watch(code, tuple(inputs), names) as watch:
        # Text of this file alone: a visitor's numbers are in `names`.
        exec(compile(code, FILE, "exec"), names)  # noqa: S102
    graph = cast(Graph, watch.graph)
    factor = 2 ** (len(graph.nodes) - 1)
    variables = tuple(
        program.describe(name, source.format(factor=factor), names[name]) for name, source in exercise.variables.items()
    )
    # Likewise.
    measured = {name: _printed(eval(text, names)) for name, text in exercise.measured.items()}  # noqa: S307
    script = exercise.program.format(**{name: repr(numbers) for name, numbers in inputs.items()}, **lines)
    return Result(variables, graph, tuple(printed), script, measured, _refusal(exercise.refused, names))


class _Watch(TorchFunctionMode):
    """Notes which expression of a program made each node, and the gradients of the first call of backward.

    Attributes:
        graph: behind the tensor that backward was first called on.
    """

    def __init__(self, code: str, leaves: Sequence[str], names: Mapping[str, Any]) -> None:
        super().__init__()
        self.graph: Graph | None = None
        self._origins = SourceTracker()
        self._lines, self._leaves, self._names = code.splitlines(), leaves, names

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if function is Tensor.backward and self.graph is None:
            name = next(name for name, value in self._names.items() if value is args[0])
            leaves = {name: self._names[name] for name in self._leaves}
            retain = bool(named["retain_graph"])
            self.graph = program.backward(args[0], named["gradient"], name, leaves, self._origins, retain_graph=retain)
            return None
        if getattr(function, "__self__", None) is Tensor.grad and not (args[0].is_leaf or args[0].retains_grad):
            return None  # as PyTorch answers, which would also warn on the standard error stream
        result = function(*args, **named)
        if isinstance(result, Tensor) and result.grad_fn is not None:
            self._origins.add(result, *self._place(sys._getframe(1)))
        return result

    def _place(self, frame: FrameType) -> tuple[str, int]:
        """Text and line of the expression that is being computed."""
        while frame.f_code.co_filename != FILE:
            frame = cast(FrameType, frame.f_back)
        places = frame.f_code.co_positions()
        line, _, start, end = next(islice(places, frame.f_lasti // 2, None))  # two bytes an instruction
        return self._lines[cast(int, line) - 1].encode()[start:end].decode(), cast(int, line)


def _printed(item: Any) -> Printed:
    return values_of(item) if isinstance(item, Tensor) else item


def _refusal(code: str, names: dict[str, Any]) -> str:
    """Message of the error that this code raises, empty where it raises none."""
    try:
        exec(code, names)  # noqa: S102
    except RuntimeError as problem:
        return str(problem)
    return ""


def _check_doubling(inputs: Inputs) -> None:
    """Refuse a vector whose norm stays below `FAR` for too long."""
    norm = (torch.tensor(inputs["x"], dtype=torch.float32) * 2.0 ** (MAX_DOUBLINGS + 1)).norm().item()
    if norm < FAR:
        raise InputError("review-doubling", rounds=MAX_DOUBLINGS, norm=f"{norm:.3g}", far=FAR)


_CHAIN: Final = """import torch

x = torch.tensor({x}, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
"""
_CHAIN_VARIABLES: Final = {"x": "", "y": "x + 2", "z": "y * y * 3", "out": "z.mean()"}
_ONES: Final = ((1.0, 1.0), (1.0, 1.0))

EXERCISES: Final[dict[str, Exercise]] = {
    "mean": Exercise(
        _CHAIN
        + """print(x.grad)  # None: nothing has run yet

for _ in range({times}):
{clear}    out.backward(retain_graph=True)
    print(x.grad)
""",
        {"x": _ONES},
        _CHAIN_VARIABLES,
        counts={"times": 6},
        switches={"clear": "    if x.grad is not None:\n        x.grad.zero_()\n"},
        refused="out.backward()\nout.backward()",
        measured={"derivative": "1.5 * (x + 2)"},
    ),
    "in-place": Exercise(
        """import torch

a = torch.tensor({a})
a = (a * 3) / (a - 1)
print(a.requires_grad)  # nothing has asked for a gradient

a.requires_grad_(True)  # in place: the underscore
print(a.requires_grad)

b = (a * a).sum()
print(b.grad_fn.name())
b.backward()
print(a.grad)  # 2 * a
""",
        {"a": _ONES},
        {"a": "(a * 3) / (a - 1)", "b": "(a * a).sum()"},
        drawn="a",
    ),
    "jacobian": Exercise(
        f"""import torch

x = torch.tensor({{x}}, requires_grad=True)
y = x * 2
while y.data.norm() < {FAR}:
    y = y * 2
print(y.detach())

# The Jacobian, row by row: of y[0], y[1], ...
rows = torch.eye(len(x))
J = [torch.autograd.grad(y, x, row, retain_graph=True)[0] for row in rows]
J = torch.stack(J)
print(J)

v = torch.tensor({{v}})
print(v @ J)

y.backward(v)
print(x.grad)  # the same, without making J
""",
        {"x": (1.0, 1.0, 1.0), "v": (0.1, 1.0, 0.0001)},
        {"x": "", "y": "x * {factor}"},
        drawn="x",
        refused="y.backward()",
        measured={
            "norm": "y.data.norm().item()",
            "v": "v",
            "agrees": "x.grad.allclose(v @ J, rtol=0, atol=0, equal_nan=True)",
        },
        check=_check_doubling,
    ),
    "detach": Exercise(
        """import torch

x = torch.tensor({x}, requires_grad=True)
print((x ** 2).requires_grad)
with torch.no_grad():
    print((x ** 2).requires_grad)
print((torch.nn.Dropout().eval()(x) ** 2).requires_grad)

y = x.detach()
print(y.requires_grad)
print(x.eq(y).all().item())
print(x.data_ptr() == y.data_ptr())

out = (x * y).sum()
out.backward()
print(x.grad)  # y, not 2 * x: y counts as a constant
""",
        {"x": (1.0, -2.0, 3.0)},
        {"x": "", "y": "x.detach()", "out": "(x * y).sum()"},
    ),
    "middle": Exercise(
        _CHAIN
        + """{retain}out.backward()
print(x.is_leaf, y.is_leaf)
print(x.grad)
print(y.grad)
""",
        {"x": _ONES},
        _CHAIN_VARIABLES,
        switches={"retain": "y.retain_grad()\n"},
    ),
}
"""The exercises by name, in the order in which they are taught."""

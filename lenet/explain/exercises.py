"""Exercises of the autograd review: short programs, run with numbers of one's own and watched.

The program that runs and the script that is shown are the same text, a function of `lenet.explain.exercise_programs`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np
import torch
from torch import Tensor

from lenet.errors import InputError
from lenet.explain import exercise_programs
from lenet.explain.exercise_programs import Names
from lenet.explain.watched_program import Watch, script
from lenet.record import program
from lenet.record.arrays import Values, values_of
from lenet.record.graph import Graph
from lenet.record.program import Variable

Numbers = Sequence[float] | Sequence[Sequence[float]]
"""A vector or a matrix."""
Inputs = Mapping[str, Numbers]
Printed = Values | bool | str | None

FAR: Final = 1000
"""The norm at which the doubling loop ends."""
MAX_DOUBLINGS: Final = 40


@dataclass(frozen=True)
class Exercise:
    """A program with the numbers and options that a person may change.

    Attributes:
        program: function that calls `backward`, shows what the exercise is about and returns its tensors by name.
        inputs: the numbers that each tensor starts with, by its name.
        variables: expression behind each tensor that is shown at the end, by its name; empty for an input. `{factor}`
            stands for 2 to the number of operations.
        drawn: name of the input whose numbers are drawn with a seed, empty where there is none.
        counts: the largest value of each option that is a number, by its name. All start at 1.
        switches: names of the options that are on or off. All start switched off.
        refused: calls that PyTorch refuses after the program, None where there are none.
        measured: values to compute after the program, by name.
        check: raises InputError for inputs with which the program would not end.
    """

    program: Callable[..., Names]
    inputs: Inputs
    variables: Mapping[str, str]
    drawn: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    switches: tuple[str, ...] = ()
    refused: Callable[[Any], None] | None = None
    measured: Callable[[Any], Mapping[str, Any]] = lambda names: {}
    check: Callable[[Inputs], None] = lambda inputs: None


@dataclass(frozen=True, eq=False)
class Result:
    """Tensors, graph and output of an exercise that has run.

    Attributes:
        variables: its tensors at the end of the program.
        graph: behind the tensor that `backward` was called on, with the gradients of the first call.
        printed: the items that the program printed. A tensor is what it was at that moment.
        script: the program by itself, with the numbers written out.
        measured: values that were computed after the program, by name.
        refusal: PyTorch's message about the calls that it refuses, empty where there is none.
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
    given = {name: options.get(name, 1) for name in exercise.counts}
    given |= {name: bool(options.get(name)) for name in exercise.switches}
    printed: list[Printed] = []
    with Watch(exercise_programs.__file__) as watch:
        names = exercise.program(lambda *items: printed.extend(map(_printed, items)), **inputs, **given)
    graph = cast(Graph, watch.graph)
    factor = 2 ** (len(graph.nodes) - 1)
    variables = tuple(
        program.describe(name, source.format(factor=factor), names[name]) for name, source in exercise.variables.items()
    )
    measured = {name: _printed(value) for name, value in exercise.measured(names).items()}
    written = script(exercise.program, inputs, given)
    return Result(variables, graph, tuple(printed), written, measured, _refusal(exercise.refused, names))


def _printed(item: Any) -> Printed:
    return values_of(item) if isinstance(item, Tensor) else item


def _refusal(call: Callable[[Any], None] | None, names: Names) -> str:
    """Message of the error that these calls raise, empty where they raise none."""
    try:
        if call is not None:
            call(names)
    except RuntimeError as problem:
        return str(problem)
    return ""


def _check_doubling(inputs: Inputs) -> None:
    """Refuse a vector whose norm stays below `FAR` for too long."""
    norm = (torch.tensor(inputs["x"], dtype=torch.float32) * 2.0 ** (MAX_DOUBLINGS + 1)).norm().item()
    if norm < FAR:
        raise InputError("review-doubling", rounds=MAX_DOUBLINGS, norm=f"{norm:.3g}", far=FAR)


def _twice(names: Any) -> None:
    names["out"].backward()
    names["out"].backward()


_CHAIN: Final = {"x": "", "y": "x + 2", "z": "y * y * 3", "out": "z.mean()"}
_ONES: Final = ((1.0, 1.0), (1.0, 1.0))

EXERCISES: Final[dict[str, Exercise]] = {
    "mean": Exercise(
        exercise_programs.mean,
        {"x": _ONES},
        _CHAIN,
        counts={"times": 6},
        switches=("clear",),
        refused=_twice,
        measured=lambda names: {"derivative": 1.5 * (names["x"] + 2)},
    ),
    "in-place": Exercise(
        exercise_programs.in_place, {"a": _ONES}, {"a": "(a * 3) / (a - 1)", "b": "(a * a).sum()"}, drawn="a"
    ),
    "jacobian": Exercise(
        exercise_programs.jacobian,
        {"x": (1.0, 1.0, 1.0), "v": (0.1, 1.0, 0.0001)},
        {"x": "", "y": "x * {factor}"},
        drawn="x",
        refused=lambda names: names["y"].backward(),
        measured=lambda names: {
            "norm": names["y"].data.norm().item(),
            "v": names["v"],
            "agrees": names["x"].grad.allclose(names["v"] @ names["J"], rtol=0, atol=0, equal_nan=True),
        },
        check=_check_doubling,
    ),
    "detach": Exercise(
        exercise_programs.detach, {"x": (1.0, -2.0, 3.0)}, {"x": "", "y": "x.detach()", "out": "(x * y).sum()"}
    ),
    "middle": Exercise(exercise_programs.middle, {"x": _ONES}, _CHAIN, switches=("retain",)),
}
"""The exercises by name, in the order in which they are taught."""

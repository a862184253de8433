"""Common errors of beginners in autograd and training, made on purpose: PyTorch's own message, and the mend.

The errors in the layers of a network are those of `lenet.networks.stack_errors`.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import linecache
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import FrameType, TracebackType
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from lenet.explain import error_programs
from lenet.explain.error_programs import Names
from lenet.explain.exercises import Inputs
from lenet.explain.watched_program import Watch, script
from lenet.record import program, random_state
from lenet.record.graph import Graph
from lenet.record.program import Variable

FILE: Final = error_programs.__file__

_warnings: Final = Lock()


@dataclass(frozen=True)
class CommonError:
    """A program with an error, and the same without it.

    Attributes:
        broken: the program with the error.
        mended: the program without it.
        inputs: the numbers that each tensor starts with, by its name.
    """

    broken: Callable[..., Names]
    mended: Callable[..., Names]
    inputs: Inputs = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """An error or a warning of a program.

    Attributes:
        kind: name of its class, such as `RuntimeError`.
        message: its message.
        line: text of the program's line that raised it.
        number: number of that line in the script, counted from 1.
    """

    kind: str
    message: str
    line: str
    number: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """A program that ran to its end or to its error.

    Attributes:
        error: that it raised, None where it raised none.
        warnings: messages of PyTorch's warnings.
        printed: expression and text of each item that the program printed.
        variables: its tensors of float numbers at the end.
        graph: behind the tensor that backward was first called on, as far as backward came; None where there is none.
        script: the program by itself, with the numbers written out.
        change: lines of a comparison of the program with the mended one: `- ` before those that go, `+ ` before those
            that come.
    """

    error: Said | None
    warnings: tuple[str, ...]
    printed: tuple[tuple[str, str], ...]
    variables: tuple[Variable, ...]
    graph: Graph | None
    script: str
    change: tuple[str, ...]


def run(key: str, inputs: Inputs, *, mended: bool = False) -> Outcome:
    """Run the program of a common error.

    Args:
        key: of `ERRORS`.
        inputs: numbers for each of its inputs.
        mended: True for the program without the error.
    """
    one = ERRORS[key]
    inputs = {name: np.array(numbers, np.float64).tolist() for name, numbers in inputs.items()}
    function = one.mended if mended else one.broken
    printed: list[tuple[str, str]] = []

    def show(*items: object) -> None:
        printed.extend(zip(_expressions(sys._getframe(1)), map(str, items), strict=True))

    source = {True: script(one.mended, inputs), False: script(one.broken, inputs)}
    error, names = None, {}
    # Warnings are collected for the whole process, one program at a time.
    with _warnings, warnings.catch_warnings(record=True) as warned, random_state.restored(torch.device("cpu")):
        warnings.simplefilter("always")
        with Watch(FILE) as watch:
            try:
                names = function(show, **inputs)
            except (RuntimeError, AttributeError, ValueError) as raised:
                error, names = _said(raised, function, source[mended]), _frame(raised).f_locals
    made = _assignments(source[mended])
    variables = tuple(
        program.describe(name, made.get(name, ""), value)
        for name, value in names.items()
        if isinstance(value, Tensor) and value.is_floating_point() and name != "parameter" and value.numel() < MOST
    )
    compared = difflib.ndiff(source[False].splitlines(), source[True].splitlines())
    return Outcome(
        error,
        tuple(str(one.message) for one in warned if issubclass(one.category, UserWarning)),
        tuple(printed),
        variables,
        watch.graph,
        source[mended],
        tuple(line.rstrip() for line in compared if line.startswith(("- ", "+ "))),
    )


def _said(raised: Exception, function: Callable[..., Names], source: str) -> Said:
    number = next(number for frame, number in _frames(raised.__traceback__) if frame.f_code.co_filename == FILE)
    line = linecache.getline(FILE, number).partition("  #")[0].strip()
    _, first = inspect.getsourcelines(function)
    imports = source.partition("\n\n")[0].count("\n") + 2
    return Said(type(raised).__name__, str(raised), line, number - first - 1 + imports)


def _frame(raised: Exception) -> FrameType:
    """Frame of the program that raised an error."""
    return next(frame for frame, _ in _frames(raised.__traceback__) if frame.f_code.co_filename == FILE)


def _frames(traceback: TracebackType | None) -> list[tuple[FrameType, int]]:
    """Frames of a traceback with their lines, the innermost first."""
    found = []
    while traceback is not None:
        found.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return found[::-1]


def _expressions(frame: FrameType) -> list[str]:
    """Text of each argument of the call of `show` that a frame is at."""
    call: Any = ast.parse(linecache.getline(FILE, frame.f_lineno).strip()).body[0]
    return [ast.unparse(argument) for argument in call.value.args]


def _assignments(source: str) -> Mapping[str, str]:
    """Expression of each name, the last that a script gives it."""
    return dict(re.findall(r"^ *(\w+) = (.*?)(?:  #.*)?$", source, re.MULTILINE))


MOST: Final = 100
"""Tensors of as many numbers or more aren't shown."""

_LOGITS: Final = ((2.0, 1.0, -1.0), (0.5, -1.0, 1.5))
_NUMBERS: Final = (1.0, -2.0)

ERRORS: Final[dict[str, CommonError]] = {
    "batch": CommonError(error_programs.batch, error_programs.batch_mended),
    "float-labels": CommonError(error_programs.float_labels, error_programs.float_labels_mended, {"logits": _LOGITS}),
    "long-labels": CommonError(error_programs.long_labels, error_programs.long_labels_mended, {"logits": _LOGITS}),
    "no-zero-grad": CommonError(error_programs.no_zero_grad, error_programs.no_zero_grad_mended, {"w": _NUMBERS}),
    "backward-twice": CommonError(error_programs.backward_twice, error_programs.backward_twice_mended, {"x": _NUMBERS}),
    "in-place": CommonError(error_programs.in_place, error_programs.in_place_mended, {"x": _NUMBERS}),
    "leaf": CommonError(error_programs.leaf, error_programs.leaf_mended, {"w": _NUMBERS}),
    "frozen": CommonError(error_programs.frozen, error_programs.frozen_mended, {"x": _NUMBERS}),
    "item": CommonError(error_programs.item, error_programs.item_mended, {"x": _NUMBERS}),
    "detach": CommonError(error_programs.detach, error_programs.detach_mended, {"x": _NUMBERS}),
}
"""The errors by key, in the order in which a page offers them."""

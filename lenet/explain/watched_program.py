"""Teaching programs, run and watched: the graph of their backward, and the source that is shown as a script.

Each program is a function in a file of its own, so that the program that runs and the script that is shown are the
same text.
"""

from __future__ import annotations

import inspect
import linecache
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from itertools import islice
from types import FrameType
from typing import Any, Final, cast

from torch import Tensor
from torch.overrides import TorchFunctionMode

from lenet.record import program
from lenet.record.graph import Graph
from lenet.record.program import SourceTracker

IMPORTS: Final = {"nn": "from torch import nn", "F": "from torch.nn import functional as F"}
"""Line of a script that imports each name."""


class Watch(TorchFunctionMode):
    """Notes which expression of a program made each node, and the gradients of the first call of backward.

    Attributes:
        graph: behind the tensor that backward was first called on, with the gradients as far as they came.

    Args:
        file: with the program.
    """

    def __init__(self, file: str) -> None:
        super().__init__()
        self.graph: Graph | None = None
        self._origins = SourceTracker()
        self._file = file

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        if function is Tensor.backward and self.graph is None and args[0].grad_fn is not None:
            names = {name: value for name, value in self._frame().f_locals.items() if isinstance(value, Tensor)}
            root = next(name for name, value in names.items() if value is args[0])
            leaves = {name: value for name, value in names.items() if value.is_leaf and value.requires_grad}
            retain = bool(named["retain_graph"])
            self.graph, refusal = program.attempt(
                args[0], named["gradient"], root, leaves, self._origins, retain_graph=retain
            )
            if refusal is not None:
                raise refusal
            return None
        if getattr(function, "__self__", None) is Tensor.grad and not (args[0].is_leaf or args[0].retains_grad):
            return None  # as PyTorch answers, which would also warn on the standard error stream
        result = function(*args, **named)
        if isinstance(result, Tensor) and result.grad_fn is not None:
            self._origins.add(result, *_place(self._frame()))
        return result

    def _frame(self) -> FrameType:
        """Frame of the running program."""
        frame = sys._getframe(1)
        while frame.f_code.co_filename != self._file:
            frame = cast(FrameType, frame.f_back)
        return frame


def _place(frame: FrameType) -> tuple[str, int]:
    """Text and line of the expression that a frame is computing."""
    places = frame.f_code.co_positions()
    line, _, start, end = next(islice(places, frame.f_lasti // 2, None))  # two bytes an instruction
    text = linecache.getline(frame.f_code.co_filename, cast(int, line))
    return text.encode()[start:end].decode(), cast(int, line)


def script(function: Callable[..., object], inputs: Mapping[str, object], options: Mapping[str, int] = {}) -> str:
    """Body of a program with these numbers, and only the lines under the options that are on.

    Args:
        function: the program: its body follows a docstring of one line and ends in a return, which is left out.
        inputs: the numbers of each argument that becomes a tensor.
        options: the values of the others.
    """
    lines, _ = inspect.getsourcelines(function)
    text = textwrap.dedent("".join(lines[2:-1]))
    for name, numbers in inputs.items():
        text = text.replace(f"torch.tensor({name}", f"torch.tensor({numbers!r}")
    for name, value in options.items():
        block = re.compile(rf"^( *)if {name}:.*\n((?:\1    .*\n)+)", re.MULTILINE)
        text = block.sub((lambda found: textwrap.indent(textwrap.dedent(found[2]), found[1])) if value else "", text)
        text = re.sub(rf"\b{name}\b", str(value), text)
    used = [line for name, line in IMPORTS.items() if re.search(rf"\b{name}\.", text)]
    return "\n".join(["import torch", *used]) + "\n\n" + text.replace("show(", "print(")

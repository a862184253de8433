"""The operations of a forward pass as they run: which module called them, on which line, and which grad_fn they
made.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn

from lenet import ablation, forward, keeper, values
from lenet.forward import Layer, Watch
from lenet.graph import Source
from lenet.keeper import Keeper
from lenet.values import Values

_TORCH: Final = os.path.dirname(torch.__file__) + os.sep
_OWN: Final = {module.__file__ for module in (sys.modules[__name__], forward, keeper, values)}


class Traced(NamedTuple):
    """One call, see `iteration.Operation`; `sequence` is the number of its output's grad_fn, None where it has none."""

    name: str
    kind: str
    sources: tuple[str, ...]
    output: Values
    module: str
    source: Source | None
    layer: Layer | None
    function: Any
    sequence: int | None


class Trace(Watch):
    """Keeps every operation of a pass, reshapes among them.

    Args:
        model: that runs, a private copy.
        parameters: names of its parameters by their id.
        x: (N, C, H, W).
        keeper: of the outputs.
        until: the code that calls the model: lines above it are not the model's.
    """

    def __init__(
        self, model: nn.Module, parameters: Mapping[int, str], x: Tensor, keeper: Keeper, until: CodeType
    ) -> None:
        self.modules = {id(module): name for name, module in model.named_modules()}
        self.keeper = keeper
        self.until = until
        self.operations: list[Traced] = []
        self.reshapes: Counter[str] = Counter()
        super().__init__(parameters, x)

    def keep(self, layer: Layer, output: Tensor) -> None:
        """See `Watch.keep`."""
        if layer.kind == forward.INPUT:
            self.keeper.output(layer.name, output, False)
            return
        self._note(layer.name, layer.kind, layer.sources, output, layer)

    def reshaped(self, kind: str, source: str, output: Tensor) -> None:
        """See `Watch.reshaped`."""
        self.reshapes[kind] += 1
        self._note(f"{kind}{self.reshapes[kind]}", kind, (source,), output, None)

    def masked(self, source: str, output: Tensor) -> None:
        """See `Watch.masked`."""
        self._note(source + ablation.SUFFIX, "mul", (source,), output, None)

    def _note(self, name: str, kind: str, sources: tuple[str, ...], output: Tensor, layer: Layer | None) -> None:
        module, source = self._where(sys._getframe(2))
        function = output.grad_fn
        self.operations.append(
            Traced(
                name,
                kind,
                sources,
                self.keeper.output(name, output, layer is None),
                module,
                source,
                layer,
                function,
                None if function is None else function._sequence_nr(),
            )
        )

    def _where(self, frame: FrameType | None) -> tuple[str, Source | None]:
        """The innermost module that is running, and the innermost line that isn't PyTorch's own."""
        module: str | None = None
        source: Source | None = None
        while frame is not None and frame.f_code is not self.until and (module is None or source is None):
            code = frame.f_code
            if code.co_filename not in _OWN:
                if module is None and code.co_argcount and code.co_varnames[0] == "self":
                    module = self.modules.get(id(frame.f_locals.get("self")))
                if source is None and not code.co_filename.startswith(_TORCH):
                    source = line_of(
                        code.co_filename, frame.f_globals.get("__name__", ""), frame.f_lineno, code.co_name
                    )
            frame = frame.f_back
        return module or "", source


@lru_cache(maxsize=4096)
def line_of(file: str, module: str, line: int, function: str) -> Source:
    """A line of a file as a record says it: the file by its path within its package, else by its name alone."""
    path = Path(file)
    inside = len(module.split(".")) if "." in module else 1
    shown = "/".join(path.parts[-inside:]) if inside > 1 else path.name
    return Source(shown, line, linecache.getline(file, line).strip(), function)


def line_of_error(error: BaseException, until: CodeType) -> Source | None:
    """The innermost line outside of PyTorch where an error came up, below the code `until`; None where there is
    none.
    """
    found: Source | None = None
    trace = error.__traceback__
    inside = False
    while trace is not None:
        code = trace.tb_frame.f_code
        if inside and code.co_filename not in _OWN and not code.co_filename.startswith(_TORCH):
            found = line_of(
                code.co_filename, trace.tb_frame.f_globals.get("__name__", ""), trace.tb_lineno, code.co_name
            )
        inside = inside or code is until
        trace = trace.tb_next
    return found

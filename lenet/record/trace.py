"""Trace of a forward pass: for each operation its module, its source line and the grad_fn of its output."""

from __future__ import annotations

import linecache
import os
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lenet.errors import InputError
from lenet.networks import ablation, forward, kinds, stack, stack_layers, stack_source
from lenet.networks.forward import RESHAPES, Layer, Watch
from lenet.networks.kinds import INPUT
from lenet.networks.stack import Net, Stack
from lenet.record import arrays, hidden_calls, tensor_store
from lenet.record.arrays import unwrapped
from lenet.record.graph import UNKNOWN, NodeSource, Source
from lenet.record.iteration import Operation
from lenet.record.tensor_store import TensorStore

_TORCH: Final = os.path.dirname(torch.__file__) + os.sep
_OWN: Final = {
    module.__file__
    for module in (sys.modules[__name__], forward, hidden_calls, tensor_store, arrays, stack, stack_layers)
}
_STACKED: Final = Net.outputs.__code__
_UNCOUNTED: Final = frozenset(
    {
        Tensor.data.__get__,  # type: ignore[attr-defined]
        Tensor.data.__set__,  # type: ignore[attr-defined]
        *(Tensor.numpy, Tensor.__array__, Tensor.__dlpack__, Tensor.set_, Tensor.data_ptr),
        *(Tensor.storage, Tensor.untyped_storage),
    }
)
"""Functions that give access to a tensor's memory without its version counter."""

_next_sequence: Final[Callable[[], int]] = torch._C._autograd._get_sequence_nr


class Span(NamedTuple):
    """The nodes that one call made: their sequence numbers from `start` up to before `end`."""

    start: int
    end: int
    made: NodeSource


class Trace(Watch):
    """Function mode that keeps every operation of a pass, including reshapes and those on parameters alone.

    Args:
        modules: of the model that runs, a private copy; its own name is "".
        parameters: names of its parameters by their id.
        buffers: likewise, of its buffers.
        x: (N, C, H, W).
        store: for the outputs.
        until: the code that calls the model: lines above it are not the model's.

    Attributes:
        operations: in the order of their calls, as yet without their nodes.
        results: grad_fn of each operation's output, None where it has none.
        hooked: whether the pass registered hooks on tensors.
        originals: parts of the model that was copied, by id; the pass must not use them.
        calls_back: whether backward may run the model's own code, because the pass registered a hook of any kind or
            packed saved tensors.
        used: ids of the tensors that the pass computed with; of those that are gone, another may have the id.
        uncounted: whether memory could be written without the version counter noticing.
        start, end: sequence numbers of the first node that the pass made, and of the first after it.
    """

    def __init__(
        self,
        modules: Mapping[str, nn.Module],
        parameters: Mapping[int, str],
        buffers: Mapping[int, str],
        x: Tensor,
        store: TensorStore,
        until: CodeType,
    ) -> None:
        self.modules = {id(module): name for name, module in modules.items()}
        self.model = type(modules[""]).__name__
        self.store = store
        self.until = until
        self.operations: list[Operation] = []
        self.results: list[Any] = []
        self.functions: dict[Any, str] = {}
        self.through: dict[int, tuple[str, ...]] = {}
        self.spans: list[Span] = []
        self.used: set[int] = set()
        self.uncounted = self.hooked = self.packs = False
        self.originals: Mapping[int, Any] = {}
        self.made: NodeSource | None = None  # what is known of the call that is running
        self.caller: FrameType | None = None
        self.reshapes: Counter[str] = Counter()
        super().__init__(parameters, buffers, x)
        self.starts: list[int] = []
        self.handles = RemovableHandle.next_id
        self.calls_back = False
        self.start = self.end = _next_sequence()

    def __enter__(self) -> Self:
        hidden_calls.reveal()
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        hidden_calls.hide()
        self.end = _next_sequence()
        self.calls_back = self.packs or RemovableHandle.next_id != self.handles

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func in _UNCOUNTED:
            self.uncounted = True
        elif func is Tensor.register_hook:
            self.hooked = True
        first = args[0] if args else None
        counted = first if isinstance(first, Tensor) and not first.is_inference() else None
        version = 0 if counted is None else counted._version
        start, self.made, self.caller = _next_sequence(), None, sys._getframe(1)
        try:
            result = super().__torch_function__(func, types, args, kwargs)
            end = _next_sequence()
            if end != start:
                self.spans.append(Span(start, end, self.made or NodeSource(*self._where(self.caller))))
        finally:
            self.caller = None  # a frame leads to all that its callers hold
        if counted is not None and counted._version != version:
            self._written(counted)
        return result

    def begins(self) -> None:
        """See `hidden_calls.Watcher`."""
        start = _next_sequence()
        self.spans.append(Span(start, start + 1, NodeSource(*self._where(sys._getframe(1)))))

    def _written(self, tensor: Tensor) -> None:
        """Assign an in-place operation's name to all tensors that share the memory it wrote: views and their base."""
        name, memory = self.names.get(id(tensor)), _memory(tensor)
        if name is None or memory is None:
            return
        for other in self.alive:
            if other is not tensor and _memory(other) == memory and overlap(tensor, other):
                self.names[id(other)] = name

    def made_by(self, sequence: int) -> NodeSource:
        """Call that created the node with this sequence number, `UNKNOWN` if none was seen."""
        if not self.starts:
            self.spans.sort()
            self.starts = [span.start for span in self.spans]
        place = bisect_right(self.starts, sequence) - 1
        return self.spans[place].made if place >= 0 and sequence < self.spans[place].end else UNKNOWN

    def sources(self, tensors: list[Tensor]) -> tuple[str, ...]:
        """See `Watch.sources`; of a tensor that no watched call returned, the nearest calls that its graph leads to."""
        names = self.names
        found = []
        for tensor in tensors:
            key = id(tensor)
            name = names.get(key)
            if name is not None:
                found.append(name)
            elif not tensor.is_leaf:
                found += self._behind(tensor)
            elif key in self.originals:
                raise InputError("model-tied", name=self.model)
        return tuple(found) if len(found) < 2 else tuple(dict.fromkeys(found))

    def _behind(self, tensor: Tensor) -> tuple[str, ...]:
        known = self.through.get(id(tensor))
        if known is None:
            found: dict[str, None] = {}
            ahead, seen = [unwrapped(tensor).grad_fn], set()
            while ahead:
                function: Any = ahead.pop()
                if function is None or function in seen:
                    continue
                seen.add(function)
                if function in self.functions:
                    found[self.functions[function]] = None
                elif hasattr(function, "variable"):
                    name = self.names.get(id(function.variable))
                    found.update({name: None} if name else {})
                else:
                    ahead += [one for one, _ in reversed(function.next_functions)]
            known = self.through[id(tensor)] = tuple(found)
            self.alive.append(tensor)
        return known

    def describe(
        self,
        kind: str,
        sources: tuple[str, ...],
        output: Tensor,
        tensors: list[Tensor],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Layer:
        """See `Watch.describe`."""
        self.used.update(map(id, tensors))
        return super().describe(kind, sources, output, tensors, args, kwargs)

    def keep(self, layer: Layer, output: Tensor, sources: tuple[str, ...]) -> None:
        """See `Watch.keep`."""
        if layer.kind == INPUT:
            self.store.output(layer.name, output, False, batch=True)
            return
        self._note(layer.name, layer.kind, sources, output, layer)

    def reshaped(self, kind: str, sources: tuple[str, ...], output: Tensor) -> None:
        """See `Watch.reshaped`."""
        self._note(self._numbered(kind), kind, sources, output, None)

    def beside(
        self,
        kind: str,
        sources: tuple[str, ...],
        outputs: list[Tensor],
        tensors: list[Tensor],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """See `Watch.beside`; kept where it has a part in the gradients."""
        self.used.update(map(id, tensors))
        output = outputs[0]
        if all(one.is_leaf for one in outputs):
            return
        if all(id(one) in self.parameters or id(one) in self.names for one in tensors):
            name = self._numbered(kind)  # a module's name is for what computes with its parameters and something else
        else:
            name = self.describe(kind, sources, output, tensors, args, kwargs).name
            self.taken.add(name)
        self.apart.add(name)
        self._note(name, kind, sources, output, None)
        for one in outputs:
            self.name(one, name)

    def _numbered(self, kind: str) -> str:
        stem = kinds.stem(kind)
        counts = self.reshapes if kind in RESHAPES else self.counts
        counts[stem] += 1
        return f"{stem}{counts[stem]}"

    def masked(self, source: str, output: Tensor) -> None:
        """See `Watch.masked`."""
        self._note(source + ablation.SUFFIX, "mul", (source,), output, None)

    def _note(self, name: str, kind: str, sources: tuple[str, ...], output: Tensor, layer: Layer | None) -> None:
        module, source = self._where(self.caller)
        output = unwrapped(output)
        function = output.grad_fn
        if function is not None:
            self.functions.setdefault(function, name)
        self.made = NodeSource(module, source, name)
        values = self.store.output(name, output, layer is None, batch=name not in self.apart)
        place = len(self.operations)
        self.operations.append(Operation(place, name, kind, sources, values, module, source, None, layer))
        self.results.append(function)

    def _where(self, frame: FrameType | None) -> tuple[str, Source | None]:
        """Name of the innermost running module, and the innermost source line outside of PyTorch."""
        module: str | None = None
        source: Source | None = None
        until = self.until
        while frame is not None:
            code = frame.f_code
            if code is until:
                break
            if code is _STACKED and source is None:
                source = _line_of_stack(frame.f_locals["self"].stack, frame.f_locals["place"])
                if module is not None:
                    break
            place = _places.get(id(code)) or _place_of(code)
            if place.is_method and module is None:
                module = self.modules.get(id(frame.f_locals.get("self")))
                if module is not None and source is not None:
                    break
            if place.is_outside and source is None:
                source = place.lines.get(frame.f_lasti)
                if source is None:
                    name = frame.f_globals.get("__name__", "")
                    source = place.lines[frame.f_lasti] = line_of(code.co_filename, name, frame.f_lineno, code.co_name)
                if module is not None:
                    break
            frame = frame.f_back
        return module or "", source


class _Place(NamedTuple):
    """Code of a function, as far as `Trace` needs to know it.

    Attributes:
        code: itself, because its id stands for it only while it lives.
        is_method: whether its first argument is `self`.
        is_outside: whether it is the model's, not PyTorch's.
        lines: source lines by the instruction that runs.
    """

    code: CodeType
    is_method: bool
    is_outside: bool
    lines: dict[int, Source]


_places: Final[dict[int, _Place]] = {}  # by the code's id: to hash code takes longer than to read it


def _place_of(code: CodeType) -> _Place:
    if len(_places) >= 4096:
        _places.clear()
    own = code.co_filename in _OWN
    is_method = not own and code.co_argcount > 0 and code.co_varnames[0] == "self"
    made = _places[id(code)] = _Place(code, is_method, not own and not code.co_filename.startswith(_TORCH), {})
    return made


def _memory(tensor: Tensor) -> int | None:
    try:
        return tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):  # a sparse one, or one of `torch.func`
        return None


def overlap(one: Tensor, other: Tensor) -> bool:
    """Test whether two tensors in the same storage share an element."""
    if one.dtype != other.dtype:
        return True
    first = min(one.storage_offset(), other.storage_offset())
    last = max(_end(one), _end(other))
    marks = torch.zeros(max(last - first, 0), dtype=torch.bool)
    marks.as_strided(one.size(), one.stride(), one.storage_offset() - first).fill_(True)
    return bool(marks.as_strided(other.size(), other.stride(), other.storage_offset() - first).any())


def _end(tensor: Tensor) -> int:
    """Index in the storage just past the tensor's last element."""
    steps = zip(tensor.size(), tensor.stride(), strict=True)
    if not tensor.numel():
        return 0
    return int(tensor.storage_offset()) + 1 + sum((size - 1) * stride for size, stride in steps)


@lru_cache(maxsize=4096)
def line_of(file: str, module: str, line: int, function: str) -> Source:
    """Source line with the file's path inside its package, or just its name outside of one."""
    path = Path(file)
    inside = len(module.split(".")) if "." in module else 1
    shown = "/".join(path.parts[-inside:]) if inside > 1 else path.name
    return Source(shown, line, linecache.getline(file, line).strip(), function)


def _line_of_stack(stack: Stack, place: int) -> Source:
    """Line of the code that stands for a network that is a list of layers."""
    written = stack_source.forward(stack)
    number = written.places[place]
    return Source("", number + 1, written.lines[number].strip(), "forward")


def line_of_error(error: BaseException, until: CodeType) -> Source | None:
    """Innermost line outside of PyTorch in an error's traceback, below the code `until`; None if there is none."""
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

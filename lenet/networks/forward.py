"""One pass through a network, every layer's output kept.

The layers are found by watching the calls of the forward pass itself, not by knowing the network: any module that
computes with tensors can be run. The watch is PyTorch's `TorchFunctionMode`, which is thread-local, so that passes of
many visitors through one shared network don't mix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from lenet.networks import ablation, form, kinds
from lenet.networks.kinds import INPUT, SOFTMAX
from lenet.networks.operation_names import operation_name, writes
from lenet.networks.windows import Pair
from lenet.shapes import shape_of

RESHAPES: Final = frozenset({"view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "contiguous"})
"""Calls that move no number: they are no layer, and what follows them reads what they read."""


class Layer(NamedTuple):
    """One layer as it was seen in a forward pass.

    Attributes:
        name: the module's attribute (`conv1`) where it has parameters, else its kind with a number (`relu1`).
        kind: PyTorch's name of the function (`conv2d`, `relu`, `max_pool2d`, `linear`, ...), `input` or `softmax`.
        shape: of its output for one digit, without the batch: (C, H, W) or (N,).
        sources: the layers that it reads.
        weight: name of its weight among the network's parameters, or None.
        bias: likewise.
        buffers: names of the model's buffers that it reads, such as batch norm's running mean, in the call's order.
        kernel: height and width of its window, or None; likewise stride, padding and dilation.
        groups: into how many independent parts a convolution splits its channels.
        settings: further numbers of the call by name, see `kinds.Kind.settings`.
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    sources: tuple[str, ...] = ()
    weight: str | None = None
    bias: str | None = None
    kernel: Pair | None = None
    stride: Pair | None = None
    padding: Pair | None = None
    dilation: Pair | None = None
    groups: int = 1
    buffers: tuple[str, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Pass:
    """Forward pass of one digit.

    Attributes:
        layers: in the order in which they ran, from `input` to `softmax`.
        outputs: each layer's output by its name, float32 of the layer's shape.
        statistics: of each batch norm in training mode, (C, 5): mean and variance of each channel over the batch, the
            variance divided by the count, the count, and NaN for the gradients that there are not.
    """

    layers: tuple[Layer, ...]
    outputs: Mapping[str, NDArray[np.float32]]
    statistics: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """(classes,) of the softmax."""
        return self.outputs[SOFTMAX]

    @property
    def prediction(self) -> int:
        """The class of the largest probability."""
        return int(self.probabilities.argmax())


def layers(model: nn.Module) -> tuple[Layer, ...]:
    """The layers of a network whose form of input is known, without an input: those of a pass of blank paper."""
    return run(model, np.zeros(form.of(model).shape, np.float32)).layers


def run(model: nn.Module, digit: NDArray[np.float32]) -> Pass:
    """Send one digit through a network and keep every layer's output.

    Args:
        model: any module whose forward takes (1, C, H, W) and gives (1, classes). It is not changed, and may be shared
            between threads.
        digit: (C, H, W) float32, ink in 0..1.
    """
    return run_batch(model, digit[None], 0)


def run_batch(model: nn.Module, batch: NDArray[np.float32], row: int) -> Pass:
    """Send a batch through a network and keep every layer's output for one of its digits.

    Args:
        model: any module whose forward takes (N, C, H, W) and gives (N, classes); its parameters are not changed.
        batch: (N, C, H, W) float32.
        row: index of the digit.
    """
    watch, logits = _watched(model, batch, row)
    probabilities = torch.softmax(logits, -1)
    watch.add(Layer(SOFTMAX, SOFTMAX, tuple(logits.shape[1:]), (watch.names[id(logits)],)), probabilities)
    return Pass(tuple(watch.layers), watch.outputs, watch.statistics)


def run_part(model: nn.Module, digit: NDArray[np.float32]) -> Pass:
    """Send one digit through the first layers of a network, whose output need not be that of a classifier.

    Args:
        model: any module whose forward takes (1, C, H, W).
        digit: (C, H, W) float32, ink in 0..1.

    Returns:
        Pass without a softmax.
    """
    watch, _ = _watched(model, digit[None], 0)
    return Pass(tuple(watch.layers), watch.outputs)


def _watched(model: nn.Module, batch: NDArray[np.float32], row: int) -> tuple[_Keep, Tensor]:
    """Each layer's output for one digit of a batch, and the output for all."""
    device = next((parameter.device for parameter in model.parameters()), None)
    x = torch.from_numpy(np.ascontiguousarray(batch, np.float32)).to(device)
    watch = _Keep(*tensor_names(model), x, row)
    with torch.inference_mode(), watch:
        return watch, model(x)


def tensor_names(model: nn.Module) -> tuple[dict[int, str], dict[int, str]]:
    """Names of a model's parameters, and of its buffers, by their id, as `Watch` takes them."""
    parameters, buffers = (
        {id(tensor): name for name, tensor in own} for own in (model.named_parameters(), model.named_buffers())
    )
    return parameters, buffers


class Watch(TorchFunctionMode):
    """Notes each call whose result depends on the input; what becomes of the result is for `keep` to say.

    Args:
        parameters: names of the model's parameters by their id.
        buffers: likewise, of its buffers.
        x: the input.
    """

    def __init__(self, parameters: Mapping[int, str], buffers: Mapping[int, str], x: Tensor) -> None:
        super().__init__()
        self.parameters = parameters
        self.buffers = buffers
        self.layers: list[Layer] = []
        self.names: dict[int, str] = {}
        self.taken: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.apart: set[str] = set()  # names of calls that don't depend on the input
        self.alive: list[Tensor] = []  # an id stands for a tensor only while the tensor lives
        self.add(Layer(INPUT, INPUT, tuple(x.shape[1:])), x)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        tensors = _tensors((*args, *kwargs.values()) if kwargs else args)
        sources = self.sources(tensors)
        result = func(*args, **kwargs)
        if isinstance(result, Tensor):
            outputs = [result]
        elif result is None:  # x[0] = y gives nothing back: it has written into x, as does `torch._foreach_add_`
            outputs = _tensors(args[:1]) if writes(func) else []
        else:
            outputs = _tensors((result,))
        if not outputs:
            return result
        kind = operation_name(func)
        if self.apart.issuperset(sources):  # or there are none
            self.beside(kind, sources, outputs, tensors, args, kwargs)
            return result
        output, *others = outputs  # of several, such as those of `chunk`, the first stands for all
        if kind == "mul" and any(map(ablation.is_mask, tensors)):
            self.masked(sources[0], output)
            self.name(output, sources[0])
        elif kind in RESHAPES:
            self.reshaped(kind, sources, output)
            self.name(output, next(source for source in sources if source not in self.apart))
        else:
            self.add(self.describe(kind, sources, output, tensors, args, kwargs), output, sources)
        for other in others:
            self.name(other, self.names[id(output)])
        return result

    def sources(self, tensors: list[Tensor]) -> tuple[str, ...]:
        """Names of the calls that made these tensors."""
        return tuple(dict.fromkeys([self.names[id(t)] for t in tensors if id(t) in self.names]))

    def describe(
        self,
        kind: str,
        sources: tuple[str, ...],
        output: Tensor,
        tensors: list[Tensor],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Layer:
        """The layer that a call is."""
        weight = bias = None
        for tensor in tensors:
            own = self.parameters.get(id(tensor))
            if own is None:
                continue
            if bias is None and own.endswith("bias"):
                bias = own
            elif weight is None and own != bias:
                weight = own
        name = weight.rpartition(".")[0] if weight else ""
        if not name or name in self.taken:  # no parameters of its own, or a module that runs twice
            stem = name or kinds.stem(kind)
            self.counts[stem] += 1
            name = f"{stem} ({self.counts[stem] + 1})" if name else f"{stem}{self.counts[stem]}"
        buffers = tuple([self.buffers[id(t)] for t in tensors if id(t) in self.buffers]) if self.buffers else ()
        read = tuple([source for source in sources if source not in self.apart]) if self.apart else sources
        more = _settings(kind, args, kwargs)
        return Layer(name, kind, shape_of(output)[1:], read, weight, bias, buffers=buffers, **more)

    def add(self, layer: Layer, output: Tensor, sources: tuple[str, ...] = ()) -> None:
        """Take a layer into the list; `sources` are all that it reads, those that don't depend on the input as well."""
        self.layers.append(layer)
        self.taken.add(layer.name)
        self.keep(layer, output, sources)
        self.name(output, layer.name)

    def keep(self, layer: Layer, output: Tensor, sources: tuple[str, ...]) -> None:
        """Called with each layer, the first is the input, before anything can write into its output."""

    def reshaped(self, kind: str, sources: tuple[str, ...], output: Tensor) -> None:
        """Take a reshape of a layer's output, which is no layer."""

    def masked(self, source: str, output: Tensor) -> None:
        """Take the output of a layer some of whose channels are switched off."""

    def beside(
        self,
        kind: str,
        sources: tuple[str, ...],
        outputs: list[Tensor],
        tensors: list[Tensor],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """Take a call that doesn't depend on the input, and so is no layer."""

    def name(self, output: Tensor, name: str) -> None:
        """Remember which layer made a tensor."""
        self.names[id(output)] = name
        self.alive.append(output)


class _Keep(Watch):
    """Keeps a copy of each layer's output for one digit of the batch."""

    def __init__(self, parameters: Mapping[int, str], buffers: Mapping[int, str], x: Tensor, row: int) -> None:
        self.row = row
        self.outputs: dict[str, NDArray[np.float32]] = {}
        self.statistics: dict[str, NDArray[np.float32]] = {}
        super().__init__(parameters, buffers, x)

    def keep(self, layer: Layer, output: Tensor, sources: tuple[str, ...]) -> None:
        self.masked(layer.name, output)

    def describe(
        self,
        kind: str,
        sources: tuple[str, ...],
        output: Tensor,
        tensors: list[Tensor],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Layer:
        layer = super().describe(kind, sources, output, tensors, args, kwargs)
        if kind == "batch_norm" and kinds.in_training(layer):
            read = tensors[0].detach().double()
            variance, mean = torch.var_mean(read, [axis for axis in range(read.dim()) if axis != 1], correction=0)
            count = torch.full_like(mean, read.numel() / read.shape[1])
            columns = [mean, variance, count, *[torch.full_like(mean, torch.nan)] * 2]
            self.statistics[layer.name] = torch.stack(columns, 1).cpu().float().numpy()
        return layer

    def masked(self, source: str, output: Tensor) -> None:
        # A copy, because a later in-place call may write into the same memory.
        own = output[self.row] if output.dim() else output
        self.outputs[source] = own.detach().to("cpu", torch.float32, copy=True).numpy()


def _tensors(values: Sequence[Any]) -> list[Tensor]:
    """The tensors among a call's arguments or results, and those in its lists and tuples."""
    found: list[Tensor] = []
    for value in values:
        if type(value) in _NUMBERS:
            continue
        if isinstance(value, Tensor):
            found.append(value)
        elif type(value) is list or isinstance(value, tuple):
            found += _tensors(value)
    return found


_NUMBERS: Final = frozenset({int, float, bool, type(None)})


def _settings(kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Window and further numbers of a call, as `Layer` has them."""
    record = kinds.KINDS.get(kind)
    if record is None or not record.arguments:
        return {}
    given = dict(zip(record.arguments, args, strict=False)) | kwargs
    found = record.window(given) if record.window else {}
    settings = record.settings(given) if record.settings else {}
    if given.get("training") is True:
        settings["training"] = True
    return found | {"settings": tuple(settings.items())}

"""Samples of PyTorch's own module database, each within a small classifier."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import PackedSequence
from torch.testing._internal.common_modules import ModuleInfo, module_db


class Sample(NamedTuple):
    """One sample of a module.

    Attributes:
        name: `nn.Conv2d-train-3`.
        make: builds the classifier; the same weights and inputs each time.
    """

    name: str
    make: Callable[[], nn.Module]


class Classifier(nn.Module):
    """A module between a picture and three logits.

    The module's tensors of floats are made of the picture, in the range of the sample's own and with its sign; the
    first of them is also scaled by a parameter, so that a gradient flows through the module where it has inputs to
    learn from.

    Attributes:
        alive: all that have not been freed.
    """

    alive: ClassVar[weakref.WeakSet[Classifier]] = weakref.WeakSet()

    def __new__(cls, *args: Any, **kwargs: Any) -> Classifier:
        made = super().__new__(cls)
        cls.alive.add(made)
        return made

    def __init__(self, inner: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().__init__()
        self.inner = inner
        self.args = args
        self.kwargs = kwargs
        self.scale = nn.Parameter(torch.tensor(0.9))
        self.head = nn.Linear(64, 3)

    def forward(self, x: Tensor) -> Tensor:
        scales = iter([self.scale])
        args = [_of_picture(value, x, scales) for value in self.args]
        kwargs = {key: _of_picture(value, x, scales) for key, value in self.kwargs.items()}
        logits = self.head(x.flatten(1))
        for output in tensors(self.inner(*args, **kwargs)):
            logits = logits + F.adaptive_avg_pool1d(output.sin().reshape(1, 1, -1).to(logits), 3)[0]
        return logits


def _of_picture(value: Any, x: Tensor, scales: Iterator[Tensor]) -> Any:
    """A module's argument with its tensors of floats made of a picture, each scaled as long as there are scales."""
    if isinstance(value, tuple | list):
        return type(value)(_of_picture(item, x, scales) for item in value)
    if not isinstance(value, Tensor) or not value.is_floating_point() or value.numel() == 0:
        return value
    numbers = x.flatten().sigmoid().repeat(1 + value.numel() // x.numel())[: value.numel()]
    return value * (1 - 0.1 * numbers.view(value.shape)).to(value) * next(scales, 1)


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors of floating-point numbers in a module's output."""
    if isinstance(value, PackedSequence):
        yield value.data
    elif isinstance(value, Tensor):
        if value.is_complex():
            yield torch.view_as_real(value)
        elif value.is_floating_point() and value.numel():
            yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from tensors(item)


def samples(info: ModuleInfo, training: bool) -> list[Sample]:
    """All samples of a module in one of its modes."""
    inputs = _inputs(info, training)
    mode = "train" if training else "eval"
    return [
        Sample(f"{info.name}-{mode}-{place}", lambda place=place: _made(info, training, place))
        for place in range(len(inputs))
    ]


def _inputs(info: ModuleInfo, training: bool) -> list[Any]:
    torch.manual_seed(0)
    found = info.module_inputs_func(info, device="cpu", dtype=torch.float32, requires_grad=False, training=training)
    return list(found)


def _made(info: ModuleInfo, training: bool, place: int) -> nn.Module:
    chosen = _inputs(info, training)[place]
    torch.manual_seed(place)
    options = {key: _single(value) for key, value in chosen.constructor_input.kwargs.items()}
    inner = info.module_cls(*chosen.constructor_input.args, **options)
    given = chosen.forward_input
    args, kwargs = tuple(given.args), dict(given.kwargs)
    if info.is_lazy:
        inner(*args, **kwargs)  # its parameters get their shapes
    return Classifier(inner, args, kwargs).train(training)


def _single(value: Any) -> Any:
    """A constructor's tensor in the type of the inputs: some samples have it in double precision."""
    return value.float() if isinstance(value, Tensor) and value.dtype is torch.float64 else value


MODULES: list[ModuleInfo] = list(module_db)

"""Training and evaluation mode: whether a network computes differently in them, and passes in one of them by a seed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from lenet.networks import global_generator
from lenet.networks.forward import Layer, Watch, tensor_names
from lenet.record import random_state
from lenet.record.model_copy import private_copy

TRAIN: Final = "train"
EVAL: Final = "eval"
MODES: Final = (TRAIN, EVAL)
"""Modes of a module, by the name of the method that switches it on; a new module is in the first."""


@dataclass(frozen=True)
class Differences:
    """Differences between the two modes of a network.

    Attributes:
        layers: names of the layers that compute differently, in the order of the pass in training mode; empty where it
            can't be told which they are.
        differ: whether the modes give different results.
        draws: whether a pass draws from PyTorch's random generator, in either mode.
    """

    layers: tuple[str, ...] = ()
    differ: bool = False
    draws: bool = False


_known: WeakKeyDictionary[nn.Module, tuple[list[type], Differences]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def differences(model: nn.Module) -> Differences:
    """Differences between a network's modes, found by two passes of its own and kept as long as the network.

    The network itself is asked, not the classes of its modules: `F.dropout(x, training=self.training)` counts as well.

    Args:
        model: any module with an `input_size`, or else whose input is 32 pixels wide. It is not changed.
    """
    modules = [type(module) for module in model.modules()]
    with _lock:
        known = _known.get(model)
    if known is None or known[0] != modules:
        known = modules, _found(model)
        with _lock:
            _known[model] = known
    return known[1]


def put(model: nn.Module, mode: str | None) -> nn.Module:
    """Put a network into a mode; None leaves it as it is."""
    return model if mode is None else model.train(mode == TRAIN)


@contextmanager
def seeded(model: nn.Module, mode: str | None, seed: int, device: torch.device) -> Iterator[None]:
    """Let a pass of a network draw the numbers of a seed, and leave the global generators as they were.

    Args:
        model: the network; nothing is done for one that draws none.
        mode: of the pass; without one, the generators are left to the caller.
        seed: for `torch.manual_seed`.
        device: on which the pass runs.
    """
    if mode is None or not differences(model).draws:
        yield
        return
    with global_generator.LOCK, random_state.restored(device):
        torch.manual_seed(seed)
        yield


def _found(model: nn.Module) -> Differences:
    size = getattr(model, "input_size", 32)
    channels = next((module.in_channels for module in model.modules() if isinstance(module, nn.Conv2d)), 1)
    generator = torch.Generator().manual_seed(0)
    # Two inputs: batch norm of a single number per channel fails in training mode.
    x = torch.rand(2, channels, size, size, generator=generator)
    try:
        copied = private_copy(model).cpu()
    except Exception:  # whatever a model's own way of being copied raises; `record` says it
        return Differences()
    one, other = (_pass(copied, mode, x) for mode in MODES)
    if one is None or other is None:
        return Differences(differ=(one is None) != (other is None))
    names = tuple(name for name, call in one.calls.items() if other.calls.get(name) != call)
    # A mask that keeps all numbers of these inputs may drop one of the next.
    differ = not _equal(one.result, other.result) or (bool(names) and one.drawn)
    return Differences(names if differ else (), differ, one.drawn or other.drawn)


class _Calls(Watch):
    """Calls of a pass by their layers' names, each with its arguments that are no tensors."""

    def __init__(self, model: nn.Module, x: Tensor) -> None:
        self.calls: dict[str, object] = {}
        self.result: Any = None
        self.drawn = False
        super().__init__(*tensor_names(model), x)

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
        plain = [repr(value) for value in (*args, *sorted(kwargs.items())) if not _holds_tensors(value)]
        self.calls[layer.name] = kind, plain
        return layer


def _pass(model: nn.Module, mode: str, x: Tensor) -> _Calls | None:
    """Calls of a pass of two inputs, None if it fails."""
    put(model, mode)
    with global_generator.LOCK, random_state.restored(x.device), torch.inference_mode():
        torch.manual_seed(0)
        before = torch.get_rng_state()
        watch = _Calls(model, x)
        try:
            with watch:
                watch.result = model(x)
        except Exception:  # whatever a model raises; the recorded pass says it
            return None
        watch.drawn = not torch.equal(before, torch.get_rng_state())
    return watch


def _holds_tensors(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_tensors, value))
    return isinstance(value, Tensor)


def _equal(one: object, other: object) -> bool:
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        return True  # what `record` refuses
    return torch.equal(one.nan_to_num(), other.nan_to_num()) if one.shape == other.shape else False

"""Calls that PyTorch's function mode does not hand to a watch: an `autograd.Function`, and what TorchScript compiled;
and what saved tensors' hooks give back.

They go by way of functions here, which ask whether a watch is on in their own thread.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import torch
from torch import Tensor
from torch.autograd.function import Function
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import _get_current_function_mode_stack, _pop_mode_temporarily


class Watcher(Protocol):
    """A mode that wants to see these calls."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """See `torch.overrides.TorchFunctionMode`."""

    def internal(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Called with an `autograd.Function` of PyTorch's own, whose calls within are seen."""


def reveal() -> None:
    """Let the modes of all threads see them from now on; without such a mode, the calls run as ever.

    It isn't taken back: changing PyTorch's classes twice for each pass would cost more than the passes' watching.
    """
    Function.apply = classmethod(_apply)  # type: ignore[method-assign, assignment]
    _Script.__call__ = _script
    _Method.__call__ = _method
    saved_tensors_hooks.__enter__ = _enter  # type: ignore[method-assign]


def revealed() -> bool:
    """Whether `reveal` was called."""
    return _Script.__call__ is _script


class Packed:
    """What a hook made of a tensor that a node saved.

    Attributes:
        packed: what it gave.
        tensor: what its counterpart made of that when backward read it; None before.
    """

    def __init__(self, packed: Any) -> None:
        self.packed = packed
        self.tensor: Tensor | None = None


_Script: Final[Any] = torch.jit.ScriptFunction
_Method: Final[Any] = torch._C.ScriptMethod
_apply_itself: Final[Any] = Function.__dict__["apply"]
_script_itself: Final = _Script.__call__
_method_itself: Final = _Method.__call__
_enter_itself: Final[Any] = saved_tensors_hooks.__enter__


def _enter(self: Any) -> None:
    if not any(hasattr(mode, "internal") for mode in _modes()):
        _enter_itself(self)
        return
    pack, unpack = self.pack_hook, self.unpack_hook

    def give(packed: Packed) -> Tensor:
        tensor: Tensor = unpack(packed.packed)
        packed.tensor = tensor
        return tensor

    torch._C._autograd._push_saved_tensors_default_hooks(lambda tensor: Packed(pack(tensor)), give)


def _modes() -> list[Any]:
    found: list[Any] = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    return found


def _apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        return _apply_itself.__get__(None, cls)(*args, **kwargs)

    run.__name__ = cls.__name__
    return _shown(run, args, kwargs, cls.__module__.startswith("torch."))


def _script(self: Any, *args: Any, **kwargs: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        return _script_itself(self, *args, **kwargs)

    run.__name__ = self.name
    return _shown(run, args, kwargs)


def _method(self: Any, *args: Any, **kwargs: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        return _method_itself(self, *args, **kwargs)

    run.__name__ = self.owner.original_name if self.name == "forward" else self.name
    return _shown(run, args, kwargs)


def _shown(run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], internal: bool = False) -> Any:
    stack = _modes()
    watch = next((mode for mode in reversed(stack) if hasattr(mode, "internal")), None)
    if watch is None:
        return run(*args, **kwargs)
    if internal or watch is not stack[-1]:
        return watch.internal(run, args, kwargs)
    with _pop_mode_temporarily():
        return watch.__torch_function__(run, (), args, kwargs)

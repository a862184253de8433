"""Calls that PyTorch's function mode does not hand to a watch: an `autograd.Function`, and what TorchScript compiled;
and what saved tensors' hooks give back.

While a watch is on, in whatever thread, they go by way of functions here, which ask for the watch of their own thread.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol

import torch
from torch import Tensor
from torch.autograd.function import AUTOGRAD_FUNCTION_COUNTER, Function, InplaceFunction, NestedIOFunction
from torch.overrides import _get_current_function_mode_stack, _pop_mode_temporarily


class Watcher(Protocol):
    """Function mode that also receives these calls."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """See `torch.overrides.TorchFunctionMode`; called with an `autograd.Function`, or what TorchScript compiled."""

    def begins(self) -> None:
        """Note that an `autograd.Function` is about to create its node."""

    packs: bool
    """True if hooks for saved tensors were set while the mode was on."""


class Packed:
    """Result of a pack hook for a tensor that a node saved.

    Attributes:
        packed: what it gave.
        tensor: what its counterpart made of that when backward read it; None before.
    """

    def __init__(self, packed: Any) -> None:
        self.packed = packed
        self.tensor: Tensor | None = None


def reveal() -> None:
    """Pass these calls to function modes until `hide` has been called as often as `reveal`."""
    global _count
    with _lock:
        _count += 1
        if _count == 1:
            _Script.__call__ = _script
            _Method.__call__ = _method
            _autograd._push_saved_tensors_default_hooks = _push
            _core._are_functorch_transforms_active = _active
        if "apply" in Function.__dict__ and Function.__dict__["apply"] is _apply_itself and _has_functions():
            Function.apply = classmethod(_apply)  # type: ignore[method-assign, assignment]


def hide() -> None:
    """Undo one call of `reveal`."""
    global _count
    with _lock:
        _count -= 1
        if _count == 0:
            _Script.__call__, _Method.__call__ = _script_itself, _method_itself
            _autograd._push_saved_tensors_default_hooks = _push_itself
            _core._are_functorch_transforms_active = _active_itself
            if Function.__dict__["apply"] is not _apply_itself:
                Function.apply = _apply_itself  # type: ignore[method-assign]


_lock: Final = threading.Lock()
_count = 0
_functions = "", False

_core: Final[Any] = torch._C
_autograd: Final[Any] = torch._C._autograd
_Script: Final[Any] = torch.jit.ScriptFunction
_Method: Final[Any] = torch._C.ScriptMethod
_apply_itself: Final[Any] = Function.__dict__["apply"]
_script_itself: Final = _Script.__call__
_method_itself: Final = _Method.__call__
_push_itself: Final = _autograd._push_saved_tensors_default_hooks
_active_itself: Final = _core._are_functorch_transforms_active


def _has_functions() -> bool:
    """Test for subclasses outside of PyTorch; without any, the base class needs no patch, which is slow."""
    global _functions
    made = repr(AUTOGRAD_FUNCTION_COUNTER)  # of all such classes
    if made != _functions[0]:
        kinds = [kind for base in (Function, InplaceFunction, NestedIOFunction) for kind in base.__subclasses__()]
        _functions = made, any(not kind.__module__.startswith("torch.") for kind in kinds)
    return _functions[1]


def _watch() -> Any:
    """Watcher of this thread or None, and whether it is the innermost mode."""
    stack: list[Any] = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    found = [mode for mode in stack if hasattr(mode, "begins")]
    return (found[-1], found[-1] is stack[-1]) if found else (None, False)


def _active() -> bool:
    if sys._getframe(1).f_code is _apply_itself.__func__.__code__:
        watch, _ = _watch()
        if watch is not None:
            watch.begins()
    return bool(_active_itself())


def _push(pack: Callable[[Tensor], Any], unpack: Callable[[Any], Tensor]) -> None:
    watch, _ = _watch()
    if watch is None:
        _push_itself(pack, unpack)
        return
    watch.packs = True

    def give(packed: Packed) -> Tensor:
        tensor = unpack(packed.packed)
        packed.tensor = tensor
        return tensor

    _push_itself(lambda tensor: Packed(pack(tensor)), give)


def _apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        return _apply_itself.__get__(None, cls)(*args, **kwargs)

    run.__name__ = cls.__name__
    if cls.__module__.startswith("torch."):  # whose calls within are the model's: a checkpoint's
        return run(*args, **kwargs)
    return _shown(run, args, kwargs)


def _script(self: Any, *args: Any, **kwargs: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        return _script_itself(self, *args, **kwargs)

    run.__name__ = self.name
    return _shown(run, args, kwargs)


def _method(self: Any, *args: Any, **kwargs: Any) -> Any:
    def run(*args: Any, **kwargs: Any) -> Any:
        return _method_itself(self, *args, **kwargs)

    run.__name__ = self.name
    return _shown(run, args, kwargs)


def _shown(run: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    watch, first = _watch()
    if not first:
        return run(*args, **kwargs)
    with _pop_mode_temporarily():
        return watch.__torch_function__(run, (), args, kwargs)

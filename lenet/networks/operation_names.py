"""The names of operations as a PyTorch user knows them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

_OPERATORS: Final = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "matmul": "matmul",
    "div": "div",
    "truediv": "div",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "pow",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
    "lshift": "bitwise_left_shift",
    "rshift": "bitwise_right_shift",
}
"""Python's binary operators, by the names of their methods without underscores, and the functions that they are."""

_OTHERS: Final = {"invert": "bitwise_not", "reversed": "flip", "nonzero": "bool"}


@lru_cache(maxsize=1024)
def operation_name(function: Callable[..., Any]) -> str:
    """The name of a function that computes with tensors: `add` for `torch.add`, `x + y`, `1 + x`, `x += y`,
    `x.add_(y)` and `torch.ops.aten.add.Tensor`; `mT` for the attribute `x.mT`, and `set_data` for `x.data = y`.

    Args:
        function: as `TorchFunctionMode` hands it over.
    """
    name = _name(function)
    if name in ("__get__", "__set__") and (attribute := _attribute(function)):
        return attribute if name == "__get__" else f"set_{attribute}"
    plain = name.partition(".")[0].strip("_")  # without an overload
    if name.startswith("__") and name.endswith("__"):
        for method in (plain, plain[1:]):  # __mul__, and then __rmul__ and __imul__
            if method in _OPERATORS and (method == plain or plain[0] in "ri"):
                return _OPERATORS[method]
        return _OTHERS.get(plain, plain)
    return plain or name


@lru_cache(maxsize=1024)
def writes(function: Callable[..., Any]) -> bool:
    """True if a function that returns nothing writes into its first argument, as `x[0] = y`, `x.data = y` and
    `torch._foreach_add_(tensors, 1)` do; `x.requires_grad = True` does not.
    """
    name = _name(function)
    return _attribute(function) == "data" if name == "__set__" else name.endswith("_")


def _name(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", None) or type(function).__name__)


def _attribute(function: Callable[..., Any]) -> str:
    """The attribute of a `__get__` or `__set__`, which belongs to a descriptor or to a property."""
    owner = getattr(function, "__self__", None)
    return getattr(owner, "__name__", None) or getattr(getattr(owner, "fget", None), "__name__", None) or ""

"""State that a model carries from pass to pass besides parameters and buffers: counters, random generators, tensors and
lists that it keeps as plain attributes.
"""

from __future__ import annotations

import copyreg
import math
import random
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.record.arrays import Values, freeze
from lenet.record.model_copy import is_filled

Keep = Callable[[Tensor], Values]

_HELD: Final = frozenset({"_parameters", "_buffers", "_modules"})
"""Attributes of a module that `State` holds separately."""

_PLAIN: Final = frozenset({bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device, torch.Size})
_SERIES: Final[dict[str, type]] = {kind.__name__: kind for kind in (list, tuple, set, frozenset, deque)}
_TABLES: Final[dict[str, type]] = {kind.__name__: kind for kind in (dict, OrderedDict)}


class Kept(NamedTuple):
    """Value of an attribute as plain values and arrays.

    Attributes:
        kind: name of its type, or `plain`, `tensor`, `graph` (a tensor with a grad_fn), `object`.
        value: by the kind: the value itself, `Values`, or a tuple of further `Kept`.
    """

    kind: str
    value: Any


class UnheldError(Exception):
    """Raised for a value that is not made of plain values and arrays."""


def changed(
    pairs: Iterable[tuple[str, nn.Module, nn.Module]],
    copies: Mapping[int, Any],
    keep: Keep,
    training: bool | None = None,
) -> tuple[dict[str, Kept], str]:
    """Attributes of a model's copy that now differ from the model's.

    Args:
        pairs: name, module and its copy.
        copies: the copies of the model's parts by the parts' ids.
        keep: makes values of a tensor.
        training: mode that the copy was put into, None for the model's own.

    Returns:
        The attributes by their qualified names, and the name of one that can't be kept, or "".
    """
    found: dict[str, Kept] = {}
    unheld = ""
    for name, original, copied in pairs:
        before, after = original.__dict__, copied.__dict__
        for attribute, value in after.items():
            old = before.get(attribute, _MISSING)
            if attribute == "training" and training is not None:
                old = training
            if (
                value is old
                or (type(value) in _EMPTY and type(old) is type(value) and not (value or old))
                or attribute in _HELD
            ):
                continue
            if not _same(old, value, copies, set()):
                path = f"{name}.{attribute}" if name else attribute
                try:
                    found[path] = _kept(value, keep, 0)
                except UnheldError:
                    unheld = path
        if before.keys() != after.keys():
            for attribute in before.keys() - after.keys() - {"_compiled_call_impl"}:
                unheld = f"{name}.{attribute}" if name else attribute
    return found, unheld


def restore(model: nn.Module, attributes: Mapping[str, Kept], cut: list[Tensor], shares: bool) -> None:
    """Give a model the attributes of a state.

    Args:
        model: that is changed.
        attributes: by their qualified names.
        cut: takes leaves that stand for what had a grad_fn.
        shares: whether several of the model's tensors lie in the same memory, so that it is to be written to.
    """
    for path, kept in attributes.items():
        owner, _, name = path.rpartition(".")
        module = model.get_submodule(owner)
        old: Any = module.__dict__.get(name)
        made: Any = _made(kept, old, path, cut)
        if shares and isinstance(made, Tensor | np.ndarray) and type(old) is type(made) and old.shape == made.shape:
            place: Any = old
            place[...] = made
        else:
            setattr(module, name, made)


_MISSING: Final = object()
_EMPTY: Final = frozenset({dict, OrderedDict, list, set})


def _same(old: Any, new: Any, copies: Mapping[int, Any], seen: set[tuple[int, int]]) -> bool:
    if old is new or (copies.get(id(old), _MISSING) is new is not None and isinstance(new, nn.Module | nn.Parameter)):
        return True
    if type(old) is not type(new):
        return False
    if type(old) in _PLAIN:
        return bool(old == new) or (isinstance(old, float) and math.isnan(old) and math.isnan(new))
    if (id(old), id(new)) in seen:
        return True
    seen.add((id(old), id(new)))
    if isinstance(old, Tensor):
        if old.grad_fn is not None:  # the copy stands for it
            old = old.detach()
        alike = old.shape == new.shape and old.dtype == new.dtype and old.layout == new.layout
        return alike and _bytes(old) == _bytes(new)
    if isinstance(old, np.ndarray):
        return old.dtype == new.dtype and np.array_equal(old, new, equal_nan=old.dtype.kind in "fc")
    inside = _inside(old), _inside(new)
    return len(inside[0]) == len(inside[1]) and all(
        _same(one, other, copies, seen) for one, other in zip(*inside, strict=True)
    )


def _bytes(tensor: Tensor) -> bytes:
    return freeze(tensor).tobytes()


def _inside(value: Any) -> list[Any]:
    """Values that make up a value's state."""
    if isinstance(value, torch.Generator):
        return [value.get_state()]
    if isinstance(value, random.Random):
        return list(value.getstate())
    if isinstance(value, np.random.Generator):
        return [value.bit_generator.state]
    if isinstance(value, np.random.RandomState):
        return [value.get_state(legacy=False)]
    if isinstance(value, dict):
        return [*value.keys(), *value.values(), *getattr(value, "__dict__", {}).values()]
    if isinstance(value, set | frozenset):
        return [sorted(map(repr, value))]
    if isinstance(value, list | tuple | deque):
        return list(value)
    if callable(value) and hasattr(value, "__code__"):
        cells = [cell.cell_contents for cell in value.__closure__ or () if is_filled(cell)]
        return [*cells, *(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
    if hasattr(value, "__dict__") and not isinstance(value, type):
        return [*value.__dict__.keys(), *value.__dict__.values()]
    try:
        reduced = copyreg.dispatch_table[type(value)](value) if type(value) in copyreg.dispatch_table else None
        parts = reduced if reduced is not None else value.__reduce_ex__(4)
        return list(parts[1:3]) if isinstance(parts, tuple) else []
    except (TypeError, ValueError, RuntimeError):
        return []  # nothing that can be copied either


def _kept(value: Any, keep: Keep, depth: int) -> Kept:
    if depth > 20:
        raise UnheldError
    if value is None or type(value) in (bool, int, float, str):
        return Kept("plain", value)
    if type(value) is Tensor and value.layout is torch.strided and not value.is_nested and not value.is_quantized:
        return Kept("tensor" if value.grad_fn is None else "graph", keep(value))
    if type(value) is np.ndarray and value.dtype.kind in "biufc":
        array = value.copy()
        array.flags.writeable = False
        return Kept("ndarray", Values(array.shape, str(array.dtype), array))
    kind: str = type(value).__name__
    found: Any = value
    if isinstance(value, torch.Generator | random.Random | np.random.Generator | np.random.RandomState):
        return Kept("generator", tuple([_kept(one, keep, depth + 1) for one in _inside(value)]))
    if _SERIES.get(kind) is type(value):
        return Kept(kind, tuple([_kept(one, keep, depth + 1) for one in found]))
    if _TABLES.get(kind) is type(value):
        items = [(_kept(key, keep, depth + 1), _kept(one, keep, depth + 1)) for key, one in found.items()]
        return Kept(kind, tuple(items))
    own: Any = getattr(value, "__dict__", None)
    if type(own) is dict and not isinstance(value, nn.Module | Tensor) and not callable(value):
        items = [(_kept(key, keep, depth + 1), _kept(one, keep, depth + 1)) for key, one in own.items()]
        return Kept("object", tuple(items))
    raise UnheldError


def _made(kept: Kept, old: Any, path: str, cut: list[Tensor]) -> Any:
    """Rebuild the value; `old` is the model's present value of this attribute."""
    kind, value = kept
    if kind == "plain":
        return value
    if kind in ("tensor", "graph", "ndarray"):
        if value.array is None:
            raise InputError("state-small")
        if kind == "ndarray":
            return value.array.copy()
        tensor = torch.from_numpy(np.array(value.array)).to(getattr(torch, value.dtype))
        if kind == "tensor":
            return tensor
        leaf = tensor.requires_grad_()
        cut.append(leaf)
        return leaf.clone()
    if kind in _SERIES:
        found = [_made(one, None, path, cut) for one in value]
        return deque(found, old.maxlen) if kind == "deque" and isinstance(old, deque) else _SERIES[kind](found)
    if kind in _TABLES:
        return _TABLES[kind]((_made(key, None, path, cut), _made(one, None, path, cut)) for key, one in value)
    if kind == "generator":
        return _continued(old, [_made(one, None, path, cut) for one in value], path)
    if type(getattr(old, "__dict__", 0)) is not dict:
        raise InputError("state-attribute", name=path)
    for key, one in value:
        name = key.value
        old.__dict__[name] = _made(one, old.__dict__.get(name), path, cut)
    return old


def _continued(generator: Any, state: list[Any], path: str) -> Any:
    if isinstance(generator, torch.Generator):
        generator.set_state(state[0])
    elif isinstance(generator, random.Random):
        generator.setstate((state[0], tuple(state[1]), state[2]))
    elif isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state[0]
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state[0])
    else:
        raise InputError("state-attribute", name=path)
    return generator

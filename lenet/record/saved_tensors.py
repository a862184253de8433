"""Reading what a node of PyTorch's autograd graph has saved for its backward."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from torch import Tensor
from torch.autograd.function import BackwardCFunction

from lenet.messages import Message
from lenet.record.graph import Plain, Saved
from lenet.record.hidden_calls import Packed

Know = Callable[[str, Tensor], Saved]
"""Describes a saved tensor of this name."""

UNREAD: Final = Message("saved-unread")
OVERWRITTEN: Final = Message("saved-overwritten")

_PREFIX: Final = "_saved_"
_SIMPLE: Final = frozenset({bool, float, str, type(None)})
_SEQUENCES: Final = frozenset({tuple, list})
_INTEGERS: Final = frozenset({int})
_NOISE: Final = ("_sym_strides", "_sym_sizes_opt")
"""Ends of names of what is saved for PyTorch's own bookkeeping: how a tensor lay in memory, what shape the bias had."""
_FREED: Final = "already been freed"


class _Attribute(NamedTuple):
    """Attribute in which a class of nodes saves something.

    Attributes:
        name: with `_saved_`.
        label: without.
        raw: name of the attribute that gives the `SavedTensor` itself; "" if the saved value is no tensor.
    """

    name: str
    label: str
    raw: str


_attributes: Final[dict[type, tuple[_Attribute, ...]]] = {}


class Pending(NamedTuple):
    """A saved tensor that backward will unpack."""

    name: str
    packed: Packed

    def settle(self, know: Know) -> Saved:
        """Take the tensor as backward unpacked it, `UNREAD` if it didn't."""
        tensor, self.packed.tensor = self.packed.tensor, None
        # What the hook made of the tensor is what was kept, and its memory isn't known.
        return Saved(self.name, None, UNREAD) if tensor is None else know(self.name, tensor)._replace(memory=None)


def read(function: Any, know: Know) -> list[Saved | Pending]:
    """Read what a node has saved, [] if backward has freed it.

    Args:
        function: the node.
        know: describes the tensors, but for those that hooks packed.
    """
    if isinstance(function, BackwardCFunction):
        return _read_by_hand(function, know)
    kind = type(function)
    names = _attributes.get(kind)
    if names is None:
        every = dir(kind)
        names = _attributes[kind] = tuple(
            [
                _Attribute(name, name.removeprefix(_PREFIX), raw if (raw := f"_raw{name}") in every else "")
                for name in every
                if name.startswith(_PREFIX) and not name.endswith(_NOISE)
            ]
        )
    found: list[Saved | Pending] = []
    for name, label, raw in names:
        try:
            held: Any = getattr(function, raw) if raw else None
            if held is None:
                found.append(Saved(label, None, _plain(getattr(function, name))))
            elif type(held) not in _SEQUENCES and held.unpack_hook is None:
                value = getattr(function, name)
                found.append(Saved(label) if value is None else know(label, value))
            else:
                found += _read_tensors(label, held, partial(getattr, function, name), know)
        except RuntimeError as error:
            if _FREED in str(error):
                return []
            found.append(Saved(label, None, OVERWRITTEN))
    return found


def _read_by_hand(function: Any, know: Know) -> list[Saved | Pending]:
    """Saved tensors of an `autograd.Function`'s node, and other values on its context."""
    found: list[Saved | Pending] = []
    try:
        raw = function._raw_saved_tensors
        found += _read_tensors("saved_tensors", raw, lambda: tuple([one.unpack() for one in raw]), know)
    except RuntimeError as error:
        if _FREED in str(error):
            return []
        found.append(Saved("saved_tensors", None, OVERWRITTEN))
    for name, value in vars(function).items():
        if isinstance(value, Tensor):
            found.append(know(name, value))
        elif type(value) in _SEQUENCES and any(isinstance(item, Tensor) for item in value):
            tensors = [(place, item) for place, item in enumerate(value) if isinstance(item, Tensor)]
            found += [know(f"{name}[{place}]", item) for place, item in tensors]
        else:
            found.append(Saved(name, None, _plain(value)))
    return found


def _read_tensors(label: str, raw: Any, read: Callable[[], Any], know: Know) -> list[Saved | Pending]:
    """One saved tensor, or a sequence of them; `raw` are PyTorch's `SavedTensor`s."""
    several = type(raw) in _SEQUENCES
    packed = [one.data for one in (raw if several else (raw,)) if one.unpack_hook is not None]
    if packed and all(isinstance(one, Packed) for one in packed):
        return [Pending(f"{label}[{place}]" if several else label, one) for place, one in enumerate(packed)]
    value = read()
    if not several:
        return [Saved(label) if value is None else know(label, value)]
    return [know(f"{label}[{place}]", item) for place, item in enumerate(value) if isinstance(item, Tensor)] or [
        Saved(label, None, _plain(value))
    ]


def _plain(value: Any) -> Plain:
    kind = type(value)
    if kind is int:
        return value - 2**64 if value >= 2**63 else value  # PyTorch hands out negative numbers as unsigned ones
    if kind in _SIMPLE:
        return value
    if kind is tuple and _INTEGERS.issuperset(map(type, value)) and max(value, default=0) < 2**63:
        return value
    return tuple([_plain(item) for item in value]) if kind in _SEQUENCES else str(value)

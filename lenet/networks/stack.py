"""A network as a list of layers, one after the other: built by a visitor, written in an address, made into a module.

The name of such a network is the list itself, as text, so that everything that is given a network's name can build it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from torch import Tensor, nn

from lenet.networks.stack_layers import TYPES, LayerType, Option, Value

PREFIX: Final = "stack"
"""Begin of the name of a network that is a list of layers."""
MOST: Final = 40
"""Largest number of layers."""
LONGEST: Final = 3_000
"""Largest length in characters of a name; any list of `MOST` layers is shorter."""
SIDES: Final = (28, 32)
"""Sides in pixels that the input can have."""
CLASSES: Final = 10
BETWEEN: Final = "~"
MINUS: Final = "n"
"""Stands for the minus of an exponent, because `-` separates options."""


@dataclass(frozen=True)
class Row:
    """One layer.

    Attributes:
        kind: name of its type, one of `TYPES`.
        given: its options that aren't the defaults, by name, in the order of the type's options.
    """

    kind: str
    given: tuple[tuple[str, Value], ...] = ()

    @property
    def type(self) -> LayerType:
        """Type of the layer."""
        return TYPES[self.kind]

    @property
    def values(self) -> dict[str, Any]:
        """Value of each option by its name."""
        return {option.name: option.default for option in self.type.options} | dict(self.given)

    def with_values(self, values: Mapping[str, Value]) -> Row:
        """The layer with other values of some options."""
        return row(self.kind, self.values | dict(values))


def row(kind: str, values: Mapping[str, Value] | None = None) -> Row:
    """A layer with these options, and the defaults of the others."""
    values = values or {}
    given = [(option.name, values[option.name]) for option in TYPES[kind].options if option.name in values]
    defaults = {option.name: option.default for option in TYPES[kind].options}
    return Row(kind, tuple((name, value) for name, value in given if value != defaults[name]))


@dataclass(frozen=True)
class Stack:
    """A list of layers.

    Attributes:
        rows: the layers, from the input on.
        side: height and width of the input in pixels.
    """

    rows: tuple[Row, ...] = ()
    side: int = SIDES[-1]

    @property
    def name(self) -> str:
        """Name of the network: letters, digits, `_`, `-`, `.` and `~`, which need no escape in an address."""
        return BETWEEN.join([f"{PREFIX}-{self.side}", *map(_write, self.rows)])

    def attributes(self) -> list[str]:
        """Name of each layer's module, such as `conv1`; "" for a layer that is a function."""
        counts: Counter[str] = Counter()
        found = []
        for one in self.rows:
            stem = one.type.attribute
            counts[stem] += 1
            found.append(f"{stem}{counts[stem]}" if stem else "")
        return found


class Net(nn.Module):
    """Network of a stack's layers: (N, 1, side, side) -> (N, 10) logits, if the layers fit.

    Args:
        stack: the layers.
        modules: of the layers that have one, by their attribute, as `stack_shapes` infers their sizes.
    """

    def __init__(self, stack: Stack, modules: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.stack = stack
        self.input_size = stack.side
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x: Tensor) -> Tensor:
        """Send a batch through all layers."""
        *_, last = x, *self.outputs(x)
        return last

    def outputs(self, x: Tensor) -> Iterator[Tensor]:
        """Output of each layer, one after the other."""
        # A recording reads `place` to say which line of the network's code runs.
        for place, (one, attribute) in enumerate(zip(self.stack.rows, self.stack.attributes(), strict=True)):  # noqa: B007
            x = self.get_submodule(attribute)(x) if attribute else apply(one, x)
            yield x


def apply(one: Row, x: Tensor) -> Tensor:
    """Apply a layer that is a function."""
    return one.type.function(x, **arguments(one))


def arguments(one: Row, **inferred: int) -> dict[str, Any]:
    """Arguments of a layer's module or function, without those that are left to PyTorch.

    Args:
        one: the layer.
        inferred: values of the options that stand for a size of the layer's input, by the size's name.
    """
    values = one.values
    found = {}
    for option in one.type.options:
        value = values[option.name]
        if option.inferred and value in (0, (0, 0)):
            if option.inferred not in inferred:
                continue
            value = inferred[option.inferred]
        found[option.name] = value
    return found


def read(name: str) -> Stack | None:
    """The stack with a name that comes from an address; None where the text isn't the name of one."""
    head, *parts = name[: LONGEST + 1].split(BETWEEN)
    prefix, _, side = head.partition("-")
    if len(name) > LONGEST or prefix != PREFIX or len(parts) > MOST or side not in map(str, SIDES):
        return None
    rows = [_read(part) for part in parts]
    found = [one for one in rows if one is not None]
    return Stack(tuple(found), int(side)) if len(found) == len(rows) else None


def short(name: str) -> str:
    """Name of a network's class in code and of its files: `Net` for a stack."""
    return Net.__name__ if is_name(name) else name.replace(":", "-")


def is_name(name: str) -> bool:
    """True if the name is that of a stack."""
    return name.startswith(f"{PREFIX}-")


def _write(one: Row) -> str:
    """Text of a layer: its type, then its options in order, those at the end left out that are the defaults."""
    last = max((place for place, option in enumerate(one.type.options, 1) if option.name in dict(one.given)), default=0)
    values = one.values
    return "-".join([one.kind, *(_text(values[option.name]) for option in one.type.options[:last])])


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return str(value[0]) if value[0] == value[1] else "x".join(map(str, value))
    if isinstance(value, float):
        return repr(value).replace("-", MINUS)
    return str(int(value)) if isinstance(value, bool) else str(value)


def _read(text: str) -> Row | None:
    kind, *texts = text.split("-")
    if kind not in TYPES or len(texts) > len(TYPES[kind].options):
        return None
    values: dict[str, Value] = {}
    for option, one in zip(TYPES[kind].options, texts, strict=False):
        value = _value(option, one)
        if value is None or not fits(option, value):
            return None
        values[option.name] = value
    return row(kind, values)


def _value(option: Option, text: str) -> Value | None:
    if option.choices:
        return text
    if isinstance(option.default, bool):
        return {"0": False, "1": True}.get(text)
    if isinstance(option.default, float):
        try:
            return float(text.replace(MINUS, "-"))
        except ValueError:
            return None
    parts = text.split("x") if isinstance(option.default, tuple) else [text]
    if len(parts) > 2 or not all(part.isascii() and part.isdecimal() and len(part) < 7 for part in parts):
        return None
    first, last = int(parts[0]), int(parts[-1])
    return (first, last) if isinstance(option.default, tuple) else first


def fits(option: Option, value: Value) -> bool:
    """True if an option can have this value, whatever the other layers are."""
    if option.choices:
        return value in option.choices
    if isinstance(option.default, bool):
        return isinstance(value, bool)
    numbers: Iterable[Any] = value if isinstance(value, tuple) else (value,)
    return all(option.low <= number <= option.high for number in numbers)

"""Python code of a network that is a list of layers, as a person would write it, in the notes' style."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from torch import nn

from lenet.networks.stack import Net, Row, Stack
from lenet.networks.stack_layers import Option, Value
from lenet.networks.stack_shapes import Checked, check

SIZES: Final = ("channels", "features")
"""Sizes of a layer's input, which are the first arguments of its module."""
STARTS: Final = ("conv", "linear", "flatten")
"""Types of layers that begin a line."""
LONGEST: Final = 100
"""Largest length in characters of an expression that is nested in another one."""


def source(stack: Stack) -> str:
    """The class of a network, `class Net(nn.Module)`; it needs `torch`, `nn`, `F` and `Tensor`.

    A layer that doesn't fit is written as it was asked for, so that running the code raises PyTorch's error.
    """
    rows = check(stack)
    modules = [
        f"self.{attribute} = nn.{_module(one, _before(rows, place))}"
        for place, (one, attribute) in enumerate(zip(rows, stack.attributes(), strict=True))
        if one.row.type.module
    ]
    indent = "\n        "
    return f"""class {Net.__name__}(nn.Module):
    def __init__(self) -> None:
        super().__init__(){indent if modules else ""}{indent.join(modules)}

    {f"{chr(10)}    ".join(forward(stack).lines)}"""


class Forward(NamedTuple):
    """The method `forward`.

    Attributes:
        lines: its lines, without the class's indent.
        places: number of the line of each layer, counted from 0.
    """

    lines: tuple[str, ...]
    places: tuple[int, ...]


@lru_cache(maxsize=64)
def forward(stack: Stack) -> Forward:
    """The method `forward` of a network's class."""
    lines, places = ["x"], []
    for one, attribute in zip(stack.rows, stack.attributes(), strict=True):
        if lines[-1] != "x" and (one.kind in STARTS or len(lines[-1]) > LONGEST):
            lines.append("x")
        lines[-1] = _call(one, attribute, lines[-1])
        places.append(len(lines))
        if one.kind == "flatten":
            lines.append("x")
    if len(lines) > 1 and lines[-1] == "x":
        lines.pop()
    *first, last = lines
    body = (*(f"    x = {line}" for line in first), f"    return {last}")
    return Forward(("def forward(self, x: Tensor) -> Tensor:", *body), tuple(places))


def script(stack: Stack) -> str:
    """A script with the class, that prints the shape of the logits for two digits."""
    return f'''"""A network as a list of layers."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


{source(stack)}


model = {Net.__name__}()
x = torch.rand(2, 1, {stack.side}, {stack.side})
print(model)
print(tuple(model(x).shape))
'''


def _before(rows: tuple[Checked, ...], place: int) -> Checked | None:
    """The layer whose output a layer reads, past those that keep its shape."""
    for one in reversed(rows[:place]):
        if one.shape != one.output or one.output is None:
            return one
    return None


def _call(one: Row, attribute: str, x: str) -> str:
    if attribute:
        return f"self.{attribute}({x})"
    if one.kind == "flatten":
        return "x.view(x.size(0), -1)"
    if one.kind == "softmax":
        return f"torch.softmax({x}, 1)"
    return f"{one.type.code}({', '.join([x, *_options(one, one.values)])})"


def _module(checked: Checked, before: Checked | None) -> str:
    """Constructor of a layer's module: the size of its input first, as for PyTorch.

    Behind a layer that doesn't fit, that size isn't known, which is what PyTorch has its lazy modules for.
    """
    one, shape = checked.row, checked.shape
    kind = one.type.module or nn.Identity
    size = next((option for option in one.type.options if option.inferred in SIZES), None)
    asked = size and one.values[size.name]
    if size is None:
        first = []
    elif asked:
        first = [str(asked)]
    elif shape is None:
        return f"Lazy{kind.__name__}({', '.join(_options(one, one.values))})"
    elif size.inferred == "channels":
        first = [str(shape[0])]
    elif before is not None and before.row.kind == "flatten" and before.shape and len(before.shape) == 3:
        first = [" * ".join(map(str, before.shape))]
    else:
        first = [str(shape[-1])]
    return f"{kind.__name__}({', '.join([*first, *_options(one, one.values)])})"


def _options(one: Row, values: dict[str, Value]) -> Iterator[str]:
    """Options in PyTorch's order: the first by their places, the others by name where they aren't the defaults."""
    for place, option in enumerate(one.type.options):
        if option.inferred in SIZES:
            continue
        value = values[option.name]
        if place < one.type.written:
            yield _text(value)
        elif value != option.default and not _is_left_out(option, value):
            yield f"{option.name}={_text(value)}"


def _is_left_out(option: Option, value: Value) -> bool:
    return bool(option.inferred) and value in (0, (0, 0))


def _text(value: Value) -> str:
    if isinstance(value, tuple) and value[0] == value[1]:
        return str(value[0])
    return repr(value)

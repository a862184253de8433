"""Shapes through a stack, worked out without running it, and the first layer that doesn't fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import torch
from torch import nn

from lenet.networks.stack import CLASSES, Net, Row, Stack, apply, arguments, row
from lenet.networks.windows import Pair
from lenet.shapes import Shape

MOST_PARAMETERS: Final = 5_000_000
"""Largest number of parameters of a stack."""
MOST_PRODUCTS: Final = 200_000_000
"""Largest number of multiply-adds of a stack, for one digit."""
MOST_VALUES: Final = 1_000_000
"""Largest number of values of a layer's output, for one digit."""


@dataclass(frozen=True)
class Problem:
    """Reason why a layer doesn't fit.

    Attributes:
        key: name of the reason.
        facts: numbers of this network, for the sentence about it.
        said: message of PyTorch's own error; "" where PyTorch would go on.
        mended: the stack with the change that mends it, None where there is none.
    """

    key: str
    facts: Mapping[str, object]
    said: str = ""
    mended: Stack | None = None


@dataclass(frozen=True)
class Checked:
    """One layer of a stack with the numbers that follow from its input's shape.

    Attributes:
        shape: of its input for one digit, (C, H, W) or (N,); None behind a layer that doesn't fit.
        output: of its output; None where the layer doesn't fit.
        sizes: calculations of the output's height and width, one if both are the same, such as
            `⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28`.
        count: calculation of its parameters, such as `6·1·5·5 + 6`; "" for a layer without any.
        parameters: their number.
        products: number of multiply-adds for one digit.
        field: height and width of the receptive field of one value of the output in the input, in pixels; None where
            it is the whole input.
        problem: reason why the layer doesn't fit.
    """

    row: Row
    shape: Shape | None
    output: Shape | None = None
    sizes: tuple[str, ...] = ()
    count: str = ""
    parameters: int = 0
    products: int = 0
    field: Pair | None = (1, 1)
    problem: Problem | None = None


@dataclass(frozen=True)
class _RefusalError(Exception):
    """A layer doesn't fit.

    Attributes:
        key: as in `Problem`.
        facts: likewise.
        change: options that mend the layer; None to leave it out, "flatten" to put a `Flatten` before it.
    """

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)
    change: Mapping[str, Any] | str | None = None


def check(stack: Stack) -> tuple[Checked, ...]:
    """Every layer with its numbers, and the problem of the first one that doesn't fit.

    The last layer has the problem `classes` where all fit but the network doesn't end in ten numbers.
    """
    found: list[Checked] = []
    shape: Shape | None = (1, stack.side, stack.side)
    seen: Pair | None = (1, 1)
    step = (1, 1)
    parameters = products = 0
    for place, one in enumerate(stack.rows):
        if shape is None:
            found.append(Checked(one, None, field=None))
            continue
        try:
            checked = _fit(one, shape)
            parameters, products = parameters + checked.parameters, products + checked.products
            _limit(checked, parameters, products)
        except _RefusalError as refusal:
            mended = _mended(stack, place, refusal)
            said = "" if refusal.key.startswith("limit") else said_by_torch(one, shape)
            found.append(Checked(one, shape, field=None, problem=Problem(refusal.key, refusal.facts, said, mended)))
            shape = None
            continue
        if seen is not None:
            seen, step = _reach(checked, seen, step, stack.side)
        found.append(replace(checked, field=seen))
        shape = checked.output
    if shape is not None and shape != (CLASSES,):
        problem = Problem("classes", {"shape": times(shape)}, "", _with_classes(stack, shape))
        if found:
            found[-1] = replace(found[-1], problem=problem)
    return tuple(found)


def fits(stack: Stack) -> bool:
    """True if the layers fit and give ten numbers."""
    return bool(stack.rows) and all(one.problem is None and one.output is not None for one in check(stack))


def build(stack: Stack) -> Net:
    """The module of a stack, with PyTorch's default initialisation.

    Raises:
        ValueError: a layer doesn't fit.
    """
    modules = {}
    for one, attribute in zip(check(stack), stack.attributes(), strict=True):
        if one.shape is None or one.output is None:
            raise ValueError(stack.name)
        if attribute:
            modules[attribute] = module(one.row, one.shape)
    return Net(stack, modules)


def module(one: Row, shape: Shape) -> nn.Module:
    """Module of a layer that reads an input of this shape.

    Raises:
        ValueError: PyTorch refuses the options.
    """
    made = one.type.module or nn.Identity
    return made(**arguments(one, channels=shape[0], features=shape[-1]))


def said_by_torch(one: Row, shape: Shape) -> str:
    """Message of the error that PyTorch raises for a layer and an input of this shape; "" if it raises none."""
    x = torch.zeros(1, *shape)
    try:
        with torch.inference_mode():
            module(one, shape).eval()(x) if one.type.module else apply(one, x)
    except (RuntimeError, ValueError, IndexError) as error:
        return str(error)
    return ""


def times(sizes: Iterable[int]) -> str:
    """Sizes as text: `16×5×5`."""
    return "×".join(map(str, sizes))


def _limit(checked: Checked, parameters: int, products: int) -> None:
    for key, value, most in (
        ("limit-parameters", parameters, MOST_PARAMETERS),
        ("limit-products", products, MOST_PRODUCTS),
        ("limit-values", math.prod(checked.output or ()), MOST_VALUES),
    ):
        if value > most:
            raise _RefusalError(key, {"count": value, "most": most})


def _mended(stack: Stack, place: int, refusal: _RefusalError) -> Stack:
    one = stack.rows[place]
    if refusal.change == "flatten":
        new: tuple[Row, ...] = (row("flatten"), one.with_values({"in_features": 0}))
    elif isinstance(refusal.change, Mapping):
        new = (one.with_values(refusal.change),)
    else:
        new = ()
    return replace(stack, rows=(*stack.rows[:place], *new, *stack.rows[place + 1 :]))


def _with_classes(stack: Stack, shape: Shape) -> Stack:
    last = row("linear", {"out_features": CLASSES})
    if len(shape) > 1:
        return replace(stack, rows=(*stack.rows, row("flatten"), last))
    if stack.rows[-1].kind == "linear":
        return replace(stack, rows=(*stack.rows[:-1], stack.rows[-1].with_values({"out_features": CLASSES})))
    return replace(stack, rows=(*stack.rows, last))


def _fit(one: Row, shape: Shape) -> Checked:
    """The numbers of a layer.

    Raises:
        _RefusalError: it doesn't fit.
    """
    return _FITS.get(one.kind, _same)(one, shape)


def _same(one: Row, shape: Shape) -> Checked:
    return Checked(one, shape, shape)


def _maps(one: Row, shape: Shape) -> None:
    if len(shape) != 3:
        raise _RefusalError("maps", {"shape": times(shape)})


def _conv(one: Row, shape: Shape) -> Checked:
    values = one.values
    channels, groups, outputs = values["in_channels"] or shape[0], values["groups"], values["out_channels"]
    if channels % groups or outputs % groups:
        raise _RefusalError(
            "groups",
            {"channels": channels, "outputs": outputs, "groups": groups},
            {"groups": math.gcd(channels, outputs, groups)},
        )
    _maps(one, shape)
    mode, padding = values["padding_mode"], values["padding"]
    for size, pad in zip(shape[1:], padding, strict=True):
        # Reflection leaves out the border itself, and a circle goes round once at most.
        most = {"reflect": size - 1, "circular": size}.get(mode, pad)
        if pad > most:
            raise _RefusalError("padding-mode", {"mode": mode, "padding": pad, "size": size}, {"padding_mode": "zeros"})
    if channels != shape[0]:
        raise _RefusalError("channels", {"wanted": channels, "channels": shape[0]}, {"in_channels": 0})
    kernel = values["kernel_size"]
    sizes = list(_windows(shape, kernel, values["stride"], padding, values["dilation"]))
    if any(size < 1 for _, size in sizes):
        room = [size + 2 * pad for size, pad in zip(shape[1:], padding, strict=True)]
        fitting = tuple(
            min(k, (wide - 1) // d + 1) for k, wide, d in zip(kernel, room, values["dilation"], strict=True)
        )
        raise _RefusalError("kernel", {"kernel": times(kernel), "room": times(room)}, {"kernel_size": fitting})
    weights = outputs * (channels // groups) * math.prod(kernel)
    output = (outputs, *(size for _, size in sizes))
    bias = outputs if values["bias"] else 0
    count = f"{outputs}·{channels // groups}·{kernel[0]}·{kernel[1]}" + (f" + {bias}" if bias else "")
    products = weights * math.prod(output[1:])
    return Checked(one, shape, output, _texts(sizes), count, weights + bias, products)


def _windows(
    shape: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair = (1, 1), ceil: bool = False
) -> Iterator[tuple[str, int]]:
    """Calculation and result of the height and the width of a convolution's or pooling's output."""
    for size, k, s, p, d in zip(shape[1:], kernel, stride, padding, dilation, strict=True):
        room = size + 2 * p - d * (k - 1) - 1
        count = (-(-room // s) if ceil else room // s) + 1
        left, right = "⌈⌉" if ceil else "⌊⌋"
        text = f"{left}({size} + 2·{p} − {d}·({k} − 1) − 1) / {s}{right} + 1"
        if ceil and (count - 1) * s >= size + p:  # a window that would begin beyond the input
            count -= 1
            text += " − 1"
        yield f"{text} = {count}", count


def _texts(sizes: list[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text, _ in sizes))


def _pool(one: Row, shape: Shape) -> Checked:
    _maps(one, shape)
    values = one.values
    kernel, padding, dilation = values["kernel_size"], values["padding"], values.get("dilation", (1, 1))
    stride = kernel if values["stride"] == (0, 0) else values["stride"]
    most = tuple(min(pad, size // 2) for pad, size in zip(padding, kernel, strict=True))
    if padding != most:
        raise _RefusalError("pool-padding", {"padding": times(padding), "kernel": times(kernel)}, {"padding": most})
    if 0 in stride:
        raise _RefusalError("stride", {"stride": times(stride)}, {"stride": tuple(max(1, s) for s in stride)})
    sizes = list(_windows(shape, kernel, stride, padding, dilation, values["ceil_mode"]))
    if any(size < 1 for _, size in sizes):
        raise _RefusalError("pool-empty", {"kernel": times(kernel), "shape": times(shape)})
    return Checked(one, shape, (shape[0], *(size for _, size in sizes)), _texts(sizes))


def _adaptive(one: Row, shape: Shape) -> Checked:
    _maps(one, shape)
    return Checked(one, shape, (shape[0], *one.values["output_size"]))


def _batch_norm(one: Row, shape: Shape) -> Checked:
    _maps(one, shape)
    features = one.values["num_features"] or shape[0]
    if features != shape[0]:
        raise _RefusalError("channels", {"wanted": features, "channels": shape[0]}, {"num_features": 0})
    return Checked(one, shape, shape, count=f"{features} + {features}", parameters=2 * features)


def _flatten(one: Row, shape: Shape) -> Checked:
    size = math.prod(shape)
    return Checked(one, shape, (size,), (f"{'·'.join(map(str, shape))} = {size}",) if len(shape) > 1 else ())


def _linear(one: Row, shape: Shape) -> Checked:
    values = one.values
    features, outputs = values["in_features"] or shape[-1], values["out_features"]
    if features != shape[-1]:
        whole = len(shape) > 1 and features == math.prod(shape)
        change = "flatten" if whole else {"in_features": 0}
        raise _RefusalError(
            "features-flat" if whole else "features", {"wanted": features, "features": shape[-1]}, change
        )
    weights, bias = outputs * features, outputs if values["bias"] else 0
    count = f"{outputs}·{features}" + (f" + {bias}" if bias else "")
    return Checked(one, shape, (*shape[:-1], outputs), (), count, weights + bias, weights * math.prod(shape[:-1]))


_FITS: Final[dict[str, Callable[[Row, Shape], Checked]]] = {
    "conv": _conv,
    "max_pool": _pool,
    "avg_pool": _pool,
    "adaptive_avg_pool": _adaptive,
    "batch_norm": _batch_norm,
    "flatten": _flatten,
    "linear": _linear,
}


def _reach(checked: Checked, seen: Pair, step: Pair, side: int) -> tuple[Pair | None, Pair]:
    """Receptive field behind a layer, and the pixels between those of two neighbours.

    Returns:
        None as the field where each value depends on the whole input.
    """
    one, values = checked.row, checked.row.values
    if one.kind == "linear" and checked.shape and len(checked.shape) == 3:  # of each row by itself
        return (seen[0], side), step
    if one.kind in ("linear", "adaptive_avg_pool"):
        return None, step
    if "kernel_size" not in values:
        return seen, step
    kernel, dilation = values["kernel_size"], values.get("dilation", (1, 1))
    stride = kernel if values["stride"] == (0, 0) else values["stride"]
    wide = tuple(min(side, old + (k - 1) * d * s) for old, k, d, s in zip(seen, kernel, dilation, step, strict=True))
    return (wide[0], wide[1]), (step[0] * stride[0], step[1] * stride[1])

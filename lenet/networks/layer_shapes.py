"""Shape, parameters and multiply-adds of a layer of a stack, worked out from its input's shape without running it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lenet.networks.stack import Row
from lenet.networks.windows import Pair, Side, output_side
from lenet.shapes import Shape

MOST_PARAMETERS: Final = 5_000_000
"""Largest number of parameters of a stack."""


@dataclass(frozen=True)
class Fit:
    """Numbers of a layer that fits.

    Attributes:
        output: shape of its output for one digit, (C, H, W) or (N,).
        sizes: calculations of the output's height and width, one if both are the same, such as
            `⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28`.
        count: calculation of its parameters, such as `6·1·5·5 + 6`; "" for a layer without any.
        parameters: their number.
        products: number of multiply-adds for one digit.
    """

    output: Shape
    sizes: tuple[str, ...] = ()
    count: str = ""
    parameters: int = 0
    products: int = 0


@dataclass(frozen=True)
class MisfitError(Exception):
    """A layer doesn't fit.

    Attributes:
        key: as in `Problem`.
        facts: likewise.
        change: options that mend the layer; None to leave it out, "flatten" to put a `Flatten` before it.
    """

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)
    change: Mapping[str, Any] | str | None = None


def times(sizes: Iterable[int]) -> str:
    """Sizes as text: `16×5×5`."""
    return "×".join(map(str, sizes))


def fit(one: Row, shape: Shape) -> Fit:
    """The numbers of a layer.

    Raises:
        MisfitError: it doesn't fit.
    """
    return _FITS.get(one.kind, _same)(one, shape)


def _few(weights: int) -> int:
    """The number of weights that a layer asks for, even if they don't fit: PyTorch would make them before it says so.

    Raises:
        MisfitError: they are too many.
    """
    if weights > MOST_PARAMETERS:
        raise MisfitError("limit-weights", {"count": weights, "most": MOST_PARAMETERS})
    return weights


def _same(one: Row, shape: Shape) -> Fit:
    return Fit(shape)


def _maps(one: Row, shape: Shape) -> None:
    if len(shape) != 3:
        raise MisfitError("maps", {"shape": times(shape)})


def _conv(one: Row, shape: Shape) -> Fit:
    values = one.values
    channels, groups, outputs = values["in_channels"] or shape[0], values["groups"], values["out_channels"]
    kernel = values["kernel_size"]
    weights = _few(outputs * (channels // groups) * math.prod(kernel))
    if channels % groups or outputs % groups:
        raise MisfitError(
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
            raise MisfitError("padding-mode", {"mode": mode, "padding": pad, "size": size}, {"padding_mode": "zeros"})
    if channels != shape[0]:
        raise MisfitError("channels", {"wanted": channels, "channels": shape[0]}, {"in_channels": 0})
    sizes = _windows(shape, kernel, values["stride"], padding, values["dilation"])
    if any(side.places < 1 for side in sizes):
        room = [size + 2 * pad for size, pad in zip(shape[1:], padding, strict=True)]
        fitting = tuple(
            min(k, (wide - 1) // d + 1) for k, wide, d in zip(kernel, room, values["dilation"], strict=True)
        )
        raise MisfitError("kernel", {"kernel": times(kernel), "room": times(room)}, {"kernel_size": fitting})
    output = (outputs, *(side.places for side in sizes))
    bias = outputs if values["bias"] else 0
    count = f"{outputs}·{channels // groups}·{kernel[0]}·{kernel[1]}" + (f" + {bias}" if bias else "")
    products = weights * math.prod(output[1:])
    return Fit(output, _texts(sizes), count, weights + bias, products)


def _windows(
    shape: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair = (1, 1), ceil_mode: bool = False
) -> list[Side]:
    """Height and width of a convolution's or pooling's output."""
    axes = zip(shape[1:], kernel, stride, padding, dilation, strict=True)
    return [output_side(*axis, ceil_mode=ceil_mode) for axis in axes]


def _texts(sizes: list[Side]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(side.formula for side in sizes))


def _pool(one: Row, shape: Shape) -> Fit:
    _maps(one, shape)
    values = one.values
    kernel, padding, dilation = values["kernel_size"], values["padding"], values.get("dilation", (1, 1))
    stride = kernel if values["stride"] == (0, 0) else values["stride"]
    most = tuple(min(pad, size // 2) for pad, size in zip(padding, kernel, strict=True))
    if padding != most:
        raise MisfitError("pool-padding", {"padding": times(padding), "kernel": times(kernel)}, {"padding": most})
    if 0 in stride:
        raise MisfitError("stride", {"stride": times(stride)}, {"stride": tuple(max(1, s) for s in stride)})
    sizes = _windows(shape, kernel, stride, padding, dilation, values["ceil_mode"])
    if any(side.places < 1 for side in sizes):
        raise MisfitError("pool-empty", {"kernel": times(kernel), "shape": times(shape)})
    return Fit((shape[0], *(side.places for side in sizes)), _texts(sizes))


def _adaptive(one: Row, shape: Shape) -> Fit:
    _maps(one, shape)
    return Fit((shape[0], *one.values["output_size"]))


def _batch_norm(one: Row, shape: Shape) -> Fit:
    _maps(one, shape)
    features = one.values["num_features"] or shape[0]
    if features != shape[0]:
        raise MisfitError("channels", {"wanted": features, "channels": shape[0]}, {"num_features": 0})
    return Fit(shape, count=f"{features} + {features}", parameters=2 * features)


def _flatten(one: Row, shape: Shape) -> Fit:
    size = math.prod(shape)
    return Fit((size,), (f"{'·'.join(map(str, shape))} = {size}",) if len(shape) > 1 else ())


def _linear(one: Row, shape: Shape) -> Fit:
    values = one.values
    features, outputs = values["in_features"] or shape[-1], values["out_features"]
    weights = _few(outputs * features)
    if features != shape[-1]:
        whole = len(shape) > 1 and features == math.prod(shape)
        change = "flatten" if whole else {"in_features": 0}
        raise MisfitError("features-flat" if whole else "features", {"wanted": features, "features": shape[-1]}, change)
    bias = outputs if values["bias"] else 0
    count = f"{outputs}·{features}" + (f" + {bias}" if bias else "")
    return Fit((*shape[:-1], outputs), (), count, weights + bias, weights * math.prod(shape[:-1]))


_FITS: Final[dict[str, Callable[[Row, Shape], Fit]]] = {
    "conv": _conv,
    "max_pool": _pool,
    "avg_pool": _pool,
    "adaptive_avg_pool": _adaptive,
    "batch_norm": _batch_norm,
    "flatten": _flatten,
    "linear": _linear,
}

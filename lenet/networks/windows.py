"""Windows of convolutions and poolings, read off the arguments of a call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

Pair = tuple[int, int]


def of_convolution(given: Mapping[str, Any]) -> dict[str, Any]:
    """Kernel, stride, padding, dilation and groups of a convolution, as `forward.Layer` has them.

    Args:
        given: arguments of the call by name.
    """
    kernel = pair(given["weight"].shape[2:])
    dilation = pair(given.get("dilation", 1))
    padding = given.get("padding", 0)
    if padding == "same":
        padding = (dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2)
    elif padding == "valid":
        padding = 0
    return {
        "kernel": kernel,
        "stride": pair(given.get("stride", 1)),
        "padding": pair(padding),
        "dilation": dilation,
        "groups": int(given.get("groups", 1)),
    }


def of_pooling(given: Mapping[str, Any]) -> dict[str, Any]:
    """Kernel, stride, padding and dilation of a pooling, as `forward.Layer` has them; the stride is the kernel's size
    where none is given.

    Args:
        given: arguments of the call by name.
    """
    kernel = pair(given["kernel_size"])
    stride = given.get("stride")
    if stride is None or (isinstance(stride, tuple | list) and not stride):
        stride = kernel
    return {
        "kernel": kernel,
        "stride": pair(stride),
        "padding": pair(given.get("padding", 0)),
        "dilation": pair(given.get("dilation", 1)),
    }


def of_adaptive_pooling(given: Mapping[str, Any]) -> dict[str, Any]:
    """Rows and columns of the input, from the first up to before the last, that each row and column of the output of an
    adaptive pooling reads. Source: `start_index` and `end_index` of PyTorch's `AdaptivePooling.h`.

    Args:
        given: arguments of the call by name.
    """
    sides = given["input"].shape[-2:]
    wanted = given["output_size"]
    wanted = tuple(wanted) if isinstance(wanted, Sequence) else (wanted, wanted)
    spans = []
    for side, count in zip(sides, wanted, strict=True):
        count = side if count is None else count
        spans.append(tuple((place * side // count, -(-(place + 1) * side // count)) for place in range(count)))
    return {"rows": spans[0], "columns": spans[1]}


class Side(NamedTuple):
    """Height or width of an output.

    Attributes:
        places: number of places of the window, below 1 where it fits nowhere.
        formula: its calculation, such as `⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28`.
    """

    places: int
    formula: str


def output_side(
    side: int, kernel: int, stride: int, padding: int, dilation: int = 1, *, ceil_mode: bool = False
) -> Side:
    """Side of the output of a convolution or a pooling, from that of the input and the window's.

    Source: `torch.nn.Conv2d` and `torch.nn.MaxPool2d`, and for `ceil_mode` `pooling_output_shape` in
    PyTorch's `Pool.h`.
    """
    room = side + 2 * padding - dilation * (kernel - 1) - 1
    count = (-(-room // stride) if ceil_mode else room // stride) + 1
    first, last = "⌈⌉" if ceil_mode else "⌊⌋"
    formula = f"{first}({side} + 2·{padding} − {dilation}·({kernel} − 1) − 1) / {stride}{last} + 1"
    if ceil_mode and (count - 1) * stride >= side + padding:  # a window that would begin behind the input
        count -= 1
        formula += " − 1"
    return Side(count, f"{formula} = {count}")


def size(shape: Sequence[int]) -> int:
    """Number of values of a shape."""
    return math.prod(shape)


def pair(value: Any) -> Pair:
    """Height and width from a size as PyTorch accepts it: an integer of any type, or a sequence of one or two."""
    if type(value) is int:
        return value, value
    if type(value) is tuple and len(value) == 2 and type(value[0]) is type(value[1]) is int:
        return value
    try:
        first, *rest = value
    except TypeError:
        first, rest = value, []
    return int(first), int(rest[-1] if rest else first)

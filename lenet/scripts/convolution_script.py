"""Stand-alone PyTorch scripts of a convolution and a pooling, which print the numbers of one cell and the output."""

from __future__ import annotations

import base64
import textwrap
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.convolution.settings import MAX, Convolution, Pooling

Array = NDArray[np.float32]

HEADER: Final = '''"""{title}"""

import base64
import zlib

import torch
from torch.nn import functional as F


def numbers(packed, *shape):
    """Tensor of numbers that were packed as base64."""
    return torch.frombuffer(bytearray(zlib.decompress(base64.b64decode(packed))), dtype=torch.float32).view(shape)


'''

CELL: Final = """\
channel, row, column = {cell}
kernel = {kernel}
per_group = len(y[0]) // {groups}
first = channel // per_group * len(kernel)
patch = torch.stack([{padded}[0, c, {rows}, {columns}] for c in range(first, first + len(kernel))])
products = patch * kernel
sums = products.sum((1, 2))
print("patch", patch, "kernel", kernel, "products", products, sep="\\n")
print("sum of each channel:", *(f"{{value:.9g}}" for value in sums.tolist()))
print(f"bias: {{{bias}:.9g}}")
print(f"sum: {{sums.sum() + {bias}:.9g}}")
"""
TRANSPOSED: Final = """\
channel, row, column = {cell}
# The cell's value is linear in the input: the gradient says which input cells reach it, and by which weight.
x.requires_grad_()
(reached,) = torch.autograd.grad({again}[0, channel, row, column], x)
print("cells of the input that reach the output's cell, their values and weights:")
for c, i, j in reached[0].nonzero().tolist():
    print(f"x[{{c}}, {{i}}, {{j}}] = {{x[0, c, i, j]:.9g}}, weight {{reached[0, c, i, j]:.9g}}")
print(f"bias: {{{bias}:.9g}}")
print(f"sum: {{(x * reached).sum() + {bias}:.9g}}")
"""


def convolution(settings: Convolution, x: Array, weight: Array, bias: Array, cell: tuple[int, int, int]) -> str:
    """Script that computes a convolution and one of its cells in stages.

    Args:
        settings: possible ones.
        x: (C_in, H, W) float32; its numbers go into the script, as those of the weight and the bias.
        weight: float32 of `settings.weight_shape`.
        bias: (C_out,) float32.
        cell: channel, row and column of the output.
    """
    lines = [f"x = {_packed(x[None])}", f"weight = {_packed(weight)}"]
    if settings.bias:
        lines.append(f"bias = {_packed(bias)}")
    lines += [settings.code, 'print("output", tuple(y.shape))', "print(y)"]
    own = "bias[channel]" if settings.bias else "0.0"
    if settings.transposed:
        again = settings.code.removeprefix("y = ")
        stages = TRANSPOSED.format(cell=cell, again=again, bias=own)
    else:
        padding, kernel = settings.padding, "weight[channel]"
        if settings.flipped:
            kernel += ".flip(-2, -1)"
        padded = f"F.pad(x, ({padding}, {padding}, {padding}, {padding}))" if settings.code.startswith("y =") else ""
        if padded:
            lines.append(f"padded = {padded}")
        rows, columns = (
            f"{name} * {settings.stride} : {name} * {settings.stride} + {settings.dilation * (count - 1) + 1}"
            f" : {settings.dilation}"
            for name, count in (("row", settings.height), ("column", settings.width))
        )
        stages = CELL.format(
            cell=cell, kernel=kernel, groups=settings.groups, padded="padded", rows=rows, columns=columns, bias=own
        )
    end = 'print(f"PyTorch: {y[0, channel, row, column]:.9g}")\n'
    return (
        HEADER.format(title="One convolution, and one of its cells in stages.") + "\n".join([*lines, "", stages]) + end
    )


def pooling(settings: Pooling, x: Array, move: tuple[int, int], cell: tuple[int, int]) -> str:
    """Script that computes a pooling, of its input moved by one pixel as well, and the gradient's way back.

    Args:
        settings: possible ones.
        x: (C, H, W) float32; its numbers go into the script.
        move: rows and columns by which the input is moved.
        cell: row and column of the output.
    """
    _, height, width = x.shape
    down, right = move
    winner = f"""
winner = int(winners[0, 0, row, column])
print("winner: row", winner // {width}, "column", winner % {width})"""
    body = f"""\
x = {_packed(x[None])}.requires_grad_()
{settings.code}
row, column = {cell}
print("output", tuple(y.shape))
print(y)
print(f"value: {{y[0, 0, row, column]:.9g}}"){winner if settings.kind == MAX else ""}

y.sum().backward()
print("gradient of the outputs' sum:", x.grad, sep="\\n")

before = y
moved = torch.zeros_like(x)
moved[:, :, {_places(down, height)}, {_places(right, width)}] = \\
    x[:, :, {_places(-down, height)}, {_places(-right, width)}].detach()
x = moved
{settings.code}
print("changed by the move:", int((y != before).sum()), "of", y.numel())
"""
    return HEADER.format(title="One pooling, and what comes of moving its input by one pixel.") + body


def _places(by: int, side: int) -> str:
    return f"{max(0, by)}:{side + min(0, by)}"


def _packed(values: Array) -> str:
    """Expression for a tensor of these numbers."""
    shape = ", ".join(map(str, values.shape))
    packed = base64.b64encode(zlib.compress(np.ascontiguousarray(values, np.float32).tobytes(), 9)).decode()
    if len(packed) <= 80:
        return f'numbers("{packed}", {shape})'
    lines = "\n".join(f'    "{line}"' for line in textwrap.wrap(packed, 100))
    return f"numbers(\n{lines},\n    {shape},\n)"

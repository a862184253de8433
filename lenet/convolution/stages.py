"""Stages from the input to one cell of a convolution's output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lenet.convolution.settings import ZEROS, Convolution

PADS = {ZEROS: "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""NumPy's names of the padding modes."""


@dataclass(frozen=True)
class Stages:
    """Arithmetic of one output cell, in double precision: PyTorch adds the same products in single precision and in
    another order, so that its value differs by rounding.

    Attributes:
        first: number of the first input channel that is read.
        patch: (C, kh, kw), values that are read from each channel, 0 where `inside` is False.
        kernel: (C, kh, kw), the weight of each, turned by 180° for a true convolution.
        products: (C, kh, kw).
        inside: (kh, kw), whether there is a value; False only in a transposed convolution.
        padded: (kh, kw), whether the value is padding.
        sums: (C,) sum of each channel's products.
        bias: 0 without one.
        output: sum of `sums` and `bias`.
    """

    first: int
    patch: NDArray[np.float64]
    kernel: NDArray[np.float64]
    products: NDArray[np.float64]
    inside: NDArray[np.bool_]
    padded: NDArray[np.bool_]
    sums: NDArray[np.float64]
    bias: float
    output: float


def of_cell(
    settings: Convolution,
    x: NDArray[np.float32],
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    channel: int,
    row: int,
    column: int,
) -> Stages:
    """Stages of an output cell of a possible convolution.

    Args:
        settings: of the convolution.
        x: (C_in, H, W) float32.
        weight: float32 of `settings.weight_shape`.
        bias: (C_out,) float32.
        channel: of the output.
        row: of the cell; likewise `column`.
    """
    count = settings.inputs // settings.groups
    group, place = divmod(channel, settings.outputs // settings.groups)
    first = group * count
    kernel = (weight[first : first + count, place] if settings.transposed else weight[channel]).astype(np.float64)
    if settings.flipped:
        kernel = kernel[:, ::-1, ::-1]
    rows, columns = _places(settings, row, settings.height), _places(settings, column, settings.width)
    own = x[first : first + count].astype(np.float64)
    if settings.transposed:
        inside = np.outer(_within(rows, x.shape[1]), _within(columns, x.shape[2]))
        padded = np.zeros_like(inside)
        patch = np.where(inside, own[:, _whole(rows, x.shape[1])][:, :, _whole(columns, x.shape[2])], 0)
    else:
        inside = np.ones((len(rows), len(columns)), bool)
        padded = ~np.outer(_within(rows, x.shape[1]), _within(columns, x.shape[2]))
        around = (settings.padding, settings.padding)
        grown = np.pad(own, ((0, 0), around, around), mode=PADS[settings.mode])  # type: ignore[call-overload]
        at = (rows + settings.padding).astype(int), (columns + settings.padding).astype(int)
        patch = grown[:, at[0]][:, :, at[1]]
    products = patch * kernel
    sums = products.sum((1, 2))
    own_bias = float(bias[channel]) if settings.bias else 0.0
    return Stages(first, patch, kernel, products, inside, padded, sums, own_bias, float(sums.sum()) + own_bias)


def _places(settings: Convolution, at: int, count: int) -> NDArray[np.float64]:
    """Place on an axis of the input that each place of the kernel reads; not whole or outside where there is none."""
    steps = settings.dilation * np.arange(count, dtype=np.float64)
    if settings.transposed:
        return (at + settings.padding - steps) / settings.stride
    return at * settings.stride - settings.padding + steps


def _within(places: NDArray[np.float64], side: int) -> NDArray[np.bool_]:
    return (places == np.floor(places)) & (places >= 0) & (places < side)


def _whole(places: NDArray[np.float64], side: int) -> NDArray[np.int64]:
    return np.clip(np.floor(places), 0, side - 1).astype(np.int64)

"""Numbers that an operation multiplies gradients with on their way back, from what its grad_fn has saved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[Any]
Saved = Mapping[str, Any]
"""Arrays and plain values that a grad_fn saved, by PyTorch's name without `_saved_`."""

NOTHING: Final[Array] = np.empty(0, np.float32)


def convolution_input(saved: Saved, entry: tuple[int, ...], arrived: Array) -> Array:
    """Input that one entry of a kernel was multiplied with at each position of the output.

    Args:
        saved: by the convolution.
        entry: output channel, input channel of the group, row and column of the kernel.
        arrived: (N, C, H, W) the gradient at the output.

    Returns:
        (N, H, W); empty where the input was not kept.
    """
    read = saved.get("input")
    size = arrived.shape[2:]
    if not isinstance(read, np.ndarray) or len(size) != 2 or read.ndim != 4:
        return NOTHING
    unit, channel, *kernel = entry
    groups = int(saved.get("groups") or 1)
    channel += unit // (arrived.shape[1] // groups) * (read.shape[1] // groups)
    padded = np.pad(read[:, channel], ((0, 0), *((side, side) for side in saved["padding"])))
    starts = [place * gap for place, gap in zip(kernel, saved["dilation"], strict=True)]
    rows, columns = (
        slice(start, start + step * (count - 1) + 1, step)
        for start, step, count in zip(starts, saved["stride"], size, strict=True)
    )
    return padded[:, rows, columns]


def matrix_input(saved: Saved, entry: tuple[int, ...], arrived: Array) -> Array:
    """Input that one entry of a linear layer's weight was multiplied with.

    Args:
        saved: by the matrix product.
        entry: output and input.
        arrived: (N, outputs) the gradient at the output.

    Returns:
        (N,); empty where the input was not kept.
    """
    read = saved.get("mat1", saved.get("self"))
    return read[:, entry[1]] if isinstance(read, np.ndarray) and read.ndim == 2 else NOTHING


def relu_slope(saved: Saved) -> Array | None:
    """Slope of a ReLU: 0 where its output is 0, else 1. PyTorch stops a gradient at an output of 0 or less; NaN is
    neither, and lets it through.
    """
    result = saved.get("result")
    return (~(result <= 0)).astype(np.float32) if isinstance(result, np.ndarray) else None


def leaky_relu_slope(saved: Saved) -> Array | None:
    """Slope of a leaky ReLU: 1 where its input is above 0, else `negative_slope`. One that works in place saved its
    output, which has the same sign.
    """
    read = saved.get("self", saved.get("result"))
    return np.where(read > 0, 1, saved["negative_slope"]).astype(read.dtype) if isinstance(read, np.ndarray) else None


def gelu_slope(saved: Saved) -> Array | None:
    """Slope of a GELU, Φ(x) + x · φ(x) with the standard normal distribution, or that of its approximation by tanh."""
    read = saved.get("self")
    if not isinstance(read, np.ndarray):
        return None
    x = torch.from_numpy(np.array(read))
    if saved.get("approximate") == "tanh":
        factor = math.sqrt(2 / math.pi)
        tanh = torch.tanh(factor * (x + 0.044715 * x**3))
        slope = (1 + tanh) / 2 + x / 2 * (1 - tanh**2) * (factor * (1 + 3 * 0.044715 * x**2))
    else:
        slope = torch.special.ndtr(x) + x * (torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi))
    return slope.numpy()


def tanh_slope(saved: Saved) -> Array | None:
    """Slope of tanh, 1 − y² with its output y."""
    result = saved.get("result")
    return 1 - result * result if isinstance(result, np.ndarray) else None


def sigmoid_slope(saved: Saved) -> Array | None:
    """Slope of the sigmoid, y · (1 − y) with its output y."""
    result = saved.get("result")
    return (1 - result) * result if isinstance(result, np.ndarray) else None


def normalized_input(saved: Saved, entry: tuple[int, ...], arrived: Array) -> Array:
    """Normalised input that the weight of a batch norm's channel was multiplied with, as in `convolution_input`."""
    read = saved.get("input")
    mean, factor = _statistics(saved)
    if not isinstance(read, np.ndarray) or mean is None or factor is None or read.ndim < 2:
        return NOTHING
    return (read[:, entry[0]] - mean[entry[0]]) * factor[entry[0]]


def batch_norm_slope(saved: Saved) -> Array | None:
    """Slope of a batch norm in evaluation mode, weight / √(variance + ε) of each channel. In training mode a number of
    the output depends on all numbers of the channel, and there is none.
    """
    read, weight, (_, factor) = saved.get("input"), saved.get("weight"), _statistics(saved)
    if not isinstance(read, np.ndarray) or factor is None or saved.get("training") is not False:
        return None
    factor = factor * weight if isinstance(weight, np.ndarray) and weight.size else factor
    return np.broadcast_to(factor.reshape(1, -1, *[1] * (read.ndim - 2)), read.shape)


def _statistics(saved: Saved) -> tuple[Array | None, Array | None]:
    """Mean of each channel, and 1 / √(variance + ε)."""
    if saved.get("training"):
        return saved.get("result1"), saved.get("result2")
    mean, variance = saved.get("running_mean"), saved.get("running_var")
    return mean, None if variance is None else 1 / np.sqrt(variance + saved["eps"])

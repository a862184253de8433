"""A convolution or a pooling of a picture, by `torch.nn.functional`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from lenet.convolution.settings import MAX, ZEROS, Convolution, Pooling

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Pooled:
    """Outcome of a pooling.

    Attributes:
        output: (C, OH, OW) float32.
        winners: (C, OH, OW) int64, for each output the index of the input cell that it is, row · W + column; size 0
            for an average.
        moved: `output` for the input moved by one pixel.
        changed: number of outputs that the move changed.
        gradient: (C, H, W) float32, gradient of the outputs' sum with respect to the input, from autograd.
    """

    output: Array
    winners: NDArray[np.int64]
    moved: Array
    changed: int
    gradient: Array


def convolve(settings: Convolution, x: Array, weight: Array, bias: Array) -> Array:
    """Output of a convolution.

    Args:
        settings: the lines in `settings.code` are those that run here.
        x: (C_in, H, W) float32.
        weight: float32 of `settings.weight_shape`.
        bias: (C_out,) float32, not used without a bias.

    Returns:
        (C_out, OH, OW) float32.

    Raises:
        RuntimeError: these settings are impossible, see `lenet.convolution.problems`.
    """
    with torch.inference_mode():
        y = run(settings, tensor(x), tensor(weight), tensor(bias) if settings.bias else None)
    return y[0].numpy()


def run(settings: Convolution, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Call PyTorch as the lines in `settings.code` do, with tensors as `tensor` makes them."""
    weight = weight[0].flip(-2, -1) if settings.flipped else weight[0]
    bias = None if bias is None else bias[0]
    stride, padding, dilation, groups = settings.stride, settings.padding, settings.dilation, settings.groups
    if settings.transposed:
        return F.conv_transpose2d(x, weight, bias, stride, padding, settings.output_padding, groups, dilation)
    if settings.mode == ZEROS or not padding:
        return F.conv2d(x, weight, bias, stride, padding, dilation, groups)
    padded = F.pad(x, (padding,) * 4, mode=settings.mode)
    return F.conv2d(padded, weight, bias, stride, 0, dilation, groups)


def pool(settings: Pooling, x: Array, down: int = 0, right: int = 1) -> Pooled:
    """Outcome of a pooling, of its input moved by one pixel, and its gradient.

    Args:
        settings: the line in `settings.code` is the one that runs here.
        x: (C, H, W) float32.
        down: rows by which the input is moved; likewise `right`. What is moved in is 0.

    Raises:
        RuntimeError: these settings are impossible, see `lenet.convolution.problems`.
    """
    given = tensor(x).requires_grad_()
    output, winners = run_pooling(settings, given)
    (gradient,) = torch.autograd.grad(output.sum(), given)
    moved, _ = run_pooling(settings, shifted(tensor(x), right, down))
    plain = output.detach()
    return Pooled(
        plain[0].numpy(),
        winners[0].numpy(),
        moved[0].numpy(),
        int((plain != moved).sum()),
        gradient[0].numpy(),
    )


def run_pooling(settings: Pooling, x: Tensor) -> tuple[Tensor, Tensor]:
    """Output of a pooling and the indices of the winners, which are empty for an average."""
    window = settings.size, settings.stride, settings.padding
    if settings.kind == MAX:
        output, winners = F.max_pool2d(x, *window, ceil_mode=settings.ceil_mode, return_indices=True)
        return output, winners
    return F.avg_pool2d(x, *window, ceil_mode=settings.ceil_mode), torch.empty(1, 0, dtype=torch.int64)


def shifted(x: Tensor, dx: int, dy: int) -> Tensor:
    """Shift pictures (N, C, H, W) to the right and down; what leaves the picture is lost, and zeros come in."""
    high, wide = x.shape[2:]
    padded = F.pad(x, (max(dx, 0), max(-dx, 0), max(dy, 0), max(-dy, 0)))
    top, left = max(-dy, 0), max(-dx, 0)
    return padded[:, :, top : top + high, left : left + wide]


def tensor(values: Array) -> Tensor:
    """Tensor of an array, with a batch of 1 in front."""
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))[None]

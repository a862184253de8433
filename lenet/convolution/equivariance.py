"""A digit moved before a convolution, beside its output moved in the same way: equal where it is equivariant."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.convolution.channel_sums import parameters
from lenet.networks.forward import Layer

Array = NDArray[np.floating[Any]]

SHIFT: Final = "shift"
ROTATION: Final = "rotation"
SCALING: Final = "scaling"
MOTIONS: Final = (SHIFT, ROTATION, SCALING)

PADDINGS: Final = ("circular", "zeros", "reflect", "replicate")
NONE: Final = "none"
POOLINGS: Final = (NONE, "max", "average")
POOL: Final = 2
"""Size and stride of the pooling."""
STRIDES: Final = (1, 2, 3, 4)
FURTHEST: Final = 10
"""Largest shift in pixels, in each direction."""
LEAST_SCALE: Final = 0.5
LARGEST_SCALE: Final = 2.0


@dataclass(frozen=True)
class Experiment:
    """Settings of the experiment.

    Attributes:
        motion: one of `MOTIONS`.
        dx: shift to the right in pixels.
        dy: shift downwards.
        angle: of the rotation in degrees, counterclockwise.
        factor: of the scaling.
        padding: of the convolution, one of `PADDINGS`, so wide that stride 1 keeps the size.
        stride: of the convolution.
        pooling: after the convolution, one of `POOLINGS`.
    """

    motion: str = SHIFT
    dx: int = 8
    dy: int = 8
    angle: float = 45
    factor: float = 1.5
    padding: str = "circular"
    stride: int = 1
    pooling: str = NONE

    @property
    def step(self) -> int:
        """Pixels of the input from one output to the next."""
        return self.stride * (POOL if self.pooling != NONE else 1)


@dataclass(frozen=True)
class Comparison:
    """Two ways to a moved output.

    Attributes:
        digit: (H, W).
        moved: the digit moved, (H, W).
        of_moved: the convolution of the moved digit, (H', W').
        output: the convolution of the digit, (H', W').
        moved_output: that output moved, (H', W').
        difference: `of_moved` − `moved_output`.
    """

    digit: Array
    moved: Array
    of_moved: Array
    output: Array
    moved_output: Array
    difference: Array

    @property
    def largest(self) -> float:
        """Largest absolute difference; exactly 0 if both ways give the same."""
        return float(np.abs(self.difference).max())


@dataclass(frozen=True)
class Shifts:
    """Largest absolute differences for all shifts up to `FURTHEST`.

    Attributes:
        differences: (2·FURTHEST + 1, 2·FURTHEST + 1), a row for each dy and a column for each dx, from −FURTHEST.
    """

    differences: Array

    @property
    def holds(self) -> int:
        """Number of shifts at which the difference is exactly 0."""
        return int((self.differences == 0).sum())

    @property
    def multiple(self) -> int | None:
        """Number by whose multiples the difference is exactly 0, and by no others; None if there is no such number."""
        shifts = np.arange(-FURTHEST, FURTHEST + 1)
        for step in range(1, FURTHEST + 1):
            multiples = shifts % step == 0
            if np.array_equal(self.differences == 0, multiples[:, None] & multiples):
                return step
        return None


def kernel(model: nn.Module, layer: Layer, channel: int) -> tuple[Array, float]:
    """Kernel on the first input channel, and bias, of a convolution's output channel."""
    weight, bias = parameters(model, layer)
    return weight[channel, 0].numpy(), 0.0 if bias is None else float(bias[channel])


def compare(digit: Array, weight: Array, bias: float, experiment: Experiment) -> Comparison:
    """Move a digit before and after a convolution.

    Args:
        digit: (H, W).
        weight: kernel, (kh, kw).
        bias: added to each output.
        experiment: the settings.
    """
    x, w, b = _tensors(digit, weight, bias)
    with torch.inference_mode():
        moved = move(x, experiment)
        output, of_moved = (convolve(one, w, b, experiment) for one in (x, moved))
        moved_output = move(output, experiment, experiment.step)
        difference = of_moved - moved_output
    return Comparison(digit, *(one[0, 0].numpy() for one in (moved, of_moved, output, moved_output, difference)))


def over_shifts(digit: Array, weight: Array, bias: float, experiment: Experiment) -> Shifts:
    """Compare both ways for all shifts, with the other settings of the experiment; arguments as for `compare`."""
    x, w, b = _tensors(digit, weight, bias)
    span = range(-FURTHEST, FURTHEST + 1)
    shifts = [(dy, dx) for dy in span for dx in span]
    step = experiment.step
    with torch.inference_mode():
        moved = torch.cat([x.roll(shift, (2, 3)) for shift in shifts])
        of_moved = convolve(moved, w, b, experiment)
        output = of_moved[len(shifts) // 2][None]  # that of no shift
        rolled = torch.cat([output.roll((dy // step, dx // step), (2, 3)) for dy, dx in shifts])
        largest = (of_moved - rolled).abs().amax((1, 2, 3))
    return Shifts(largest.view(len(span), len(span)).numpy())


def convolve(x: Tensor, weight: Tensor, bias: Tensor, experiment: Experiment) -> Tensor:
    """Convolve (N, 1, H, W) with one kernel (1, 1, kh, kw), with the experiment's padding, stride and pooling."""
    high, wide = weight.shape[2:]
    around = ((wide - 1) // 2, wide // 2, (high - 1) // 2, high // 2)
    padded = F.pad(x, around, mode="constant" if experiment.padding == "zeros" else experiment.padding)
    output = F.conv2d(padded, weight, bias, stride=experiment.stride)
    if experiment.pooling == NONE:
        return output
    return (F.max_pool2d if experiment.pooling == "max" else F.avg_pool2d)(output, POOL)


def move(x: Tensor, experiment: Experiment, step: int = 1) -> Tensor:
    """Shift, rotate or scale maps (N, C, H, W).

    Args:
        x: the maps.
        experiment: says how.
        step: pixels of the input from one cell to the next; a shift is rounded down to whole cells.
    """
    if experiment.motion == SHIFT:
        return x.roll((experiment.dy // step, experiment.dx // step), (2, 3))
    angle = experiment.angle if experiment.motion == ROTATION else 0.0
    factor = experiment.factor if experiment.motion == SCALING else 1.0
    return turn(x, torch.tensor([angle], dtype=x.dtype), torch.tensor([factor], dtype=x.dtype))


def turn(x: Tensor, angles: Tensor, factors: Tensor) -> Tensor:
    """Rotate and scale maps about their centre, bilinearly; what comes in from outside is 0.

    Args:
        x: (N, C, H, W), H = W, or (1, C, H, W) for several results.
        angles: degrees counterclockwise, (N,).
        factors: (N,).
    """
    radians = angles * (math.pi / 180)
    cosine, sine = radians.cos() / factors, radians.sin() / factors
    zero = torch.zeros_like(cosine)
    # From a place in the result to the place that it takes its value from, with y downwards.
    theta = torch.stack([torch.stack([cosine, -sine, zero], 1), torch.stack([sine, cosine, zero], 1)], 1)
    count = len(theta)
    grid = F.affine_grid(theta, [count, *x.shape[1:]], align_corners=False)
    return F.grid_sample(x.expand(count, -1, -1, -1), grid, align_corners=False)


def _tensors(digit: Array, weight: Array, bias: float) -> tuple[Tensor, Tensor, Tensor]:
    """Digit (1, 1, H, W), weight (1, 1, kh, kw) and bias (1,), in float64: in float32, PyTorch may convolve with an
    algorithm that adds in another order at other places, and then the last digits differ.
    """
    return (
        torch.from_numpy(np.array(digit, np.float64))[None, None],
        torch.from_numpy(np.array(weight, np.float64))[None, None],
        torch.tensor([bias], dtype=torch.float64),
    )

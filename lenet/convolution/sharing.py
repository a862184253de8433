"""One weight of a kernel is changed: its channel's output before and after, at every place that uses it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from lenet.convolution.channel_sums import parameters, settings
from lenet.networks.forward import Layer, Pass

Array = NDArray[np.float32]
Index = tuple[int, int, int, int]


@dataclass(frozen=True)
class Change:
    """Output of a convolution before and after one of its weights has changed.

    Attributes:
        index: output channel, input channel, row and column of the weight.
        kernel: the kernel that it belongs to, (kh, kw), before the change.
        old: the weight before the change.
        new: the weight after it.
        before: output channel before the change, (H', W').
        after: output channel after it, (H', W').
        difference: after − before, (H', W').
        changed: number of outputs that have changed, in all channels.
        elsewhere: number of those in other channels.
    """

    index: Index
    kernel: Array
    old: float
    new: float
    before: Array
    after: Array
    difference: Array
    changed: int
    elsewhere: int


def change(passed: Pass, model: nn.Module, layer: Layer, index: Index, by: float) -> Change:
    """Add a number to one weight of a convolution.

    Args:
        passed: of the digit.
        model: the network; it is not changed.
        layer: the convolution.
        index: of the weight.
        by: the number.
    """
    x = torch.from_numpy(np.array(passed.outputs[layer.sources[0]]))[None]
    weight, bias = parameters(model, layer)
    changed = weight.clone()
    changed[index] += by
    with torch.inference_mode():
        before = F.conv2d(x, weight, bias, groups=layer.groups, **settings(layer))[0]
        after = F.conv2d(x, changed, bias, groups=layer.groups, **settings(layer))[0]
    other = before != after
    own = index[0]
    return Change(
        index,
        weight[own, index[1]].numpy(),
        float(weight[index]),
        float(changed[index]),
        before[own].numpy(),
        after[own].numpy(),
        (after[own] - before[own]).numpy(),
        int(other.sum()),
        int(other.sum() - other[own].sum()),
    )

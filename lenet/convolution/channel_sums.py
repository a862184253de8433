"""One output channel of a convolution, put together from its input channels one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.networks.forward import Layer, Pass

Array = NDArray[np.float32]

ONE_BY_ONE: Final = "1x1"
"""Name of the example that `one_by_one` makes."""
WIDTH: Final = 64
NARROW: Final = 16


@dataclass(frozen=True)
class ChannelSums:
    """Output channel of a convolution.

    Attributes:
        layer: the convolution.
        channel: number of the output channel.
        reads: numbers of the input channels that it reads, (n,).
        inputs: their maps, (n, H, W).
        kernels: the kernel of each, (n, kh, kw).
        parts: what each kernel gives on its map, without bias, (n, H', W').
        sums: the parts up to each one, added, (n, H', W').
        bias: 0 where there is none.
        output: the last sum plus the bias, (H', W').
        whole: the same channel from one call of `F.conv2d` with all channels at once, (H', W').
    """

    layer: Layer
    channel: int
    reads: NDArray[np.int64]
    inputs: Array
    kernels: Array
    parts: Array
    sums: Array
    bias: float
    output: Array
    whole: Array

    @property
    def difference(self) -> float:
        """Largest absolute difference between `output` and `whole`, which only rounding makes."""
        return float(np.abs(self.output - self.whole).max())


def of(passed: Pass, model: nn.Module, layer: Layer, channel: int) -> ChannelSums:
    """Take an output channel of a network's convolution apart.

    Args:
        passed: of the digit.
        model: the network; it is not changed.
        layer: the convolution.
        channel: number of the output channel, from 0.
    """
    weight, bias = parameters(model, layer)
    return _take_apart(layer, passed.outputs[layer.sources[0]], weight, bias, channel)


def parameters(model: nn.Module, layer: Layer) -> tuple[Tensor, Tensor | None]:
    """Weight and bias of a network's layer, on the CPU."""
    bias = model.get_parameter(layer.bias).detach().cpu() if layer.bias else None
    return model.get_parameter(str(layer.weight)).detach().cpu(), bias


def settings(layer: Layer) -> dict[str, Any]:
    """Stride, padding and dilation of a convolution, for `F.conv2d`."""
    return {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}


def one_by_one(source: Layer, maps: Array, channel: int, seed: int) -> ChannelSums:
    """Take an output channel of a 1×1 convolution to 16 channels apart, with weights as PyTorch initialises them.

    Args:
        source: layer that the convolution reads.
        maps: output of that layer, (C, H, W).
        channel: number of the output channel, 0 to 15.
        seed: of the weights.
    """
    weight, bias = one_by_one_weights(len(maps), seed)
    layer = Layer(
        ONE_BY_ONE,
        "conv2d",
        (NARROW, *maps.shape[1:]),
        (source.name,),
        weight="weight",
        bias="bias",
        kernel=(1, 1),
        stride=(1, 1),
        padding=(0, 0),
        dilation=(1, 1),
    )
    return _take_apart(layer, maps, weight, bias, channel)


def one_by_one_weights(channels: int, seed: int) -> tuple[Tensor, Tensor]:
    """Weight (16, channels, 1, 1) and bias (16,), uniform in ±1/√channels as in `torch.nn.Conv2d`."""
    generator = torch.Generator().manual_seed(seed)
    bound = channels**-0.5
    weight = (2 * torch.rand((NARROW, channels, 1, 1), generator=generator) - 1) * bound
    return weight, (2 * torch.rand(NARROW, generator=generator) - 1) * bound


def _take_apart(layer: Layer, maps: Array, w: Tensor, b: Tensor | None, channel: int) -> ChannelSums:
    x = torch.from_numpy(np.array(maps))
    count = w.shape[1]
    first = channel // (len(w) // layer.groups) * count
    own = x[first : first + count]
    with torch.inference_mode():
        # In groups of one channel, each kernel has its own map.
        parts = F.conv2d(own[None], w[channel][:, None], groups=count, **settings(layer))[0]
        sums = parts.cumsum(0)
        added = float(b[channel]) if b is not None else 0.0
        whole = F.conv2d(x[None], w, b, groups=layer.groups, **settings(layer))[0, channel]
    return ChannelSums(
        layer,
        channel,
        np.arange(first, first + count),
        own.numpy(),
        w[channel].numpy(),
        parts.numpy(),
        sums.numpy(),
        added,
        (sums[-1] + added).numpy(),
        whole.numpy(),
    )

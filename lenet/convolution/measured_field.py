"""Receptive fields measured with autograd.

In the network itself, a gradient is 0 wherever a ReLU gives 0 or another cell wins a max-pooling, and paths of opposite
sign can cancel. So it is measured on a copy that has the same connections: all weights are positive, biases are 0,
activations are left out, and max-pooling is replaced by a sum over its window. There, a gradient is 0 exactly where no
path leads from a pixel to the output.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from lenet.convolution.receptive_field import Mask
from lenet.networks import kinds, windows
from lenet.networks.forward import Layer, Watch, tensor_names
from lenet.networks.operation_names import operation_name
from lenet.shapes import Shape


def positive(model: nn.Module) -> nn.Module:
    """Copy of a network in float64 with positive weights of mean 1/fan_in, and biases of 0; see the module."""
    made = copy.deepcopy(model).double().cpu().eval()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            else:
                fan_in = max(1, parameter[0].numel()) if parameter.dim() > 1 else 1
                parameter.uniform_(0.5 / fan_in, 1.5 / fan_in, generator=generator)
        for module in made.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.reset_running_stats()
    return made.requires_grad_(False)


def backwards(model: nn.Module, size: Shape, name: str, row: int, column: int) -> NDArray[np.float64]:
    """Gradient of one cell of a layer, all its channels together, with respect to each pixel of the input.

    Args:
        model: a network from `positive`.
        size: channels, height and width of the input.
        name: of the layer, see `lenet.networks.forward`.
        row: of the cell; 0 for a layer without rows.
        column: of the cell, or its place in a layer without columns.

    Returns:
        (height, width); 0 exactly where the cell doesn't depend on the pixel.
    """
    x = torch.zeros((1, *size), dtype=torch.float64, requires_grad=True)
    output = _outputs(model, x)[name]
    at = output[0, :, row, column] if output.dim() == 4 else output[0, column]
    (gradient,) = torch.autograd.grad(at.sum(), x)
    return gradient[0].sum(0).numpy()


def forwards(model: nn.Module, size: Shape, row: int, column: int) -> dict[str, Mask]:
    """Cells that a pixel reaches in each layer: those that aren't 0 if it alone is 1 in an input of zeros.

    Args:
        model: a network from `positive`.
        size: channels, height and width of the input.
        row: of the pixel.
        column: of the pixel.

    Returns:
        (H, W) bool by the layers' names; (1, N) for a layer without rows and columns.
    """
    x = torch.zeros((1, *size), dtype=torch.float64)
    x[:, :, row, column] = 1
    with torch.no_grad():
        found = _outputs(model, x)
    reached: dict[str, Mask] = {name: (output[0] != 0).numpy() for name, output in found.items()}
    return {name: np.any(one, 0) if one.ndim == 3 else one[None] for name, one in reached.items()}


def own_gradient(
    model: nn.Module, digit: NDArray[np.float32], name: str, channel: int, row: int, column: int
) -> NDArray[np.float32]:
    """Gradient of one value of a layer with respect to the input, in the network itself and for one digit.

    Args:
        model: any network; it is not changed.
        digit: (C, H, W) float32.
        name: of the layer.
        channel: of the value; ignored in a layer without rows and columns.
        row: of the value; ignored in such a layer.
        column: of the value, or its place in such a layer.

    Returns:
        (C, H, W) float32.
    """
    device = next(model.parameters()).device
    x = torch.from_numpy(digit[None].copy()).to(device).requires_grad_()
    output = _outputs(model, x, plain=True)[name]
    at = output[0, channel, row, column] if output.dim() == 4 else output[0, column]
    (gradient,) = torch.autograd.grad(at, x)
    return gradient[0].cpu().numpy()


def _outputs(model: nn.Module, x: Tensor, *, plain: bool = False) -> dict[str, Tensor]:
    """Output of each layer by its name, with its graph; of the network as it is if `plain`."""
    watch = _Outputs(*tensor_names(model), x)
    if plain:
        with watch:
            model(x)
    else:
        with _Linear(), watch:
            model(x)
    return watch.outputs


class _Outputs(Watch):
    """Keeps each layer's output."""

    def __init__(self, *given: Any) -> None:
        self.outputs: dict[str, Tensor] = {}
        super().__init__(*given)

    def keep(self, layer: Layer, output: Tensor, sources: tuple[str, ...]) -> None:
        self.masked(layer.name, output)

    def masked(self, source: str, output: Tensor) -> None:
        self.outputs[source] = output.clone()  # a later in-place call would join another path to it


class _Linear(TorchFunctionMode):
    """Leaves activations out, and replaces max-pooling by a sum over its window."""

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        kind = kinds.KINDS.get(operation_name(func))
        if kind is None:
            return func(*args, **kwargs)
        given: dict[str, Any] = dict(zip(kind.arguments or ("input",), args, strict=False)) | kwargs
        x: Tensor = given["input"] if "input" in given else args[0]
        if kind.family == "activation" and not kind.mixes:
            return x * 1
        if kind.window and kind.copies:
            return _sum_pool(x, func(*args, **kwargs), windows.of_pooling(given))
        return func(*args, **kwargs)


def _sum_pool(x: Tensor, pooled: Tensor, window: dict[str, Any]) -> Tensor:
    """Sum over each window of a pooling, divided by its size; `pooled` is the pooling's own output."""
    (kernel, stride, padding, dilation) = (window[name] for name in ("kernel", "stride", "padding", "dilation"))
    needed = [
        max(
            0,
            (pooled.shape[2 + axis] - 1) * stride[axis]
            + dilation[axis] * (kernel[axis] - 1)
            + 1
            - x.shape[2 + axis]
            - padding[axis],
        )
        for axis in range(2)
    ]
    wide = F.pad(x, (padding[1], needed[1], padding[0], needed[0]))
    channels = x.shape[1]
    weight = torch.full((channels, 1, *kernel), 1 / math.prod(kernel), dtype=x.dtype)
    summed = F.conv2d(wide, weight, stride=stride, dilation=dilation, groups=channels)
    return summed[:, :, : pooled.shape[2], : pooled.shape[3]]

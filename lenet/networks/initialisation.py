"""Initialisations of a network's weights by name, with the formula of each, and plain stacks to see them work in depth.

Sources: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, for
Xavier; K. He et al., "Delving Deep into Rectifiers", 2015, for Kaiming; `torch.nn.init`, and `reset_parameters` of
`torch.nn.Linear` and `torch.nn.Conv2d`, for PyTorch's default.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import torch
from torch import Tensor, nn

DEFAULT: Final = "default"
XAVIER_UNIFORM: Final = "xavier_uniform"
XAVIER_NORMAL: Final = "xavier_normal"
KAIMING_UNIFORM: Final = "kaiming_uniform"
KAIMING_NORMAL: Final = "kaiming_normal"
ZEROS: Final = "zeros"
SCHEMES: Final = (DEFAULT, XAVIER_UNIFORM, XAVIER_NORMAL, KAIMING_UNIFORM, KAIMING_NORMAL, ZEROS)
"""Names of the initialisations. But for PyTorch's default, biases begin at 0."""
FACTORS: Final = (0.1, 0.5, 1.0, 2.0, 10.0)
"""Factors by which weights are made too small or too large afterwards."""

RELU: Final = "relu"
TANH: Final = "tanh"
NONE: Final = "none"
ACTIVATIONS: Final[dict[str, type[nn.Module] | None]] = {RELU: nn.ReLU, TANH: nn.Tanh, NONE: None}
"""Activations of a plain stack."""

LINEAR: Final = "linear"
CONV: Final = "conv"
LAYERS: Final = (LINEAR, CONV)
"""Layers of a plain stack."""
LEAST_DEPTH: Final = 2
MOST_DEPTH: Final = 40
WIDTH: Final = 100
"""Units of a linear layer of a plain stack."""
CHANNELS: Final = 8
"""Channels of a convolution of a plain stack."""
SIDE: Final = 28


@dataclass(frozen=True)
class Formula:
    """Numbers of an initialisation's formula for one layer.

    Attributes:
        scheme: one of `SCHEMES`.
        fan_in: how many numbers each output is a sum of.
        fan_out: how many outputs read each number, counted as `torch.nn.init` does.
        gain: factor for the activation, of PyTorch's default √(2 / (1 + 5)).
        factor: by which the weights are multiplied afterwards.
        bound: weights are uniform between minus and plus this; None for a normal distribution, and for zeros.
        std: standard deviation of the weights.
    """

    scheme: str
    fan_in: int
    fan_out: int
    gain: float
    factor: float
    bound: float | None
    std: float


def formula(weight: Tensor, scheme: str, activation: str, factor: float) -> Formula:
    """Formula by which a weight is drawn.

    Args:
        weight: of a convolution or a linear layer.
        scheme: one of `SCHEMES`.
        activation: one of `ACTIVATIONS`, for the gain.
        factor: by which the weights are multiplied afterwards.
    """
    field = weight[0, 0].numel()
    fan_in, fan_out = weight.shape[1] * field, weight.shape[0] * field
    gain = math.sqrt(2 / (1 + 5)) if scheme == DEFAULT else gain_of(activation)
    if scheme == ZEROS:
        return Formula(scheme, fan_in, fan_out, gain, factor, None, 0.0)
    fan = (fan_in + fan_out) / 2 if scheme in (XAVIER_UNIFORM, XAVIER_NORMAL) else fan_in
    if scheme == DEFAULT:  # gain · √(3 / fan_in), without its rounding
        bound = factor / math.sqrt(fan_in)
        return Formula(scheme, fan_in, fan_out, gain, factor, bound, bound / math.sqrt(3))
    std = gain / math.sqrt(fan) * factor
    uniform = scheme in (XAVIER_UNIFORM, KAIMING_UNIFORM)
    return Formula(scheme, fan_in, fan_out, gain, factor, math.sqrt(3) * std if uniform else None, std)


def gain_of(activation: str) -> float:
    """Gain of an activation, see `torch.nn.init.calculate_gain`."""
    return float(nn.init.calculate_gain(_kaiming(activation)))


def initialize(model: nn.Module, scheme: str, activation: str, factor: float, seed: int) -> None:
    """Draw the weights of all convolutions and linear layers again, with a generator of their own.

    Args:
        model: that is changed.
        scheme: as in `formula`.
        activation: likewise.
        factor: likewise.
        seed: of the generator; its numbers are those that `torch.manual_seed` and `torch.nn.init` give in this order.
    """
    generator = torch.Generator().manual_seed(seed)
    gain = gain_of(activation)
    with torch.no_grad():
        for layer in weighted(model).values():
            if scheme == DEFAULT:
                nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            elif scheme == XAVIER_UNIFORM:
                nn.init.xavier_uniform_(layer.weight, gain, generator=generator)
            elif scheme == XAVIER_NORMAL:
                nn.init.xavier_normal_(layer.weight, gain, generator=generator)
            elif scheme == KAIMING_UNIFORM:
                nn.init.kaiming_uniform_(layer.weight, nonlinearity=_kaiming(activation), generator=generator)
            elif scheme == KAIMING_NORMAL:
                nn.init.kaiming_normal_(layer.weight, nonlinearity=_kaiming(activation), generator=generator)
            else:
                nn.init.zeros_(layer.weight)
            if layer.bias is not None:
                bound = 1 / math.sqrt(layer.weight[0].numel())
                if scheme == DEFAULT:
                    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
                else:
                    nn.init.zeros_(layer.bias)
            layer.weight.mul_(factor)


def code(scheme: str, activation: str, factor: float, seed: int) -> str:
    """Lines of PyTorch that do what `initialize` does to `model`."""
    kind = _kaiming(activation)
    gain = f'nn.init.calculate_gain("{kind}")'
    line = {
        DEFAULT: "nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5))",
        XAVIER_UNIFORM: f"nn.init.xavier_uniform_(layer.weight, {gain})",
        XAVIER_NORMAL: f"nn.init.xavier_normal_(layer.weight, {gain})",
        KAIMING_UNIFORM: f'nn.init.kaiming_uniform_(layer.weight, nonlinearity="{kind}")',
        KAIMING_NORMAL: f'nn.init.kaiming_normal_(layer.weight, nonlinearity="{kind}")',
        ZEROS: "nn.init.zeros_(layer.weight)",
    }[scheme]
    bound = "1 / math.sqrt(layer.weight[0].numel())"
    bias = (
        f"bound = {bound}\n            nn.init.uniform_(layer.bias, -bound, bound)"
        if scheme == DEFAULT
        else "nn.init.zeros_(layer.bias)"
    )
    scaled = f"\n        with torch.no_grad():\n            layer.weight.mul_({factor!r})" if factor != 1 else ""
    return f"""\
torch.manual_seed({seed})
for layer in model.modules():
    if isinstance(layer, nn.Conv2d | nn.Linear):
        {line}
        if layer.bias is not None:
            {bias}{scaled}"""


def weighted(model: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Convolutions and linear layers of a network by their names, in the order of its modules."""
    return {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)}


class Plain(nn.Sequential):
    """Stack of equal layers with an activation after each but the last: (N, 1, 28, 28) -> (N, 10) logits.

    Linear layers have 100 units each. Convolutions have 8 channels and kernels of 3×3 with padding, the first with a
    stride of 2; the last layer is linear.

    Args:
        layer: one of `LAYERS`.
        depth: number of layers with weights, from `LEAST_DEPTH` to `MOST_DEPTH`.
        activation: one of `ACTIVATIONS`.

    Raises:
        ValueError: the depth is another.
    """

    input_size = SIDE

    def __init__(self, layer: str, depth: int, activation: str) -> None:
        if not LEAST_DEPTH <= depth <= MOST_DEPTH:
            raise ValueError(depth)
        super().__init__()
        kind = ACTIVATIONS[activation]
        if layer == LINEAR:
            self.add_module("flatten", nn.Flatten())
        for place in range(1, depth):
            if layer == LINEAR:
                made: nn.Module = nn.Linear(SIDE**2 if place == 1 else WIDTH, WIDTH)
            elif place == 1:
                made = nn.Conv2d(1, CHANNELS, 3, stride=2, padding=1)
            else:
                made = nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
            self.add_module(f"{'fc' if layer == LINEAR else 'conv'}{place}", made)
            if kind is not None:
                self.add_module(f"{activation}{place}", kind())
        if layer == CONV:
            self.add_module("flatten", nn.Flatten())
        last = WIDTH if layer == LINEAR else CHANNELS * (SIDE // 2) ** 2
        self.add_module(f"fc{depth if layer == LINEAR else ''}", nn.Linear(last, 10))


def plain_code(layer: str, depth: int, activation: str) -> str:
    """Lines of PyTorch that make `Plain` as `model`."""
    kind = ACTIVATIONS[activation]
    then = f", nn.{kind.__name__}()" if kind is not None else ""
    if layer == LINEAR:
        return f"""\
layers = [nn.Flatten(), nn.Linear({SIDE**2}, {WIDTH}){then}]
for _ in range({depth - 2}):
    layers += [nn.Linear({WIDTH}, {WIDTH}){then}]
model = nn.Sequential(*layers, nn.Linear({WIDTH}, 10))"""
    return f"""\
layers = [nn.Conv2d(1, {CHANNELS}, 3, stride=2, padding=1){then}]
for _ in range({depth - 2}):
    layers += [nn.Conv2d({CHANNELS}, {CHANNELS}, 3, padding=1){then}]
model = nn.Sequential(*layers, nn.Flatten(), nn.Linear({CHANNELS * (SIDE // 2) ** 2}, 10))"""


def _kaiming(activation: str) -> Literal["relu", "tanh", "linear"]:
    """PyTorch's name of an activation."""
    return "relu" if activation == RELU else "tanh" if activation == TANH else "linear"

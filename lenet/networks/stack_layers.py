"""Layers that a network can be built of, with their options, and the modules that they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from torch import Tensor, nn
from torch.nn import functional as F

from lenet.networks.windows import Pair

Value = int | float | bool | str | Pair
Values = Mapping[str, Any]

PADDING_MODES: Final = ("zeros", "reflect", "replicate", "circular")


@dataclass(frozen=True)
class Option:
    """Option of a layer.

    Attributes:
        name: of PyTorch's argument.
        default: its value where none is given; its type is that of the option.
        low: smallest number.
        high: largest number.
        choices: all values of a text.
        inferred: name of what 0 stands for, "" where 0 is a number like others: `channels` and `features` are those
            of the layer's input, `kernel` the kernel's size.
    """

    name: str
    default: Value
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()
    inferred: str = ""


@dataclass(frozen=True)
class LayerType:
    """A type of layer.

    Attributes:
        name: in an address.
        options: in the order of PyTorch's arguments, those that come first and are always written before the others.
        written: number of options that the code always has.
        attribute: stem of the module's name in the network, "" for a layer that is written as a function.
        module: class of the module.
        function: applies a layer without a module.
        code: expression of such a layer, from the expression of its input and its options.
    """

    name: str
    options: tuple[Option, ...] = ()
    written: int = 0
    attribute: str = ""
    module: type[nn.Module] | None = None
    function: Callable[..., Tensor] = lambda x: x
    code: str = ""


def _count(name: str, default: int, high: int, inferred: str = "") -> Option:
    return Option(name, default, 0 if inferred else 1, high, inferred=inferred)


def _pair(name: str, default: int, high: int, low: int = 1, inferred: str = "") -> Option:
    return Option(name, (default, default), 0 if inferred else low, high, inferred=inferred)


def _flag(name: str, default: bool) -> Option:
    return Option(name, default)


_POOLING: Final = (
    _pair("kernel_size", 2, 16),
    _pair("stride", 0, 16, inferred="kernel"),
    _pair("padding", 0, 8, low=0),
)

_TYPES: Final = (
    LayerType(
        "conv",
        (
            _count("out_channels", 6, 512),
            _pair("kernel_size", 3, 16),
            _pair("stride", 1, 16),
            _pair("padding", 0, 16, low=0),
            _pair("dilation", 1, 16),
            _count("groups", 1, 512),
            _flag("bias", True),
            Option("padding_mode", PADDING_MODES[0], choices=PADDING_MODES),
            _count("in_channels", 0, 512, inferred="channels"),
        ),
        written=2,
        attribute="conv",
        module=nn.Conv2d,
    ),
    LayerType("relu", function=F.relu, code="F.relu"),
    LayerType(
        "leaky_relu",
        (Option("negative_slope", 0.01, 0, 1),),
        function=F.leaky_relu,
        code="F.leaky_relu",
    ),
    LayerType("gelu", function=F.gelu, code="F.gelu"),
    LayerType("silu", function=F.silu, code="F.silu"),
    LayerType("elu", function=F.elu, code="F.elu"),
    LayerType("tanh", function=lambda x: x.tanh(), code="torch.tanh"),
    LayerType("sigmoid", function=lambda x: x.sigmoid(), code="torch.sigmoid"),
    LayerType(
        "max_pool",
        (*_POOLING, _pair("dilation", 1, 8), _flag("ceil_mode", False)),
        written=1,
        function=F.max_pool2d,
        code="F.max_pool2d",
    ),
    LayerType(
        "avg_pool",
        (*_POOLING, _flag("ceil_mode", False), _flag("count_include_pad", True)),
        written=1,
        function=F.avg_pool2d,
        code="F.avg_pool2d",
    ),
    LayerType(
        "adaptive_avg_pool",
        (_pair("output_size", 1, 32),),
        written=1,
        function=F.adaptive_avg_pool2d,
        code="F.adaptive_avg_pool2d",
    ),
    LayerType(
        "batch_norm",
        (Option("eps", 1e-5, 1e-8, 1), Option("momentum", 0.1, 0, 1), _count("num_features", 0, 512, "channels")),
        attribute="bn",
        module=nn.BatchNorm2d,
    ),
    LayerType("dropout", (Option("p", 0.5, 0, 1),), written=1, attribute="drop", module=nn.Dropout),
    LayerType("flatten", function=lambda x: x.view(x.size(0), -1)),
    LayerType(
        "linear",
        (_count("out_features", 10, 4096), _flag("bias", True), _count("in_features", 0, 100_000, "features")),
        written=1,
        attribute="fc",
        module=nn.Linear,
    ),
    LayerType("softmax", function=lambda x: x.softmax(1)),
)

TYPES: Final = {one.name: one for one in _TYPES}
"""All types of layers by name, in the order in which a page offers them."""

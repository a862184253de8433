"""Kinds of operations: a record of each that the playground explains.

To add one: a record here, its worked examples in `playground/components/network_view/kinds/`, and its texts in
`playground/text/en/kinds.toml`. A kind that isn't here is shown and recorded all the same, with a general explanation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal

from torch import nn

from lenet.networks import local_gradients, windows
from lenet.networks.local_gradients import Array, Saved
from lenet.shapes import Shape

if TYPE_CHECKING:
    from lenet.networks.forward import Layer

INPUT: Final = "input"
SOFTMAX: Final = "softmax"
OTHER: Final = "other"
"""Stands for a kind that has no record."""

Given = Mapping[str, Any]
"""Arguments of a call by name."""


@dataclass(frozen=True)
class Split:
    """Terms of which a number of a parameter's gradient is the sum, as one grad_fn computes it.

    Attributes:
        weight: place of the weight in the grad_fn's `next_functions`.
        bias: likewise, −1 where there is none.
        dimensions: number of axes of the gradient at the output, None for any.
        reads: numbers that an entry of the weight is multiplied with, from what the grad_fn saved, the entry, and the
            gradient at the output: (N, ...) as that gradient is without its second axis, empty where they weren't kept.
    """

    weight: int
    bias: int
    dimensions: int | None
    reads: Callable[[Saved, tuple[int, ...], Array], Array]


@dataclass(frozen=True)
class Kind:
    """A kind of operation.

    Attributes:
        name: PyTorch's name of the function, `conv2d`.
        family: of its nodes in a graph, by which they have their colour and sign.
        nodes: names of its grad_fn without `Backward0`.
        short: name of a layer of this kind that has no parameters, where it isn't `name`.
        arguments: names of the function's arguments, in order.
        window: window of a call; None where it has none.
        settings: further numbers of a call that its worked examples need.
        scale: of its values: of both signs, from zero up, or as those of the layer that it reads.
        copies: whether each value is one of the source's, which the browser picks out bit for bit.
        keeps_zero: whether a channel of zeros stays one.
        mixes: whether a unit reads all units of the source, or of its group; else it reads the unit of its own number.
        module: class of the module, for a kind whose channels can be switched off.
        axes: names of a parameter's axes, by their number.
        weight_shape: shape of the weight, from the layer and the shape of its source.
        splits: by name of the grad_fn.
        slope: numbers that backward multiplies the incoming gradient with, one by one, from what the grad_fn saved; for
            operations on each number by itself. None where they weren't kept.
        choices: saved tensor that says between which branches the forward pass chose, by name of the grad_fn: values
            above 0 or not, or indices.
    """

    name: str
    family: str
    nodes: tuple[str, ...] = ()
    short: str = ""
    arguments: tuple[str, ...] = ()
    window: Callable[[Given], dict[str, Any]] | None = None
    settings: Callable[[Given], dict[str, Any]] | None = None
    scale: Literal["signed", "unsigned", "source"] = "signed"
    copies: bool = False
    keeps_zero: bool = False
    mixes: bool = False
    module: type[nn.Module] | None = None
    axes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    weight_shape: Callable[[Layer, Shape], Shape] | None = None
    splits: Mapping[str, Split] = field(default_factory=dict)
    slope: Callable[[Saved], Array | None] | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


def _while_training(given: Given, **defaults: float) -> dict[str, Any]:
    """Settings that a call reads in training mode only, with their defaults."""
    return {name: given.get(name, value) for name, value in defaults.items()} if given.get("training") is True else {}


_RECORDS: Final = (
    Kind(INPUT, OTHER),
    Kind(
        "conv2d",
        "convolution",
        ("Convolution",),
        arguments=("input", "weight", "bias", "stride", "padding", "dilation", "groups"),
        window=windows.of_convolution,
        mixes=True,
        module=nn.Conv2d,
        axes={1: ("channel",), 4: ("channel", "input-channel", "row", "column")},
        weight_shape=lambda layer, source: (layer.shape[0], source[0] // layer.groups, *(layer.kernel or ())),
        splits={"ConvolutionBackward0": Split(1, 2, 4, local_gradients.convolution_input)},
    ),
    Kind(
        "linear",
        "linear",
        ("Addmm",),
        mixes=True,
        module=nn.Linear,
        axes={1: ("output",), 2: ("output", "input")},
        weight_shape=lambda layer, source: (layer.shape[0], windows.size(source)),
        splits={
            "AddmmBackward0": Split(2, 0, 2, local_gradients.matrix_input),
            "MmBackward0": Split(1, -1, 2, local_gradients.matrix_input),
        },
    ),
    Kind(
        "relu",
        "activation",
        ("Relu",),
        scale="unsigned",
        copies=True,
        keeps_zero=True,
        slope=local_gradients.relu_slope,
        choices={"ReluBackward0": "result"},
    ),
    Kind(
        "max_pool2d",
        "pooling",
        ("MaxPool2DWithIndices",),
        short="pool",
        arguments=("input", "kernel_size", "stride", "padding", "dilation"),
        window=windows.of_pooling,
        scale="source",
        copies=True,
        keeps_zero=True,
        choices={"MaxPool2DWithIndicesBackward0": "result1"},
    ),
    Kind(
        "avg_pool2d",
        "pooling",
        ("AvgPool2D",),
        short="pool",
        arguments=("input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"),
        window=windows.of_pooling,
        settings=lambda given: {
            "padded": given.get("count_include_pad", True),
            "divisor": given.get("divisor_override"),
        },
        scale="source",
        keeps_zero=True,
    ),
    Kind(
        "leaky_relu",
        "activation",
        ("LeakyRelu",),
        arguments=("input", "negative_slope", "inplace"),
        settings=lambda given: {"slope": given.get("negative_slope", 0.01)},
        keeps_zero=True,
        slope=local_gradients.leaky_relu_slope,
        choices={"LeakyReluBackward0": "self", "LeakyReluBackward1": "result"},
    ),
    Kind(
        "gelu",
        "activation",
        ("Gelu",),
        arguments=("input", "approximate"),
        settings=lambda given: {"approximate": given.get("approximate", "none")},
        keeps_zero=True,
        slope=local_gradients.gelu_slope,
    ),
    Kind("tanh", "activation", ("Tanh",), keeps_zero=True, slope=local_gradients.tanh_slope),
    Kind("sigmoid", "activation", ("Sigmoid",), scale="unsigned", slope=local_gradients.sigmoid_slope),
    Kind(
        "batch_norm",
        "normalization",
        ("NativeBatchNorm",),
        arguments=("input", "running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
        settings=lambda given: {"epsilon": given.get("eps", 1e-5)} | _while_training(given, momentum=0.1),
        axes={1: ("channel",)},
        weight_shape=lambda layer, source: (layer.shape[0],),
        splits={"NativeBatchNormBackward0": Split(1, 2, None, local_gradients.normalized_input)},
        slope=local_gradients.batch_norm_slope,
    ),
    Kind(
        "dropout",
        OTHER,
        ("NativeDropout",),
        arguments=("input", "p", "training", "inplace"),
        settings=lambda given: _while_training(given, p=0.5),
        scale="source",
        copies=True,
        keeps_zero=True,
    ),
    Kind(
        "adaptive_avg_pool2d",
        "pooling",
        ("AdaptiveAvgPool2D",),
        short="pool",
        arguments=("input", "output_size"),
        settings=windows.of_adaptive_pooling,
        scale="source",
        keeps_zero=True,
    ),
    Kind(SOFTMAX, "activation", ("Softmax",), scale="unsigned", mixes=True),
)

KINDS: Final = {kind.name: kind for kind in _RECORDS}
MODULES: Final = {kind.module: kind for kind in _RECORDS if kind.module is not None}
SWITCHABLE: Final = tuple(MODULES)
"""Classes of the modules whose channels can be switched off: those with a weight of their own for each output."""
CHOICES: Final = {node: (kind, saved) for kind in _RECORDS for node, saved in kind.choices.items()}
SPLITS: Final = {node: (kind, split) for kind in _RECORDS for node, split in kind.splits.items()}

_OF_NODE: Final = {node: kind for kind in _RECORDS for node in kind.nodes}
_SHORT: Final = {kind.name: kind.short for kind in _RECORDS if kind.short}


def of(layer: Layer) -> Kind | None:
    """Record of a layer's kind; None where it has none."""
    return KINDS.get(layer.kind)


def is_copied(layer: Layer) -> bool:
    """True if each value of a layer is one of its source's, bit for bit."""
    kind = KINDS.get(layer.kind)
    return kind is not None and kind.copies and len(layer.sources) == 1 and not in_training(layer)


def in_training(layer: Layer) -> bool:
    """True if a layer computes as it does in training mode alone."""
    return ("training", True) in layer.settings


@lru_cache(maxsize=1024)
def of_node(name: str) -> Kind | None:
    """Record of the kind whose forward pass makes a grad_fn of this name, such as `ReluBackward0`; None where there is
    none.
    """
    return _OF_NODE.get(re.sub(r"Backward\d*$", "", name.rpartition("::")[2]))


def stem(kind: str) -> str:
    """Name, without its number, of a layer that has no parameters: `pool` for `max_pool2d`."""
    return _SHORT.get(kind, kind)

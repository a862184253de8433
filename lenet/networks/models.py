"""The three networks of the study notes, by name.

A network that is a list of layers has the list as its name, see `lenet.networks.stack`.

The attribute names and `x.view(...)` are those of the notes, so that the autograd graph has the same nodes in the same
places. Nothing outside this file knows how many layers a network has: a fourth network is one class and one line in
`MODELS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.networks import form, global_generator, own, stack, stack_shapes
from lenet.networks.stack import Stack


class LeNet5(nn.Module):
    """The 5×5 `Net` of the notes: (N, 1, 32, 32) -> (N, 10) logits, 61,706 parameters.

    Source: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", 1998, with the
    notes' ReLU and max-pooling in place of the paper's.
    """

    input_size: Final = 32

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch, (N, 10)."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class LightNet(nn.Module):
    """The 3×3 `Net` of the notes: (N, channels, size, size) -> (N, 10) logits, 81,194 parameters at 1×32×32.

    Args:
        channels: channels of the input.
        size: height and width of the input in pixels, at least 10.
    """

    input_size: int = 32

    def __init__(self, channels: int = 1, size: int = 32) -> None:
        super().__init__()
        self.input_size = size
        side = ((size - 2) // 2 - 2) // 2
        self.conv1 = nn.Conv2d(channels, 6, 3)
        self.conv2 = nn.Conv2d(6, 16, 3)
        self.fc1 = nn.Linear(16 * side * side, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch, (N, 10)."""
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class DigitCNN(nn.Module):
    """The 16-32-64 `CNN` of the notes: (N, 1, 28, 28) -> (N, 10) logits, 123,222 parameters."""

    input_size: Final = 28

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.conv3 = nn.Conv2d(32, 64, 5)
        self.fc1 = nn.Linear(64 * 3 * 3, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch, (N, 10)."""
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.max_pool2d(F.relu(self.conv3(x)), 2)
        x = x.view(x.size(0), -1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)


MODELS: Final[dict[str, Callable[[], nn.Module]]] = {"LeNet5": LeNet5, "LightNet": LightNet, "DigitCNN": DigitCNN}


def build(name: str, seed: int | None = None) -> nn.Module:
    """A network of that name with PyTorch's default initialisation.

    Args:
        name: one of `MODELS`, that of a stack, or one of `lenet.networks.own`, which initialises itself.
        seed: makes the initialisation repeatable.

    Raises:
        InputError: there is no such network, or a layer of the stack doesn't fit.
    """
    layers = check(name)
    given = own.find(name)
    if given is not None:
        return given.new(seed)
    with global_generator.LOCK:  # from which the modules draw their first weights
        model = stack_shapes.build(layers) if layers else MODELS[name]()
    if seed is not None:
        initialize(model, torch.Generator().manual_seed(seed))
    return model


def check(name: str) -> Stack | None:
    """The layers of the network with this name, None for one that is no stack.

    Raises:
        InputError: there is no such network, or a layer of the stack doesn't fit.
    """
    if name in MODELS or own.find(name) is not None:
        return None
    layers = stack.read(name)
    if layers is None and ":" in name:
        raise InputError("model-own-unknown", name=name)
    if layers is None:
        raise InputError("model-unknown", name=name, names=", ".join((*own.names(), *MODELS)))
    if not layers.rows:
        raise InputError("model-empty")
    for number, one in enumerate(stack_shapes.check(layers)):
        if one.problem is not None:
            raise InputError(f"model-{one.problem.key}", number=number, layer=one.row.kind, **one.problem.facts)
    return layers


def known(name: str) -> str | None:
    """The name, if there is a network with this name and its layers fit; else None."""
    try:
        check(name)
    except InputError:
        return None
    return name


def initialize(model: nn.Module, generator: torch.Generator) -> None:
    """Draw convolutions and linear layers again as PyTorch does by default: weights and biases uniform in ±1/√fan_in.

    The same numbers as `torch.manual_seed` and a new module give, but with a generator of one's own: the process's
    random state is shared by all visitors. Source: `reset_parameters` of `torch.nn.Linear` and `torch.nn.Conv2d`.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_uniform_(module.weight, a=math.sqrt(5), generator=generator)
            if module.bias is not None:
                bound = initial_bound(module)
                nn.init.uniform_(module.bias, -bound, bound, generator=generator)


def initial_bound(module: nn.Conv2d | nn.Linear) -> float:
    """1/√fan_in: PyTorch's default initialisation is uniform between minus and plus this."""
    return 1 / math.sqrt(module.weight[0].numel())


def count_parameters(model: nn.Module) -> int:
    """Number of learnable parameters of a network."""
    return sum(parameter.numel() for parameter in model.parameters())


def input_size(model: nn.Module) -> int:
    """Height of a network's input in pixels; of the project's own networks also its width."""
    return form.of(model).height

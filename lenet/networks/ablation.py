"""Zero-ablation: chosen channels of a network are switched off, to see what depends on them.

What a convolution or a linear layer gives, bias included, is multiplied by a mask of ones, and zeros for the channels
that are off, before its activation: ReLU and max-pooling of 0 are 0, so the channel is 0 for everything that reads it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.networks import kinds

MASK: Final = "ablation_mask"
"""Name of the buffer that a layer's mask is."""
MARK: Final = "ablates"
"""Attribute by which a tensor says that it is such a mask: unlike an `id`, it stays with a copy."""
SUFFIX: Final = " off"
"""Follows a layer's name in that of the multiplication by its mask."""
MAX_TEXT: Final = 4_000

SCRIPT: Final = """
# Channels that are switched off: what their layer gives is multiplied by 0.
for name, channels in {off}.items():
    layer = model.get_submodule(name)
    mask = torch.ones(len(layer.weight))
    mask[channels] = 0
    mask = mask.view(-1, *[1] * (layer.weight.dim() - 2))
    layer.register_forward_hook(lambda module, args, output, mask=mask: output * mask)"""


class Channel(NamedTuple):
    """An output channel of a convolution, or an output of a linear layer.

    Attributes:
        layer: qualified name of the module, `conv1`.
        index: counted from 0.
    """

    layer: str
    index: int  # type: ignore[assignment]  # a tuple's method of this name isn't missed


Off = tuple[Channel, ...]


def counts(model: nn.Module) -> dict[str, int]:
    """Number of channels that can be switched off, by layer: all convolutions and linear layers."""
    own: list[tuple[str, Any]] = [(n, one) for n, one in model.named_modules() if isinstance(one, kinds.SWITCHABLE)]
    return {name: len(module.weight) for name, module in own}


def ordered(model: nn.Module, off: Iterable[Channel]) -> Off:
    """The channels once each, in the order of the layers.

    Raises:
        InputError: the network has no such channel.
    """
    have = counts(model)
    chosen = set(off)
    for channel in sorted(chosen):
        if not 0 <= channel.index < have.get(channel.layer, 0):
            names = ", ".join(f"{name}.0 to {name}.{count - 1}" for name, count in have.items())
            raise InputError("ablation-unknown", channel=f"{channel.layer}.{channel.index}", names=names)
    places = {name: place for place, name in enumerate(have)}
    return tuple(sorted(chosen, key=lambda channel: (places[channel.layer], channel.index)))


def read(text: str, model: nn.Module) -> Off:
    """The channels that a text such as `conv1.3,fc1.7` names.

    Raises:
        InputError: it is something else, or names a channel that the network doesn't have.
    """
    parts = text.split(",") if text else []
    if len(text) > MAX_TEXT:
        raise InputError("ablation-long", limit=MAX_TEXT)
    found = []
    for part in parts:
        layer, _, index = part.strip().rpartition(".")
        if not layer or not index.isascii() or not index.isdecimal() or len(index) > 6:
            raise InputError("ablation-text", text=part[:40])
        found.append(Channel(layer, int(index)))
    return ordered(model, found)


def write(off: Iterable[Channel]) -> str:
    """The channels as `read` takes them."""
    return ",".join(f"{channel.layer}.{channel.index}" for channel in off)


def by_layer(off: Iterable[Channel]) -> Mapping[str, list[int]]:
    """The channels' numbers by their layers."""
    found: dict[str, list[int]] = {}
    for channel in off:
        found.setdefault(channel.layer, []).append(channel.index)
    return found


def ablated(model: nn.Module, off: Iterable[Channel]) -> nn.Module:
    """A copy of the network with these channels switched off, sharing the original's parameters.

    Raises:
        InputError: the network has no such channel.
    """
    chosen = ordered(model, off)
    if not chosen:
        return model
    shared: dict[int, Any] = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    made = copy.deepcopy(model, shared)
    for name, channels in by_layer(chosen).items():
        layer: Any = made.get_submodule(name)
        mask = torch.ones(len(layer.weight), device=layer.weight.device, dtype=layer.weight.dtype)
        mask[channels] = 0
        mask = mask.view(-1, *[1] * (layer.weight.dim() - 2))
        setattr(mask, MARK, True)
        layer.register_buffer(MASK, mask, persistent=False)
        layer.register_forward_hook(_switch_off)
    return made


def is_mask(tensor: Tensor) -> bool:
    """True if the tensor is the mask of a layer."""
    return getattr(tensor, MARK, False) is True


def script(off: Iterable[Channel]) -> str:
    """The lines that switch the channels off in a script whose network is `model`; none where none is off."""
    found = by_layer(off)
    return SCRIPT.format(off=dict(found)) if found else ""


def _switch_off(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor:
    mask: Tensor = module.get_buffer(MASK)
    return output * mask

"""Name of a network as the pages show it."""

from __future__ import annotations

from typing import Final

from lenet.networks import own, stack
from playground.text import text

TEXT: Final = text("network_title")


def network_title(name: str) -> str:
    """Name of a network, or for a list of layers the number of its layers."""
    layers = stack.read(name) if stack.is_name(name) else None
    return name if layers is None else TEXT["built"].format(count=len(layers.rows))


def class_name(network: str, index: int) -> str:
    """Number of a class, with its name where the network's classes have names."""
    found = own.find(network)
    return f"{index} {found.names[index]}" if found is not None and index < len(found.names) else str(index)

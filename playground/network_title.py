"""Names of networks and of their weights, as the pages show them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lenet.networks import own, stack
from lenet.networks.own import Own
from lenet.record.experiment import SHIPPED
from playground.text import text

TEXT: Final = text("network_title")
SIDEBAR: Final = text("sidebar")


def network_title(name: str) -> str:
    """Name of a network, or for a list of layers the number of its layers."""
    layers = stack.read(name) if stack.is_name(name) else None
    return name if layers is None else TEXT["built"].format(count=len(layers.rows))


def weights_title(given: Own | None, kind: str) -> str:
    """Words for the origin of weights, one of `lenet.record.experiment.WEIGHTS`.

    Args:
        given: the network, if it is one's own: its own weights are those with which it came.
        kind: origin of the weights.
    """
    if given is None or kind != SHIPPED:
        return SIDEBAR[f"weights-{kind}"]
    if given.weights:
        return SIDEBAR["weights-of-file"].format(file=Path(given.weights).name)
    return SIDEBAR["weights-given"]


def class_name(network: str, index: int) -> str:
    """Number of a class, with its name where the network's classes have names."""
    found = own.find(network)
    return f"{index} {found.names[index]}" if found is not None and index < len(found.names) else str(index)

"""The networks of `lenet.networks.models` as lists of layers, to begin with."""

from __future__ import annotations

from typing import Final

from lenet.networks.stack import Stack

_HEAD: Final = "flatten~linear-120~relu~linear-84~relu~linear"

EXAMPLES: Final = {
    "LeNet5": f"stack-32~conv-6-5~relu~max_pool~conv-16-5~relu~max_pool~{_HEAD}",
    "LightNet": f"stack-32~conv~relu~max_pool~conv-16~relu~max_pool~{_HEAD}",
    "DigitCNN": "stack-28~conv-16-5~relu~conv-32-5~relu~max_pool~conv-64-5~relu~max_pool~"
    "flatten~linear-100~relu~linear",
}
"""Name of the list of layers by the network's own name."""


def name_of(layers: Stack) -> str | None:
    """Name of the network that has exactly these layers, None for any other."""
    return next((name for name, own in EXAMPLES.items() if own == layers.name), None)

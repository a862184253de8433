"""Weights of an opened map or unit, as cuts out of the parameters: the file has each number once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lenet.networks.forward import Layer

Part = dict[str, object]

STEPS: Final = {"": "before", "after_": "after"}
"""Part of a parameter by the prefix of what is cut out of it."""


def cut_units(
    units: Mapping[str, tuple[Layer, int, Part]], layers: Sequence[Layer], parameters: Sequence[str], numbers: Part
) -> Part:
    """Facts about each unit, and what can't be cut out of a parameter as bytes of its own.

    Args:
        units: by name, the layer, the channel and the data, see `unit_data`.
        layers: of the network.
        parameters: names of the parameters in their order.
        numbers: bytes of the parameters by the names that they have in the file.
    """
    described: dict[str, Part] = {}
    found: Part = {"units": described}
    for name, (layer, channel, data) in units.items():
        cuts: dict[str, Part] = {}
        for key, value in data.items():
            if not isinstance(value, bytes) or not value:
                continue
            cut = _cut(key, value, layer, channel, layers, parameters, numbers)
            if cut is None:
                found[f"unit-{name}-{key}"] = value
            else:
                cuts[key] = cut
        described[name] = {"opened": data["opened"], "facts": data["facts"], "cuts": cuts}
    return found


def _cut(
    key: str,
    value: bytes,
    layer: Layer,
    channel: int,
    layers: Sequence[Layer],
    parameters: Sequence[str],
    numbers: Part,
) -> Part | None:
    """Place of these bytes in a parameter; None where they aren't there."""
    prefix = "after_" if key.startswith("after_") else ""
    if key == "onward":
        reader = next((one for one in layers if layer.name in one.sources), None)
        owner = reader and reader.weight
        count = reader.shape[0] // reader.groups if reader else 1
    else:
        owner, count = layer.bias if key.endswith("bias") else layer.weight, 1
    if not owner or owner not in parameters:
        return None
    place, part = parameters.index(owner), STEPS[prefix]
    whole = numbers.get(f"parameter-{place}-{part}")
    if not isinstance(whole, bytes) or len(value) % count:
        return None
    block = len(value) // count
    stride = len(whole) // count
    offset = channel * block
    blocks = (whole[offset + at * stride : offset + at * stride + block] for at in range(count))
    if b"".join(blocks) != value:
        return None
    return {"parameter": place, "part": part, "offset": offset, "block": block, "stride": stride, "count": count}

"""The picture of a network, from input to softmax, and the arithmetic behind any of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import streamlit as st
from torch import nn

from lenet import forward, models
from lenet.forward import Layer, Pass
from playground.components import assembly
from playground.palette import Scale

FILES: Final = (
    *(f"shared/{name}.js" for name in ("dom", "numbers", "colors")),
    *(
        f"network_view/{name}.js"
        for name in (
            "network",
            "arithmetic",
            "layout",
            "paint",
            "words",
            "trace",
            "picture",
            "prediction",
            "detail_parts",
            "worked",
            "detail",
            "view",
        )
    ),
)
CHOSEN: Final = frozenset({"relu", "max_pool2d"})
"""Kinds whose output is a choice among their source's values, which the browser makes bit for bit as PyTorch does."""

MAX_NAME: Final = 200

_mount = assembly.component("network_view", '<div class="network-view" data-testid="network-view"></div>', FILES)


@dataclass(frozen=True)
class Unit:
    """One map or one unit of a vector, whose detail a visitor has opened.

    Attributes:
        layer: its layer's name.
        channel: counted from 0.
    """

    layer: str
    channel: int


def network_view(*, key: str, passed: Pass | None, seq: int, model: nn.Module) -> Unit | None:
    """Show a network.

    Args:
        key: of the component.
        passed: what a digit made of the network, or None where the pad is empty.
        seq: number of the drawing that `passed` belongs to.
        model: the network itself, for the weights of the unit that is open.

    Returns:
        The unit whose detail is open.
    """
    layers = passed.layers if passed else _blank(model).layers
    opened = opened_unit(key, layers)
    kernel, bias = (b"", b"") if opened is None else _weights(opened, layers, model)
    _mount(
        data={
            "seq": seq,
            "layers": _describe(layers, tuple(_depth(layer, model) for layer in layers)),
            "opened": opened and {"layer": opened.layer, "channel": opened.channel},
            "values": _values(passed) if passed else b"",
            "probabilities": _bytes(passed.probabilities) if passed else b"",
            "kernel": kernel,
            "bias": bias,
        },
        key=key,
    )
    return opened


def opened_unit(key: str, layers: Sequence[Layer]) -> Unit | None:
    """The unit whose detail is open in the component under this key, or None where it isn't one of these layers'."""
    state = st.session_state.get(key)
    sent = state.get("opened") if isinstance(state, Mapping) else None
    if not isinstance(sent, Mapping):
        return None
    name, channel = sent.get("layer"), sent.get("channel")
    if not isinstance(name, str) or len(name) > MAX_NAME or type(channel) is not int:
        return None
    layer = next((layer for layer in layers if layer.name == name), None)
    return Unit(name, channel) if layer and 0 <= channel < layer.shape[0] else None


def _blank(model: nn.Module) -> Pass:
    """A pass of blank paper, for the layers alone."""
    size = models.input_size(model)
    return forward.run(model, np.zeros((1, size, size), np.float32))


def _values(passed: Pass) -> bytes:
    """The layers that the browser can't choose from others, one after the other, float32 little-endian."""
    return b"".join(_bytes(passed.outputs[layer.name]) for layer in passed.layers if not _is_chosen(layer))


def _is_chosen(layer: Layer) -> bool:
    return layer.kind in CHOSEN and len(layer.sources) == 1


def _bytes(values: np.ndarray[Any, np.dtype[np.float32]]) -> bytes:
    return values.astype("<f4", copy=False).tobytes()


def _depth(layer: Layer, model: nn.Module) -> int:
    """Source channels that one output channel of a convolution reads, 0 for any other layer."""
    if layer.kind != "conv2d" or layer.weight is None:
        return 0
    return int(model.get_parameter(layer.weight).shape[1])


@lru_cache(maxsize=32)
def _describe(layers: tuple[Layer, ...], depths: tuple[int, ...]) -> list[dict[str, object]]:
    """The layers as JavaScript reads them, see `network.js`."""
    scales: dict[str, Scale] = {}
    shapes = {layer.name: layer.shape for layer in layers}
    described: list[dict[str, object]] = []
    for layer, depth in zip(layers, depths, strict=True):
        scales[layer.name] = _scale(layer, scales)
        described.append(
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": layer.shape,
                "sources": layer.sources,
                "kernel": layer.kernel,
                "stride": layer.stride,
                "padding": layer.padding,
                "dilation": layer.dilation,
                "groups": shapes[layer.sources[0]][0] // depth if depth else 1,
                "sent": not _is_chosen(layer),
                "scale": scales[layer.name],
            }
        )
    return described


def _scale(layer: Layer, scales: Mapping[str, Scale]) -> Scale:
    """Which colours say what the layer's values can be: ink, from zero up, or of both signs."""
    if layer.kind == forward.INPUT:
        return "ink"
    if layer.kind in ("relu", forward.SOFTMAX):
        return "sequential"
    if layer.kind == "max_pool2d":
        return scales.get(layer.sources[0], "diverging")
    return "diverging"


def _weights(opened: Unit, layers: Sequence[Layer], model: nn.Module) -> tuple[bytes, bytes]:
    """What the opened unit multiplies with and what it adds, float32 little-endian; empty where it does neither."""
    layer = next(layer for layer in layers if layer.name == opened.layer)

    def part(name: str | None) -> bytes:
        return b"" if name is None else _bytes(model.get_parameter(name)[opened.channel].detach().cpu().numpy())

    return part(layer.weight), part(layer.bias)

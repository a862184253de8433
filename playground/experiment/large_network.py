"""Overview of a large network, and the choice of the module whose layers it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

import numpy as np
import streamlit as st

from lenet.explain import overview as overviews
from lenet.explain.overview import Overview
from lenet.networks import forward
from lenet.networks.forward import Layer, Pass
from playground.session import Network
from playground.text import text

TEXT: Final = text("large_network")
WHOLE: Final = ""
_large: WeakKeyDictionary[Network, bool] = WeakKeyDictionary()


def is_large(network: Network) -> bool:
    """True if a network is shown as an overview."""
    if network not in _large:
        _large[network] = overviews.is_large(forward.layers(network.model))
    return _large[network]


def overview(key: str, network: Network, passed: Pass | None, layers: Sequence[Layer]) -> Overview | None:
    """Show the choice of a module and return the overview; None for a network that is shown whole.

    Args:
        key: of the picture.
        network: the network.
        passed: pass of one input, None if there is none.
        layers: of the network.
    """
    if not is_large(network):
        return None
    if passed is None:
        passed = Pass(tuple(layers), {layer.name: np.zeros(layer.shape, np.float32) for layer in layers})
    chosen = f"{key}-module"
    whole = overviews.of(passed)
    opened = st.session_state.get(chosen) or WHOLE
    inside = overviews.of(passed, opened) if opened else whole
    above = [".".join(opened.split(".")[:depth]) for depth in range(1, opened.count(".") + 1)]
    choices = list(dict.fromkeys([WHOLE, *above, *([opened] if opened else []), *whole.folded, *inside.folded]))
    with st.container(key=f"{key}-modules"):
        st.pills(
            TEXT["module"],
            choices,
            format_func=lambda name: name or TEXT["whole"],
            default=WHOLE,
            required=True,
            key=chosen,
        )
        st.caption(_note(inside))
    return inside


def _note(shown: Overview) -> str:
    """Sentence on what is left out."""
    parts = shown.parts.values()
    step = max(part.step for part in parts)
    said = TEXT["channels"].format(most=overviews.CHANNELS, classes=overviews.CLASSES)
    return f"{said} {TEXT['step'].format(step=step)}" if step > 1 else said

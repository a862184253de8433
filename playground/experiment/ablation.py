"""Channels that a visitor has switched off: chosen in the picture of the network, kept in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.networks import ablation, forward
from lenet.networks.ablation import Off
from lenet.networks.forward import Layer
from playground import location
from playground.components.network_view import picked_switch
from playground.markdown import literal
from playground.session import Network
from playground.text import text

TEXT: Final = text("ablation")
KEY: Final = "off"
"""Name in the address, and in the state of a visitor."""
PICTURES: Final = ("view", "step-network", "graph-picture")
"""Keys of the pictures in which channels can be switched off."""
REFUSED: Final = "off-refused"
MADE: Final = "off-network"
SHOWN: Final = 12
"""Number of channels that are named one by one."""


def apply(network: Network) -> Network:
    """The network without the channels that the visitor switched off; call it once a run, before any page."""
    state = st.session_state
    if KEY not in state or location.went_back():
        _restore(network)
    for key in PICTURES:
        take(key, network)
    # Of another network that was chosen, some of the channels may not be there.
    have = ablation.counts(network.model)
    state[KEY] = tuple(channel for channel in state[KEY] if channel.index < have.get(channel.layer, 0))
    wanted = ablation.write(state[KEY])
    location.put({KEY: wanted} if wanted else {}, (KEY,))
    return _made(network, state[KEY])


def take(key: str, network: Network) -> bool:
    """Switch the channel that the visitor clicked in the picture under this key.

    Args:
        key: of a `network_view`.
        network: with or without channels switched off.

    Returns:
        True if other channels than the network's are to be off now.
    """
    state = st.session_state
    asked = picked_switch(key, ablation.counts(network.model))
    if asked is not None:
        channel, on = asked
        others = {one for one in state[KEY] if one != channel}
        state[KEY] = ablation.ordered(network.model, others if on else {*others, channel})
    return bool(state[KEY] != network.off)


def panel(network: Network) -> None:
    """Show in the sidebar the channels that are off, with a button to switch them on, and an address that was
    refused.
    """
    refused = st.session_state.get(REFUSED)
    if refused:
        st.warning(TEXT["refused"].format(reason=literal(refused)), icon=":material/link_off:")
    if not network.off:
        return
    st.markdown(TEXT["off"].format(names=names(network)), help=TEXT["off-help"])
    st.button(TEXT["all-on"], on_click=_all_on, key="ablation-all-on")


def names(network: Network) -> str:
    """The channels that are switched off, in words."""
    vectors = {layer.name for layer in forward.layers(network.model) if len(layer.shape) == 1}
    named = [
        TEXT["unit" if layer in vectors else "channel"].format(layer=layer, index=index)
        for layer, index in network.off[:SHOWN]
    ]
    more = len(network.off) - SHOWN
    return ", ".join(named) + (TEXT["more"].format(count=more) if more > 0 else "")


def shown(network: Network, layers: Sequence[Layer]) -> dict[str, list[int]]:
    """The channels of each layer that are 0 because they, or the ones that they are made of alone, are off."""
    found = {name: list(channels) for name, channels in ablation.by_layer(network.off).items()}
    for layer in layers:
        if layer.kind in ("relu", "max_pool2d") and layer.sources[0] in found:
            found[layer.name] = found[layer.sources[0]]
    return found


def _restore(network: Network) -> None:
    """Take what the address asks for, at a visitor's first run and after Back."""
    state = st.session_state
    state[KEY] = ()
    state.pop(REFUSED, None)
    try:
        state[KEY] = ablation.read(st.query_params.get(KEY, ""), network.model)
    except InputError as problem:
        state[REFUSED] = problem


def _made(network: Network, off: Off) -> Network:
    """One object for each network and set of channels: other pages compare it to see if something has changed."""
    if not off:
        return network
    kept: tuple[Network, Network] | None = st.session_state.get(MADE)
    if kept is None or kept[0] is not network or kept[1].off != off:
        kept = network, replace(network, model=ablation.ablated(network.model, off), off=off, whole=network.model)
        st.session_state[MADE] = kept
    return kept[1]


def _all_on() -> None:
    st.session_state[KEY] = ()
    st.session_state.pop(REFUSED, None)

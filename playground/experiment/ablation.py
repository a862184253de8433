"""Channels that the visitor has switched off: chosen in the network's picture, stored in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.networks import ablation, forward, kinds
from lenet.networks.ablation import Off
from lenet.networks.forward import Layer
from playground import location
from playground.components.network_view import picked_switch
from playground.markdown import literal
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("ablation")
KEY: Final = "off"
"""Query parameter with the channels."""
PICTURES: Final = ("view", "step-network", "graph-picture")
"""Keys of the pictures in which channels can be switched off."""
SHOWN: Final = 12
"""Largest number of channels that are named one by one."""


def apply(network: Network) -> Network:
    """Switch off the visitor's channels in a network. Call this once per run, before the page.

    Args:
        network: with all channels on.

    Returns:
        The network itself if no channel is off, else a copy.
    """
    own = visitor().network
    if own.off is None or location.went_back():
        _restore(network)
    for key in PICTURES:
        take(key, network)
    # After a change of the network, some of the channels may not exist.
    have = ablation.counts(network.model)
    own.off = off = tuple(channel for channel in own.off or () if channel.index < have.get(channel.layer, 0))
    wanted = ablation.write(off)
    location.put({KEY: wanted} if wanted else {}, (KEY,))
    return _made(network, off)


def take(key: str, network: Network) -> bool:
    """Switch the channel that the visitor clicked in a picture.

    Args:
        key: key of the `network_view`.
        network: the network that the picture shows.

    Returns:
        True if the channels that should be off now are not those of `network`.
    """
    own = visitor().network
    asked = picked_switch(key, ablation.counts(network.model))
    if asked is not None:
        channel, on = asked
        others = {one for one in own.off or () if one != channel}
        own.off = ablation.ordered(network.model, others if on else {*others, channel})
    return own.off != network.off


def panel(network: Network) -> None:
    """Show the channels that are off, a button to switch them on, and an error in the address, in the sidebar."""
    refused = visitor().network.off_refused
    if refused:
        st.warning(TEXT["refused"].format(reason=literal(refused)), icon=":material/link_off:")
    if not network.off:
        return
    st.markdown(TEXT["off"].format(names=names(network)), help=TEXT["off-help"])
    st.button(TEXT["all-on"], on_click=_all_on, key="ablation-all-on")


def names(network: Network) -> str:
    """List the channels that are switched off, in words."""
    vectors = {layer.name for layer in forward.layers(network.model) if len(layer.shape) == 1}
    named = [
        TEXT["unit" if layer in vectors else "channel"].format(layer=layer, index=index)
        for layer, index in network.off[:SHOWN]
    ]
    more = len(network.off) - SHOWN
    return ", ".join(named) + (TEXT["more"].format(count=more) if more > 0 else "")


def shown(network: Network, layers: Sequence[Layer]) -> dict[str, list[int]]:
    """Channels of each layer that are 0 because they are switched off, or because they read only such channels."""
    found = {name: list(channels) for name, channels in ablation.by_layer(network.off).items()}
    for layer in layers:
        kind = kinds.of(layer)
        if kind and kind.keeps_zero and layer.sources[0] in found:
            found[layer.name] = found[layer.sources[0]]
    return found


def _restore(network: Network) -> None:
    """Read the channels from the address, in a visitor's first run and after Back."""
    _all_on()
    own = visitor().network
    try:
        own.off = ablation.read(st.query_params.get(KEY, ""), network.model)
    except InputError as problem:
        own.off_refused = problem


def _made(network: Network, off: Off) -> Network:
    """Return the same object for the same network and channels: pages compare it to detect changes."""
    if not off:
        return network
    own = visitor().network
    kept = own.ablated
    if kept is None or kept[0] is not network or kept[1].off != off:
        kept = network, replace(network, model=ablation.ablated(network.model, off), off=off, whole=network.model)
        own.ablated = kept
    return kept[1]


def _all_on() -> None:
    own = visitor().network
    own.off, own.off_refused = (), None

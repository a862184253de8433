"""What stands beside every page: the network, its weights, and the device they run on."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lenet.errors import InputError
from playground import ablation, address, session, test_digits
from playground.markdown import literal
from playground.session import FILE, NETWORKS, RANDOM, SEEDS, WEIGHTS, Network
from playground.text import text

TEXT: Final = text("sidebar")
UNKNOWN: Final = "unknown-network"
"""What the address asked for that isn't there, said until the visitor chooses."""


def show() -> Network:
    """Show the choices, and give the network that they lead to."""
    state = st.session_state
    words = tuple(map(_weights, WEIGHTS))
    if UNKNOWN not in state:
        state[UNKNOWN] = address.unknown_network(st.query_params, words)
    with st.sidebar:
        if state[UNKNOWN]:
            rules = " ".join(address.allowed(name, words if name == "weights" else ()) for name in state[UNKNOWN])
            st.warning(TEXT["unknown"].format(rules=rules), icon=":material/link_off:")
        name = st.selectbox(TEXT["network"], NETWORKS, key="network", bind="query-params", on_change=_chosen)
        weights = st.selectbox(
            TEXT["weights"],
            WEIGHTS,
            format_func=_weights,
            key="weights",
            bind="query-params",
            on_change=_chosen,
        )
        uploaded = None
        if weights == RANDOM:
            st.number_input(
                TEXT["seed"],
                0,
                SEEDS - 1,
                key="seed",
                bind="query-params",
                help=TEXT["seed-help"],
                on_change=_chosen,
            )
        elif weights == FILE:
            uploaded = st.file_uploader(TEXT["file"], key="weights-file", help=TEXT["file-help"])
        network = ablation.apply(_load(name, weights, uploaded))
        _describe(network)
        if st.button(
            TEXT["test"], key="test-digits", type="tertiary", icon=":material/grid_on:", help=TEXT["test-help"]
        ):
            test_digits.show(network)
        ablation.panel(network)
    return network


def _weights(kind: str) -> str:
    return TEXT[f"weights-{kind}"]


def _chosen() -> None:
    st.session_state[UNKNOWN] = ()


def _load(name: str, weights: str, uploaded: UploadedFile | None) -> Network:
    try:
        if weights == RANDOM:
            return session.random(name, st.session_state["seed"])
        if weights == FILE and uploaded is not None:
            return session.from_file(name, uploaded)
        return session.shipped(name)
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
    if weights == FILE:
        st.caption(TEXT["meanwhile"])
        return session.shipped(name)
    st.caption(TEXT["untrained"])
    return session.random(name, 0)


def _describe(network: Network) -> None:
    lines = [TEXT["parameters"].format(count=f"{network.parameters:,}")]
    if network.accuracy is not None:
        lines.append(TEXT["accuracy"].format(accuracy=f"{100 * network.accuracy:.2f}"))
    lines.append(TEXT["device"].format(device=_device()))
    st.caption("  \n".join(lines))


def _device() -> str:
    name = session.computing_device().type
    return TEXT.get(f"device-{name}", name)

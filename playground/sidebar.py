"""What stands beside every page: the network, its weights, and the device they run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.networks import checkpoint
from playground import accuracy_dialog, language, location, session, widgets
from playground.experiment import ablation, link
from playground.markdown import literal
from playground.number_words import grouped
from playground.session import FILE, NETWORKS, RANDOM, SEEDS, WEIGHTS, Network
from playground.text import text

TEXT: Final = text("sidebar")
CHOICE: Final = "network-choice"
"""The choice of network and weights, kept while its widgets are not on the page."""
UNKNOWN: Final = "unknown-network"
"""What the address asked for that isn't there, said until the visitor chooses."""
UPLOADER: Final = "weights-file"
REFUSED: Final = "refused-file"
"""Id of the last file whose weights didn't fit."""
LOST: Final = "lost-file"
"""Name of a file that the visitor had uploaded to an earlier session."""


def show() -> Network:
    """Show the choices, and give the network that they lead to."""
    state = st.session_state
    if CHOICE not in state or location.went_back():
        choose(st.query_params.to_dict())
    for name, value in state[CHOICE].items():
        widgets.give(name, value)
    with st.sidebar:
        if state[UNKNOWN]:
            rules = " ".join(map(link.allowed, state[UNKNOWN]))
            st.warning(TEXT["unknown"].format(rules=rules), icon=":material/link_off:")
        name = st.selectbox(TEXT["network"], NETWORKS, key="network", on_change=_chosen)
        weights = st.selectbox(TEXT["weights"], WEIGHTS, format_func=_weights, key="weights", on_change=_chosen)
        if weights == RANDOM:
            st.number_input(TEXT["seed"], 0, SEEDS - 1, key="seed", help=TEXT["seed-help"], on_change=_chosen)
        network = ablation.apply(_load(name, weights))
        _describe(network, weights)
        if st.button(
            TEXT["test"], key="test-digits", type="tertiary", icon=":material/grid_on:", help=TEXT["test-help"]
        ):
            accuracy_dialog.show(network)
        ablation.panel(network)
        language.choose()
    state[CHOICE] = {name: state.get(name, value) for name, value in state[CHOICE].items()}
    chosen = link.write(state[CHOICE], link.NETWORK)
    if weights != RANDOM:
        chosen.pop("seed", None)
    location.put(chosen, link.NETWORK)
    return network


def choose(wanted: Mapping[str, str]) -> None:
    """Choose the network and weights that an address asks for."""
    state = st.session_state
    choice, state[UNKNOWN] = link.read(wanted, link.NETWORK)
    state[CHOICE] = choice
    for name, value in choice.items():
        state[name] = value


def chosen() -> dict[str, str]:
    """The choice in the form that `choose` reads."""
    return link.write(st.session_state[CHOICE], link.NETWORK)


def lose(file: str) -> None:
    """Note that the visitor had chosen the weights of a file that this session doesn't have."""
    state = st.session_state
    if session.OWN in state:
        return
    state[LOST] = file
    # A new field, because the browser would go on showing the file's name in the old one.
    state["uploaders"] = state.get("uploaders", 0) + 1


def _weights(kind: str) -> str:
    return TEXT[f"weights-{kind}"]


def _chosen() -> None:
    st.session_state[UNKNOWN] = ()


def _load(name: str, weights: str) -> Network:
    if weights == RANDOM:
        return session.random(name, st.session_state["seed"])
    own = _load_own(name) if weights == FILE else None
    if own is not None:
        return own
    try:
        network = session.shipped(name)
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
        st.caption(TEXT["untrained"])
        return session.random(name, 0)
    if weights == FILE:
        st.info(_meanwhile(network), icon=":material/info:")
    return network


def own_file() -> str:
    """Name of the visitor's file of weights, also in the run that reads it and while other weights are chosen; "" for
    none.
    """
    state = st.session_state
    uploaded = state.get(_field())
    if uploaded is not None and uploaded.file_id != state.get(REFUSED):
        return str(uploaded.name)
    kept = state.get(session.OWN)
    return str(kept[1].source if kept else state.get(LOST, ""))


def _field() -> str:
    count = st.session_state.get("uploaders", 0)
    return f"{UPLOADER}-{count}" if count else UPLOADER


def _load_own(name: str) -> Network | None:
    """The network with the visitor's own weights; None where there are none that fit, which is said."""
    state = st.session_state
    key = _field()

    def change() -> None:
        state.pop(LOST, None)
        if state[key] is None:
            session.forget_file()

    uploaded = st.file_uploader(TEXT["file"], key=key, help=TEXT["file-help"], on_change=change)
    if uploaded is None:
        network = session.given_before(name)
        if network is not None:
            st.caption(TEXT["given-before"].format(file=literal(network.source)))
        elif LOST in state:
            st.warning(TEXT["lost"].format(file=literal(state[LOST])), icon=":material/upload_file:")
        return network
    try:
        return session.from_file(name, uploaded)
    except InputError as problem:
        state[REFUSED] = uploaded.file_id
        if problem.key == "weights-pickled":
            _offer_conversion(uploaded.name)
        else:
            st.error(literal(problem), icon=":material/error:")
    return None


def _meanwhile(network: Network) -> str:
    if network.accuracy is None:
        return TEXT["meanwhile"].format(network=network.name)
    return TEXT["meanwhile-accuracy"].format(network=network.name, accuracy=f"{100 * network.accuracy:.2f}")


def _offer_conversion(file: str) -> None:
    """Refuse a pickled file, with the lines that convert it on the visitor's own computer."""
    st.error(TEXT["pickled"].format(file=literal(file)), icon=":material/error:")
    st.code("\n".join(checkpoint.conversion(file)), language="python", wrap_lines=True)
    st.caption(TEXT["pickled-part"])


def _describe(network: Network, weights: str) -> None:
    lines = [TEXT["parameters"].format(count=grouped(network.parameters))]
    if network.accuracy is not None and network.weights == weights:
        lines.append(TEXT["accuracy"].format(accuracy=f"{100 * network.accuracy:.2f}"))
    if network.converted:
        lines.append(TEXT["converted"].format(types=", ".join(network.converted)))
    if renamed := next((found for own, found in network.names.items() if own != found), None):
        lines.append(TEXT["renamed"].format(example=literal(renamed)))
    lines.append(TEXT["device"].format(device=_device()))
    st.caption("  \n".join(lines))


def _device() -> str:
    name = session.computing_device().type
    return TEXT.get(f"device-{name}", name)

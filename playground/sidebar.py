"""Sidebar of every page: the choice of the network and its weights, and the device on which it runs."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import streamlit as st

from lenet.digits.mnist import CLASSES
from lenet.errors import InputError
from lenet.networks import checkpoint, own, stack
from lenet.networks.weights_fit import MisfitError
from lenet.record.experiment import FILE, NETWORK_NAMES, RANDOM, RUN, SEEDS, SHIPPED, WEIGHTS, Experiment
from playground import accuracy_dialog, errors, language, location, misfit_table, owner, session, widgets
from playground.components.code_block import code_block
from playground.experiment import ablation, link
from playground.markdown import literal
from playground.network_title import network_title, weights_title
from playground.number_words import Count, grouped
from playground.runs import server_runs
from playground.session import NETWORKS, Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("sidebar")
UPLOADER: Final = "weights-file"
WIDGETS: Final = ("network", "weights", "seed")
"""Values of an address that have a widget of the same name."""
RUN_CHOICE: Final = "run-choice"
MOMENT: Final = "run-moment"


def show() -> Network:
    """Show the sidebar and return the chosen network."""
    here, state = visitor(), st.session_state
    if not here.network.read or location.went_back():
        experiment, refused = Experiment.from_query(st.query_params.to_dict(), NETWORK_NAMES)
        if own.names() and "network" not in st.query_params:
            experiment = replace(experiment, network=own.names()[0])
        choose(experiment)
        here.network.read, here.network.refused = True, refused
    for name in WIDGETS:
        widgets.give(name, here.experiment.values()[name])
    with st.sidebar:
        if here.network.refused:
            rules = " ".join(map(link.allowed, here.network.refused))
            st.warning(TEXT["unknown"].format(rules=rules), icon=":material/link_off:")
        if stack.is_name(state["network"]):
            here.network.built = state["network"]
        names = (*own.names(), *NETWORKS, *([here.network.built] if here.network.built else []))
        name = st.selectbox(TEXT["network"], names, format_func=network_title, key="network", on_change=_chosen)
        weights = st.selectbox(
            TEXT["weights"],
            sources(WEIGHTS, name, "weights"),
            format_func=partial(weights_title, own.find(name)),
            key="weights",
            on_change=_chosen,
        )
        if weights == RANDOM:
            st.number_input(TEXT["seed"], 0, SEEDS - 1, key="seed", help=TEXT["seed-help"], on_change=_chosen)
        network = ablation.apply(_of_run(name) if weights == RUN else _load(name, weights))
        _describe(network, weights)
        if network.classes == CLASSES and st.button(
            TEXT["test"], key="test-digits", type="tertiary", icon=":material/grid_on:", help=TEXT["test-help"]
        ):
            accuracy_dialog.show(network)
        ablation.panel(network)
        language.choose()
    here.experiment = here.experiment.with_values({name: state[name] for name in WIDGETS if name in state})
    query = here.experiment.to_query(NETWORK_NAMES)
    if own.names():  # without a network, an address asks for the first of these
        query["network"] = here.experiment.network
    location.put(query, NETWORK_NAMES)
    return network


def choose(experiment: Experiment) -> None:
    """Choose the network and the weights of an experiment."""
    here = visitor()
    here.network.refused = ()
    here.experiment = replace(here.experiment, network=experiment.network, weights=experiment.weights)
    for name in WIDGETS:
        st.session_state[name] = here.experiment.values()[name]
    for name in (RUN_CHOICE, MOMENT):
        st.session_state.pop(name, None)


def lose(file: str) -> None:
    """Note that the visitor had chosen weights from a file that this session doesn't have."""
    own = visitor().network
    if own.own is not None:
        return
    own.lost_file = file
    # A new upload field, because the old one would still show the file's name in the browser.
    own.uploads += 1


def sources(choices: tuple[str, ...], network: str, key: str) -> tuple[str, ...]:
    """Those sources of weights that a network has, to choose from. Call this before the widget.

    Args:
        choices: all sources.
        network: name of the network.
        key: of the widget, which gets the first one if the network doesn't have its own.
    """
    found = tuple(source for source in choices if source != SHIPPED or not stack.is_name(network))
    if st.session_state[key] not in found:
        st.session_state[key] = found[0]
    return found


def _chosen() -> None:
    visitor().network.refused = ()


def _load(name: str, weights: str) -> Network:
    if weights == RANDOM:
        return session.random(name, st.session_state["seed"])
    own = _load_own(name) if weights == FILE else None
    if own is not None:
        return own
    try:
        network = session.included(name)
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
        st.caption(TEXT["untrained"])
        return session.random(name, 0)
    if weights == FILE:
        st.info(_meanwhile(network), icon=":material/info:")
    return network


def own_file() -> str:
    """Name of the visitor's file of weights, "" for none; known even in the run that reads it and while other weights
    are chosen.
    """
    own = visitor().network
    uploaded = st.session_state.get(_field())
    if uploaded is not None and uploaded.file_id != own.refused_file:
        return str(uploaded.name)
    return own.own[1].source if own.own else own.lost_file or ""


def _field() -> str:
    count = visitor().network.uploads
    return f"{UPLOADER}-{count}" if count else UPLOADER


def _load_own(name: str) -> Network | None:
    """Show the upload field and return the network with the visitor's weights; None if there are none that fit."""
    own = visitor().network
    key = _field()

    def change() -> None:
        own.lost_file = None
        if st.session_state[key] is None:
            session.forget_file()

    uploaded = st.file_uploader(TEXT["file"], key=key, help=TEXT["file-help"], on_change=change)
    if uploaded is None:
        network = session.given_before(name)
        if network is not None:
            st.caption(TEXT["given-before"].format(file=literal(network.source)))
        elif own.lost_file is not None:
            st.warning(TEXT["lost"].format(file=literal(own.lost_file)), icon=":material/upload_file:")
        return network
    try:
        return session.from_file(name, uploaded)
    except InputError as problem:
        own.refused_file = uploaded.file_id
        if problem.key == "weights-pickled":
            _offer_conversion(uploaded.name)
        else:
            st.error(literal(problem), icon=":material/error:")
            if isinstance(problem, MisfitError):
                misfit_table.show(problem)
    return None


def _of_run(name: str) -> Network:
    """Show the choice of a run and a moment, and return the network then; the included weights if there is none."""
    here, state = visitor(), st.session_state
    runs = server_runs.runs()
    found = {run.id: run for run in runs.of(owner.owner()) if run.settings.network == name and run.history.checkpoints}
    wanted = here.experiment.weights
    lost = False
    if wanted.run and state.get(RUN_CHOICE) not in found:
        # Perhaps of another visitor, whose link this is, or of another network, or gone.
        try:
            if session.of_run(wanted.run, wanted.moment).name == name:
                found.setdefault(wanted.run, runs.find(wanted.run))
        except InputError:
            lost = True
            st.warning(TEXT["run-lost"], icon=":material/link_off:")
    if not found:
        if not lost:
            st.info(TEXT["run-none"], icon=":material/model_training:")
        return session.included(name)
    if state.get(RUN_CHOICE) not in found:
        newest = None if lost else next(iter(found))
        state[RUN_CHOICE] = wanted.run if wanted.run in found and not lost else newest
    run = st.selectbox(
        TEXT["run"],
        list(found),
        format_func=lambda one: found[one].title,
        key=RUN_CHOICE,
        index=None if state[RUN_CHOICE] is None else 0,
        on_change=_chosen,
        placeholder=TEXT["run-choose"],
    )
    if run is None:
        return session.included(name)
    steps = list(found[run].history.checkpoints)
    if state.get(MOMENT) not in steps:
        state[MOMENT] = wanted.moment if wanted.run == run and wanted.moment in steps else steps[-1]
    widgets.give(MOMENT, state[MOMENT])
    moment = st.selectbox(TEXT["moment"], steps, format_func=_moment, key=MOMENT, on_change=_chosen)
    here.experiment = here.experiment.with_values({"run": run, "moment": moment})
    try:
        return session.of_run(run, moment)
    except InputError as problem:
        st.error(errors.say(problem), icon=":material/error:")
        return session.included(name)


def _moment(step: int) -> str:
    return TEXT["moment-step"].format(step=Count(step)) if step else TEXT["moment-start"]


def _meanwhile(network: Network) -> str:
    if network.accuracy is None:
        return TEXT["meanwhile"].format(network=network.title)
    return TEXT["meanwhile-accuracy"].format(network=network.title, accuracy=f"{100 * network.accuracy:.2f}")


def _offer_conversion(file: str) -> None:
    """Refuse a pickled file, and show code that converts it on the visitor's own computer."""
    st.error(TEXT["pickled"].format(file=literal(file)), icon=":material/error:")
    code_block("\n".join(checkpoint.conversion(file)), key="conversion")
    st.caption(TEXT["pickled-part"])


def _describe(network: Network, weights: str) -> None:
    lines = [TEXT["parameters"].format(count=grouped(network.parameters))]
    if network.accuracy is not None and network.weights == weights:
        lines.append(TEXT["accuracy"].format(accuracy=f"{100 * network.accuracy:.2f}"))
    if network.own is not None:
        lines.append(TEXT["input"].format(shape="×".join(map(str, network.form.shape)), classes=Count(network.classes)))
    if network.converted:
        lines.append(TEXT["converted"].format(types=", ".join(network.converted)))
    if renamed := next((found for own, found in network.names.items() if own != found), None):
        lines.append(TEXT["renamed"].format(example=literal(renamed)))
    lines.append(TEXT["device"].format(device=_device()))
    st.caption("  \n".join(lines))


def _device() -> str:
    name = session.computing_device().type
    return TEXT.get(f"device-{name}", name)

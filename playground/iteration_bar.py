"""The settings of the recorded iteration, at the top of every page that shows it."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import streamlit as st

from lenet import batch, forward, iteration, losses, presets, updates
from lenet.batch import Batch
from lenet.errors import InputError
from lenet.iteration import Setup
from playground import address, pad_digit, recording, session
from playground.address import MNIST, NOISE, PAD, SHARED
from playground.markdown import literal
from playground.recording import Recording
from playground.session import RANDOM, SEEDS, SHIPPED, Network
from playground.text import text

TEXT: Final = text("iteration_bar")
KEPT: Final = "iteration-settings"
PAGE: Final = "iteration-page"
DIGIT: Final = "digit"
"""Name in the address of a drawn digit."""


class Input(NamedTuple):
    """What goes into the network."""

    batch: Batch
    source: str
    """Identifies it."""


def show(page: str) -> Recording | None:
    """Show the settings, and give the recording that they lead to; None where there is none, which is then said.

    Args:
        page: name of the page that shows them.
    """
    network = session.current()
    error: str | None = None
    try:
        pad_digit.open_pad()
    except InputError as problem:
        error = str(problem)  # the pad is empty, and other inputs may work
    _restore(page)
    _prefer_what_is_drawn(network)
    made: Recording | None = None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="iteration-bar"):
        try:
            chosen = _choose_input(network)
        except InputError as problem:
            chosen, error = None, str(problem)
        setup = _choose_setup()
    _remember()
    if chosen is not None:
        try:
            made = recording.make(network, chosen.batch, chosen.source, setup, int(_get("taken")))
        except InputError as problem:
            error = str(problem)
    if error is not None:
        st.info(literal(error), icon=":material/info:")
    if made is not None:
        _write(made)
        failure = made.iteration.failure
        if failure is not None:
            message = literal(f"{failure.error}: {failure.message}")
            st.error(TEXT["failed"].format(phase=failure.phase, message=message), icon=":material/error:")
    return made


def key(name: str) -> str:
    """Of a setting's widget."""
    return f"setting-{name}"


def _get(name: str) -> address.Setting:
    value: address.Setting = st.session_state[key(name)]
    return value


def _restore(page: str) -> None:
    """Give the widgets their values: to Streamlit, those of another page are others, though their keys are the same."""
    state = st.session_state
    if KEPT not in state:
        settings, refused = address.read(dict(st.query_params))
        shared = None
        if DIGIT in st.query_params:
            shared = address.unpack_picture(st.query_params[DIGIT])
            refused += () if shared is not None else (DIGIT,)
        state["shared-picture"] = shared
        if settings["input"] == SHARED and shared is None:
            settings["input"] = PAD
        elif settings["input"] == PAD and shared is not None:
            settings["input"] = SHARED
        if refused:
            st.warning(TEXT["address"].format(names=", ".join(refused)), icon=":material/link_off:")
        state[KEPT] = settings
    moved = state.get(PAGE) != page
    state[PAGE] = page
    for name, value in state[KEPT].items():
        if moved or key(name) not in state:
            state[key(name)] = value


def _remember() -> None:
    st.session_state[KEPT] = {name: _get(name) for name in address.DEFAULTS}


def _prefer_what_is_drawn(network: Network) -> None:
    """A digit that the visitor draws takes the place of the one that came with the link."""
    state, drawn = st.session_state, pad_digit.drawn()
    fresh = drawn is not None and drawn != state.get("drawn")
    state["drawn"] = drawn
    if fresh and _get("input") == SHARED:
        picture = pad_digit.picture(network)
        if picture is None or not np.array_equal(picture, state["shared-picture"]):
            state[key("input")] = PAD
            start_over()


def _choose_input(network: Network) -> Input:
    kinds = [PAD, *([SHARED] if st.session_state["shared-picture"] is not None else []), MNIST, NOISE]
    kind = st.selectbox(
        TEXT["input"],
        kinds,
        format_func=lambda kind: TEXT[f"input-{kind}"],
        key=key("input"),
        on_change=start_over,
        width=190,
    )
    if kind == MNIST:
        typed = st.text_input(
            TEXT["digits"],
            key=key("digits"),
            help=TEXT["digits-help"].format(most=batch.MOST),
            on_change=start_over,
            width=150,
        )
        indices = address.read_digits(typed)
        if indices is None:
            raise InputError("batch-digits", most=batch.MOST)
        return Input(batch.of_mnist(indices, network.size), f"{MNIST} {indices}")
    if kind == NOISE:
        seed = st.number_input(TEXT["seed"], 0, SEEDS - 1, key=key("seed"), on_change=start_over, width=110)
        noise = batch.of_noise(seed, network.size)
        label = _choose_label(f"{NOISE} {seed}", noise, network)
        return Input(batch.with_label(noise, label), f"{NOISE} {seed} {network.size} {label}")
    picture = st.session_state["shared-picture"] if kind == SHARED else pad_digit.picture(network)
    if picture is None:
        raise InputError("pad-empty")
    if picture.shape != (network.size, network.size):
        raise InputError("picture-size", side=picture.shape[0], size=network.size, name=network.name)
    digest = hashlib.sha256(picture.tobytes()).hexdigest()
    drawn = batch.of_pictures(picture[None], None)
    label = _choose_label(digest, drawn, network, pad_digit.label() if kind == PAD else None)
    return Input(batch.with_label(drawn, label), f"{digest} {label}")


def _choose_label(source: str, unlabelled: Batch, network: Network, known: int | None = None) -> int:
    """The label that the visitor gives; at first the one that is known, else the network's own reading of the input."""
    state = st.session_state
    given = int(_get("label"))
    if given < 0 or state.get("label-of", source) != source:
        given = forward.run(network.model, unlabelled.inputs[0]).prediction if known is None else known
        state[key("label")] = given
        if "label-of" in state:
            state[key("taken")] = 1
    state["label-of"] = source
    needed = _get("target") == losses.LABEL and _get("loss") != losses.NONE
    return st.selectbox(
        TEXT["label"],
        range(10),
        key=key("label"),
        help=TEXT["label-help"],
        disabled=not needed,
        on_change=start_over,
        width=90,
    )


def _choose_setup() -> Setup:
    loss = st.selectbox(
        TEXT["loss"],
        losses.LOSSES,
        format_func=lambda loss: TEXT[f"loss-{loss}"],
        key=key("loss"),
        on_change=start_over,
        width=170,
    )
    targets = losses.TARGETS[loss]
    if _get("target") not in targets:
        st.session_state[key("target")] = targets[0]
    optimizer = st.selectbox(
        TEXT["optimizer"],
        list(updates.OPTIMIZERS),
        format_func=lambda name: TEXT.get(f"optimizer-{name}", name),
        key=key("optimizer"),
        on_change=start_over,
        width=170,
    )
    rate = st.number_input(
        TEXT["lr"], 0.0, address.LAST_RATE, step=None, format="%g", key=key("lr"), on_change=start_over, width=130
    )
    with st.popover(TEXT["more"], icon=":material/tune:"):
        target = st.selectbox(
            TEXT["target"],
            targets,
            format_func=lambda target: TEXT[f"target-{target}-{loss}"],
            key=key("target"),
            on_change=start_over,
        )
        seed = st.number_input(
            TEXT["target-seed"],
            0,
            SEEDS - 1,
            key=key("target_seed"),
            disabled=target != losses.RANDOM,
            on_change=start_over,
        )
        zero_grad = st.selectbox(
            TEXT["zero-grad"],
            iteration.ZERO_GRAD,
            format_func=lambda way: TEXT[f"zero-grad-{way}"],
            key=key("zero_grad"),
            help=TEXT["zero-grad-help"],
            on_change=start_over,
        )
    return Setup(loss, target, seed, optimizer, rate, zero_grad)


def offer_presets() -> None:
    """The notes' iterations, each a click away."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="presets"):
        st.caption(TEXT["presets"], width="content")
        for name in presets.PRESETS:
            st.button(
                TEXT[f"preset-{name}"],
                key=f"preset-{name}",
                type="tertiary",
                help=TEXT[f"preset-{name}-help"],
                on_click=partial(_apply, name),
            )
        st.page_link("app_pages/autograd.py", label=TEXT["preset-autograd"], help=TEXT["preset-autograd-help"])


def _apply(name: str) -> None:
    preset = presets.PRESETS[name]
    state, setup = st.session_state, preset.setup
    state["network"] = preset.model
    state["weights"] = SHIPPED if preset.weights_seed is None else RANDOM
    if preset.weights_seed is not None:
        state["seed"] = preset.weights_seed
    settings = {
        "input": MNIST if preset.noise is None else NOISE,
        "digits": ", ".join(map(str, preset.digits)),
        "seed": preset.noise or 0,
        "loss": setup.loss,
        "target": setup.target,
        "target_seed": setup.target_seed,
        "optimizer": setup.optimizer,
        "lr": setup.lr,
        "zero_grad": setup.zero_grad,
        "taken": 1,
    }
    for setting, value in settings.items():
        state[key(setting)] = value


def start_over() -> None:
    """Go back to the first step."""
    st.session_state[key("taken")] = 1


def step_further() -> None:
    """Take one step more from where the last one ended."""
    st.session_state[key("taken")] = min(int(_get("taken")) + 1, address.MAX_STEPS)


def _write(made: Recording) -> None:
    """Put the settings into the address, and a drawn digit with them."""
    wanted = address.write(st.session_state[KEPT])
    if _get("input") in (PAD, SHARED) and made.batch.pictures is not None:
        wanted[DIGIT] = address.pack_picture(made.batch.pictures[0])
    now = st.query_params.to_dict()
    # At once, because each writing is a step of the browser's history.
    changed = {name: value for name, value in wanted.items() if now.get(name) != value}
    if changed:
        st.query_params.update(changed)
    for name in (*address.DEFAULTS, DIGIT):
        if name in now and name not in wanted:
            del st.query_params[name]

"""The presets, ready-made iterations that are a click away each, and the way back from one."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from lenet.record import presets
from lenet.record.losses import LOSSES
from playground import location, sidebar
from playground.experiment import ablation, settings
from playground.experiment.link import MNIST, NOISE
from playground.markdown import literal
from playground.session import RANDOM, SHIPPED
from playground.text import text

TEXT: Final = text("iteration_bar")
SIDEBAR: Final = text("sidebar")
BEFORE: Final = "before-preset"
"""Network, settings and channels switched off before the last preset."""


def offer() -> None:
    """Show the presets in a row. A click on a button with such a key begins a step of the browser's history, see
    `components/tab_memory/history.js`.
    """
    state = st.session_state
    if location.went_back():
        state.pop(BEFORE, None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="presets"):
        st.caption(TEXT["presets"], width="content")
        for name in presets.PRESETS:
            st.button(
                TEXT[f"preset-{name}"],
                key=f"preset-{name}",
                type="tertiary",
                help=describe(name),
                on_click=partial(_apply, name),
            )
        st.page_link("autograd/page.py", label=TEXT["preset-autograd"], help=TEXT["preset-autograd-help"])
        if BEFORE in state:
            st.button(TEXT["preset-undo"], key="preset-undo", icon=":material/undo:", on_click=_undo)


def describe(name: str) -> str:
    """Settings of a preset as Markdown, a line for each."""
    preset = presets.PRESETS[name]
    setup = preset.setup
    seed = preset.weights_seed
    weights = SIDEBAR["weights-shipped"] if seed is None else f"{SIDEBAR['weights-random']}, {TEXT['seed']} {seed}"
    digits = f"{TEXT['input-mnist']} {', '.join(map(str, preset.digits))}"
    noise = f"{TEXT['input-noise']}, {TEXT['seed']} {preset.noise}"
    lines = {
        SIDEBAR["network"]: preset.model,
        SIDEBAR["weights"]: weights,
        TEXT["input"]: digits if preset.noise is None else noise,
        TEXT["loss"]: TEXT[f"loss-{setup.loss}"],
        TEXT["target"]: TEXT[f"target-{LOSSES[setup.loss].targets[setup.target].form}"],
        TEXT["optimizer"]: TEXT.get(f"optimizer-{setup.optimizer}", setup.optimizer),
        TEXT["lr"]: f"{setup.lr:g}",
        TEXT["zero-grad"]: TEXT[f"zero-grad-{setup.zero_grad}"],
    }
    listed = "\n".join(f"- {label}: {literal(value)}" for label, value in lines.items())
    return f"{TEXT['preset-sets'].format(name=TEXT[f'preset-{name}'])}\n\n{listed}"


def _apply(name: str) -> None:
    preset = presets.PRESETS[name]
    state, setup = st.session_state, preset.setup
    state[BEFORE] = sidebar.chosen(), settings.written(), state[ablation.KEY]
    state[ablation.KEY] = ()
    state["network"] = preset.model
    state["weights"] = SHIPPED if preset.weights_seed is None else RANDOM
    if preset.weights_seed is not None:
        state["seed"] = preset.weights_seed
    chosen = {
        "input": MNIST if preset.noise is None else NOISE,
        "digits": ", ".join(map(str, preset.digits)),
        "noise": preset.noise or 0,
        "loss": setup.loss,
        "target": setup.target,
        "target_seed": setup.target_seed,
        "optimizer": setup.optimizer,
        "lr": setup.lr,
        "zero_grad": setup.zero_grad,
        "taken": 1,
    }
    settings.choose(chosen)


def _undo() -> None:
    network, written, st.session_state[ablation.KEY] = st.session_state.pop(BEFORE)
    sidebar.choose(network)
    settings.take(written)

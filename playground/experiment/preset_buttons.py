"""Buttons for the presets, which are ready-made experiments, and for undoing one."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from lenet.record import presets
from lenet.record.experiment import NOISE, SHIPPED, Experiment
from lenet.record.losses import LOSSES
from lenet.record.query_text import digits_text
from playground import location, sidebar
from playground.experiment import settings
from playground.markdown import literal
from playground.network_title import network_title
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("iteration_bar")
SIDEBAR: Final = text("sidebar")
BOTH_MODES: Final = "both-modes"
"""Preset that compares training with evaluation mode."""
COMPARED: Final = "modes-compared"
"""Key of the switch for this comparison on the Step page."""


def offer() -> None:
    """Show the presets in a row.

    A click on a button with such a key adds an entry to the browser's history, see `components/tab_memory/history.js`.
    """
    own = visitor().settings
    if location.went_back():
        own.before_preset = None
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="presets"):
        st.caption(TEXT["presets"], width="content")
        for name in (*presets.PRESETS, BOTH_MODES):
            st.button(
                TEXT[f"preset-{name}"],
                key=f"preset-{name}",
                type="tertiary",
                help=describe(name),
                on_click=partial(_apply, name),
            )
        st.page_link("autograd/page.py", label=TEXT["preset-autograd"], help=TEXT["preset-autograd-help"])
        if own.before_preset is not None:
            st.button(TEXT["preset-undo"], key="preset-undo", icon=":material/undo:", on_click=_undo)


def describe(name: str) -> str:
    """List the settings of a preset as Markdown, one per line."""
    preset = _preset(name)
    setup, weights = preset.setup, preset.weights
    random = f"{SIDEBAR['weights-random']}, {TEXT['seed']} {weights.seed}"
    digits = f"{TEXT['input-mnist']} {digits_text(preset.input.digits)}"
    noise = f"{TEXT['input-noise']}, {TEXT['seed']} {preset.input.noise}"
    lines = {
        SIDEBAR["network"]: network_title(preset.network),
        SIDEBAR["weights"]: SIDEBAR["weights-shipped"] if weights.source == SHIPPED else random,
        TEXT["input"]: noise if preset.input.source == NOISE else digits,
        TEXT["loss"]: TEXT[f"loss-{setup.loss}"],
        TEXT["target"]: TEXT[f"target-{LOSSES[setup.loss].targets[setup.target].form}"],
        TEXT["optimizer"]: TEXT.get(f"optimizer-{setup.optimizer}", setup.optimizer),
        TEXT["lr"]: f"{setup.lr:g}",
        TEXT["zero-grad"]: TEXT[f"zero-grad-{setup.zero_grad}"],
    }
    if preset.steps > 1:
        lines[TEXT["steps"]] = str(preset.steps)
    if setup.weight_decay is not None:
        lines[TEXT["weight-decay"]] = f"{setup.weight_decay:g}"
    listed = "\n".join(f"- {label}: {literal(value)}" for label, value in lines.items())
    return f"{TEXT['preset-sets'].format(name=TEXT[f'preset-{name}'])}\n\n{listed}"


def _preset(name: str) -> Experiment:
    return presets.BOTH_MODES if name == BOTH_MODES else presets.PRESETS[name]


def _apply(name: str) -> None:
    here = visitor()
    here.settings.before_preset = settings.chosen(), here.network.off or ()
    here.network.off = ()
    sidebar.choose(_preset(name))
    settings.choose(_preset(name))
    if name == BOTH_MODES:
        st.session_state[COMPARED] = True
    else:
        st.session_state.pop(COMPARED, None)


def _undo() -> None:
    here = visitor()
    if here.settings.before_preset is not None:
        before, here.network.off = here.settings.before_preset
        here.settings.before_preset = None
        sidebar.choose(before)
        settings.take(before)

"""Draw a digit and watch every layer answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import streamlit as st

from lenet import drawing, forward, ink, mnist, picture, script, weights
from lenet.errors import InputError
from lenet.ink import Ink
from playground import session
from playground.code_button import code_button
from playground.components.drawing_pad import PadBase, PadError, PadEvents, drawing_pad, pad_events
from playground.components.ink_stages import ink_stages, ink_steps
from playground.components.network_view import network_view
from playground.session import Network
from playground.text import text

TEXT: Final = text("draw")
PAD: Final = "pad"
STAGES: Final = "stages"
VIEW: Final = "view"
OPENING_DIGIT: Final = 0
"""Index of the MNIST test digit that a new visitor finds on the pad."""


@st.fragment
def board(network: Network) -> None:
    """Pad, network and stages: all that runs again during a stroke. `app.css` lays them out, for containers made here
    would be sent again with every drawing.
    """
    events = pad_events(PAD)
    answer(events)
    drawing_pad(key=PAD, ack=events.seq, base=st.session_state["base"], error=st.session_state.get("pad-error"))
    steps = ink_steps(STAGES)
    prepared = prepare(events, network)
    passed = None if prepared.empty else forward.run(network.model, prepared.input)
    network_view(
        key=VIEW,
        layers=passed.layers if passed else forward.layers(network.model),
        passed=passed,
        seq=events.seq,
        weights=partial(weights.of_unit, network.model),
    )
    ink_stages(key=STAGES, ink=prepared, steps=steps)


def answer(events: PadEvents) -> None:
    """What the pad asks for: a random digit, a picture read as ink, a message about what can't be read."""
    state = st.session_state
    if "base" not in state:
        state["base"] = replace(test_digit(OPENING_DIGIT), id="opening", example=True)
    error = events.error
    if events.random:
        index = mnist.pick(mnist.load("test"), events.random.digit, np.random.default_rng())
        state["base"] = test_digit(index)
    elif events.picture is not None:
        try:
            state["base"] = PadBase(picture.read_picture(events.picture), TEXT["picture"])
        except InputError as problem:
            error = problem
    if error:
        state["pad-error"] = PadError(str(error))


def test_digit(index: int) -> PadBase:
    """An MNIST test digit for the pad, with its label as caption."""
    digits = mnist.load("test")
    caption = TEXT["test-digit"].format(index=index, label=digits.labels[index])
    return PadBase(digits.images[index], caption)


def prepare(events: PadEvents, network: Network) -> Ink:
    """The drawing on its way to the network; before the pad has sent one, the digit that it was given."""
    shown = events.drawing or drawing.Drawing(base=st.session_state["base"].ink)
    return ink.normalize(drawing.rasterize(shown), network.size, ink_steps(STAGES))


def code(network: Network) -> str:
    """The page's numbers as a script."""
    picture = prepare(pad_events(PAD), network).padded
    return script.forward(network.model, network.script, picture)


board(session.current())
code_button(lambda: code(session.current()), TEXT["code"])

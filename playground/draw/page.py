"""Draw a digit and watch every layer answer."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
import streamlit as st

from lenet.digits import mnist, picture
from lenet.errors import InputError
from lenet.networks import forward, weights
from lenet.scripts import page_scripts
from playground import errors, session, visit
from playground.code_button import code_button
from playground.components.drawing_pad import PadBase, PadChoice, PadError, PadEvents, drawing_pad, pad_events
from playground.components.ink_stages import ink_stages, ink_steps
from playground.components.network_view import network_view
from playground.draw import fast_path, route
from playground.draw.classifier import Board
from playground.experiment import ablation
from playground.experiment.pad_digit import PAD, STAGES, on_pad, open_pad, test_digit
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("draw")
VIEW: Final = "view"
SPARE: Final = 118
"""Pixels under the network's picture: the line that explains it, and the button for the code."""


@st.fragment
def show(network: Network) -> None:
    """Pad, network and stages: all that runs again when a drawing comes. `app.css` lays them out, for containers made
    here would be sent again with every drawing.
    """
    if ablation.take(VIEW, network):
        st.rerun()
    events = pad_events(PAD)
    respond(events)
    board = Board(network, ink_steps(STAGES))
    ticket = fast_path.ticket(board) if route.is_served() else None
    pad = visitor().pad
    base = pad.base if pad.base and pad.base.id != events.base_id else None  # what is there isn't sent
    offered, choice = pad.choice or (None, None)
    drawing_pad(
        key=PAD,
        revision=events.revision,
        base=base,
        error=pad.error,
        choice=choice if offered == events.revision else None,  # once the drawing has changed the pad has it
        ticket=ticket,
        session=visit.session_id(),
    )
    prepared = board.prepare(on_pad(events), pad.canvas)
    passed = board.answer(prepared)
    layers = passed.layers if passed else forward.layers(network.model)
    network_view(
        key=VIEW,
        layers=layers,
        passed=passed,
        revision=events.revision,
        weights=partial(weights.of_unit, network.model),
        ticket=ticket,
        spare=SPARE,
        off=ablation.shown(network, layers),
    )
    ink_stages(key=STAGES, ink=prepared, steps=board.steps, revision=events.revision, ticket=ticket)


def respond(events: PadEvents) -> None:
    """Answer the pad's requests: a random digit, a picture read as ink, a message about what can't be read."""
    pad, error = visitor().pad, events.error
    try:
        open_pad()
        if events.random:
            index = mnist.pick(mnist.load("test"), events.random.digit, np.random.default_rng())
            pad.put(test_digit(index))
        elif events.picture is not None:
            digits = tuple(PadBase(one, TEXT["picture"]) for one in picture.read_digits(events.picture))
            if len(digits) == 1:
                pad.put(digits[0])
            else:
                pad.choice = events.revision, PadChoice(digits)
    except InputError as problem:
        error = problem
    if error:
        pad.error = PadError(errors.words(error))


def code(network: Network) -> str:
    """The page's numbers as a script."""
    picture = Board(network, ink_steps(STAGES)).prepare(on_pad(pad_events(PAD))).padded
    return page_scripts.forward(network.model, network.script, picture)


st.caption(TEXT["introduction"])
show(session.current())
code_button(lambda: code(session.current()), TEXT["code"], "draw")

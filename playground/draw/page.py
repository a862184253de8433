"""The Draw page: draw a digit and watch the output of every layer."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from lenet.digits import mnist, picture
from lenet.errors import InputError
from lenet.networks import forward
from lenet.networks.forward import Pass
from lenet.scripts import page_scripts
from lenet.train import evaluate
from playground import code_button, errors, heading, served, session, visit
from playground.components.drawing_pad import (
    PadBase,
    PadChoice,
    PadError,
    PadEvents,
    RandomDigit,
    drawing_pad,
    pad_events,
)
from playground.components.ink_stages import ink_stages, ink_steps
from playground.components.network_view import network_view
from playground.draw import fast_path, keep_panel
from playground.draw.classifier import Classifier
from playground.experiment import ablation, large_network, opening_stroke, own_input
from playground.experiment.pad_digit import PAD, STAGES, on_pad, open_pad, test_digit
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("draw")
VIEW: Final = "view"
SPARE: Final = 84
"""Pixels to leave free under the network's picture, for its explanation and the button for the code."""


@st.fragment
def show(network: Network) -> None:
    """Show pad, network and stages, the fragment that runs again for each drawing.

    `app.css` lays them out, because containers created here would be sent again with every drawing.
    """
    if ablation.take(VIEW, network) or keep_panel.is_outdated() or code_button.is_asked():
        st.rerun()
    events = pad_events(PAD)
    respond(network, events)
    if not own_input.kinds(network):
        _draw(network, events)
        return
    with st.container(key="own-input"):
        try:
            given = own_input.show(network)
        except InputError:
            st.info(own_input.request(network), icon=":material/image:")
            return
    if given is None:
        with st.container():  # a layout of its own, below the choice
            _draw(network, events)
    else:
        _picture(network, forward.run(network.model, given.inputs[0]), 0, None)


def _draw(network: Network, events: PadEvents) -> None:
    """Show pad, network and stages."""
    classifier = Classifier(network, ink_steps(STAGES))
    large = large_network.is_large(network)
    ticket = fast_path.ticket(classifier) if served.is_served() and not large else None
    pad = visitor().pad
    base = pad.base if pad.base and pad.base.id != events.base_id else None  # not sent again
    offered, choice = pad.choice or (None, None)
    drawing_pad(
        key=PAD,
        revision=events.revision,
        base=base,
        error=pad.error,
        opening=opening_stroke.points() if events.drawing is None or opening_stroke.is_on(events.drawing) else None,
        choice=choice if offered == events.revision else None,  # sent until the drawing changes
        ticket=ticket,
        large=large,
        session=visit.session_id(),
    )
    prepared = classifier.prepare(on_pad(events), pad.canvas)
    passed = classifier.classify(prepared)
    _picture(network, passed, events.revision, ticket)
    ink_stages(key=STAGES, ink=prepared, steps=classifier.steps, revision=events.revision, ticket=ticket)


def _picture(network: Network, passed: Pass | None, revision: int, ticket: str | None) -> None:
    """Show the network's picture."""
    layers = passed.layers if passed else forward.layers(network.model)
    view = large_network.overview(VIEW, network, passed, layers)
    if view is not None:
        layers, passed = view.passed.layers, view.passed if passed else None
    network_view(
        key=VIEW,
        layers=layers,
        passed=passed,
        overview=view,
        names=network.class_names,
        revision=revision,
        numbers=network.numbers,
        ticket=ticket,
        spare=SPARE,
        off=None if view else ablation.shown(network, layers),
    )


def chosen(network: Network, asked: RandomDigit) -> int:
    """Index of a random test digit as the visitor asks for it.

    Raises:
        InputError: MNIST can't be read.
    """
    digits, random = mnist.load("test"), np.random.default_rng()
    if not asked.hard:
        return mnist.pick(digits, asked.digit, random)
    return int(random.choice(evaluate.hard(session.on_test_digits(network), digits.labels, asked.digit)))


def respond(network: Network, events: PadEvents) -> None:
    """Prepare the pad's next content: a random digit, a picture file read as ink, or an error message."""
    pad, error = visitor().pad, events.error
    try:
        open_pad()
        if events.random:
            pad.put(test_digit(chosen(network, events.random)))
        elif events.picture is not None and events.picture.number != pad.picture:
            digits = tuple(PadBase(one, TEXT["picture"]) for one in picture.read_digits(events.picture.data))
            if len(digits) == 1:
                pad.put(digits[0])
            else:
                pad.choice = events.revision, PadChoice(digits)
    except InputError as problem:
        error = problem
    if error:
        pad.error = PadError(errors.say(error))
    if events.picture:  # only now: another run may have ended this one before, and the pad sends the picture again
        pad.picture = events.picture.number


def code(network: Network) -> str:
    """PyTorch script that prints the page's numbers."""
    given = own_input.current(network)
    if given is not None:
        return page_scripts.forward(network.model, network.script, given)
    picture = Classifier(network, ink_steps(STAGES)).prepare(on_pad(pad_events(PAD))).padded
    return page_scripts.forward(network.model, network.script, picture)


keep_panel.begin()
code_button.begin()
heading.show(TEXT["title"], TEXT["introduction"])
show(session.current())
if session.current().form.plain:
    keep_panel.show()
code_button.code_button(lambda: code(session.current()), TEXT["code"], "draw")

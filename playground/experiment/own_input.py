"""Input of a network of one's own that is no digit: one of the examples that came with it, or a picture file."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.digits import colour
from lenet.digits.batch import Batch
from lenet.digits.picture_file import MAX_BYTES
from lenet.errors import InputError
from lenet.networks.layer_shapes import times
from lenet.record.experiment import EXAMPLE, PAD, PICTURE, Experiment
from playground import errors
from playground.experiment import settings
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("own_input")
BAR: Final = text("iteration_bar")
CHANNELS: Final = (1, 3)
"""Numbers of channels that a picture file can have."""
SOURCE: Final = "own-source"
INDEX: Final = "own-example"
UPLOAD: Final = "own-picture"


def kinds(network: Network) -> list[str]:
    """Sources of the input that a network has besides those of all."""
    pictures = not network.form.plain and network.form.channels in CHANNELS
    return [*([EXAMPLE] if count(network) else []), *([PICTURE] if pictures else [])]


def count(network: Network) -> int:
    """Number of examples that came with a network."""
    return 0 if network.own is None or network.own.examples is None else len(network.own.examples.inputs)


def offer(network: Network, arrived: bool) -> None:
    """Choose the examples as the input of a network that has some, once, unless an address asks for another."""
    own = visitor().settings
    if count(network) and own.offered != network.name:
        own.offered = network.name
        if not (arrived and "input" in st.query_params):
            _choose(EXAMPLE)


def show(network: Network) -> Batch | None:
    """Show the choice of the input; return it, or None for the digit on the pad.

    Raises:
        InputError: there is no picture yet.
    """
    offered = kinds(network)
    if not offered:
        return None
    offer(network, arrived=not visitor().settings.read)
    here = visitor()
    now = here.experiment.input.source if here.experiment.input.source in offered else PAD
    st.session_state[SOURCE] = now
    with st.container(horizontal=True, vertical_alignment="bottom", key="own-input-row"):
        st.segmented_control(
            TEXT["input"],
            [*offered, PAD],
            format_func=lambda kind: BAR[f"input-{kind}"],
            required=True,
            key=SOURCE,
            on_change=lambda: _choose(st.session_state[SOURCE]),
        )
        if now == EXAMPLE:
            st.session_state[INDEX] = min(here.experiment.input.example, count(network) - 1)
            st.number_input(TEXT["example"], 0, count(network) - 1, key=INDEX, on_change=_take_index, width=150)
        if now == PICTURE:
            uploaded = st.file_uploader(TEXT["picture"], key=UPLOAD, max_upload_size=MAX_BYTES // 10**6)
            if uploaded is not None:
                try:
                    pixels = colour.read(uploaded.getvalue(), network.form)
                    here.pad.pixels, here.pad.file = (pixels.shape, pixels.tobytes()), uploaded.name
                except InputError as problem:
                    st.error(errors.say(problem), icon=":material/error:")
    return None if now == PAD else batch(network, now, here.experiment.input.example)


def request(network: Network) -> str:
    """Sentence that asks for a picture."""
    return TEXT["none"].format(shape=times(network.form.shape[1:]))


def current(network: Network) -> Batch | None:
    """Input that `show` has returned last, None for the digit on the pad or no picture."""
    chosen = visitor().experiment.input
    if chosen.source not in kinds(network):
        return None
    try:
        return batch(network, chosen.source, chosen.example)
    except InputError:
        return None


def batch(network: Network, kind: str, example: int) -> Batch:
    """Input of this kind.

    Raises:
        InputError: there is no such example, or no picture yet.
    """
    chosen = visitor().experiment
    asked = replace(chosen, network=network.name, label=None, input=replace(chosen.input, source=kind, example=example))
    return with_pixels(asked).batch(network.form)


def identity(network: Network, kind: str, example: int) -> str:
    """Identifier of an input, by which its label is kept."""
    if kind == EXAMPLE:
        return f"{network.name} {example}"
    return hashlib.sha256(with_pixels(visitor().experiment).input.pixels).hexdigest()


def with_pixels(experiment: Experiment) -> Experiment:
    """The experiment with the visitor's picture."""
    kept = visitor().pad.pixels
    return replace(experiment, input=replace(experiment.input, pixels=b"" if kept is None else kept[1]))


def _choose(kind: str) -> None:
    """Take a source for all pages."""
    here = visitor()
    settings.choose(replace(here.experiment, input=replace(here.experiment.input, source=kind)))
    here.settings.read = True
    settings.start_over()


def _take_index() -> None:
    here = visitor()
    chosen = replace(here.experiment.input, example=int(st.session_state[INDEX]))
    settings.choose(replace(here.experiment, input=chosen))
    settings.start_over()

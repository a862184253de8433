"""Picture of the network that is being built, as far as its layers fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from lenet.digits import batch
from lenet.errors import InputError
from lenet.networks import forward, stack_shapes, weights
from lenet.networks.stack import Stack
from lenet.networks.stack_shapes import Checked
from playground import errors, session
from playground.components.network_view import network_view
from playground.experiment import pad_digit
from playground.text import text

TEXT: Final = text("build")
KEY: Final = "build-network"
PART: Final = "build-part"


def partial_network(layers: Stack, checked: Sequence[Checked]) -> None:
    """Show the digit on the pad on its way through the layers that fit."""
    known = [one.row for one in checked if one.output is not None]
    whole = stack_shapes.fits(layers)
    st.subheader(TEXT["network" if whole else "network-partial"], anchor=False)
    if not known:
        st.caption(TEXT["input-only" if layers.rows else "empty"])
        return
    model = session.current().model if whole else session.first_layers(Stack(tuple(known), layers.side), 0)
    try:
        pad_digit.open_pad()
    except InputError as problem:
        st.error(errors.say(problem), icon=":material/error:")
    picture = pad_digit.picture_of_side(layers.side)
    if picture is None:
        st.caption(TEXT["pad-empty"])
        return
    (digit,) = batch.of_pictures(picture[None], None).inputs
    if not whole:
        st.caption(TEXT["partial-weights"])
    passed = forward.run(model, digit) if whole else forward.run_part(model, digit)
    network_view(
        key=KEY if whole else PART,
        layers=passed.layers,
        passed=passed,
        revision=1,
        numbers=weights.numbers(model),
    )

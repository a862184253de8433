"""App with the pad and the ink stages, without a network; it writes on the page what Python receives."""

import json
from dataclasses import replace

import numpy as np
import streamlit as st

from lenet.digits import drawing, ink, picture
from lenet.errors import InputError
from playground.components.drawing_pad import PadBase, PadChoice, PadError, PadEvents, drawing_pad, pad_events
from playground.components.ink_stages import ink_stages, ink_steps

st.set_page_config(layout="wide")
state = st.session_state


def digit_of(bars: int) -> PadBase:
    """Picture with this number of bars, in place of an MNIST digit of that class."""
    digit = np.zeros((28, 28), np.uint8)
    for bar in range(bars):
        digit[4:24, 4 + 2 * bar] = 255
    return PadBase(digit, f"{bars} bars")


def answer(events: PadEvents) -> None:
    """Put the requested content on the pad."""
    if "example" in st.query_params and "base" not in state:
        state.base = replace(digit_of(3), id="start", example=True)
    if events.random:
        state.base = digit_of(5 if events.random.digit is None else events.random.digit)
    if events.picture and events.picture.number != state.get("answered"):
        state.answered = events.picture.number
        try:
            digits = tuple(PadBase(one, "Your picture") for one in picture.read_digits(events.picture.data))
            if len(digits) == 1:
                state.base = digits[0]
            else:
                state.choice = PadChoice(digits)
        except InputError as problem:
            state.error = PadError(str(problem))
    if events.error:
        state.error = PadError(str(events.error))


@st.fragment
def pad() -> None:
    events = pad_events("pad")
    answer(events)
    left, right = st.columns([1, 2])
    with left:
        drawing_pad(
            key="pad",
            revision=events.revision,
            base=state.get("base"),
            error=state.get("error"),
            choice=state.get("choice"),
        )
    drawn = drawing.rasterize(events.drawing or drawing.Drawing())
    steps = ink_steps("stages")
    with left:
        ink_stages(key="stages", ink=ink.normalize(drawn, 32, steps), steps=steps)
    with right:
        ink_stages(key="wide", ink=ink.normalize(drawn, 32, steps), steps=steps)
        strokes = events.drawing.strokes if events.drawing else ()
        echo = {
            "revision": events.revision,
            "base_id": events.base_id,
            "base": bool(events.drawing and events.drawing.base is not None),
            "points": sum(len(stroke.points) for stroke in strokes),
            "strokes": [
                {"erase": stroke.erase, "width": stroke.width, "points": np.round(stroke.points[-500:], 4).tolist()}
                for stroke in strokes
            ],
            "ink": int((drawn > 127).sum()),
            "steps": vars(steps),
        }
        st.text_input("Somewhere to write", key="field")
        st.code(json.dumps(echo, default=float), wrap_lines=True)


pad()
st.text("\n".join(f"line {line}" for line in range(120)))  # makes the page long enough to scroll

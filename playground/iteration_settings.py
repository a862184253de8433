"""A visitor's settings of the iteration: kept from page to page, read from the address and written into it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from playground import address
from playground.address import PAD, SHARED
from playground.recording import Recording
from playground.text import text

TEXT: Final = text("iteration_bar")
KEPT: Final = "iteration-settings"
PAGE: Final = "iteration-page"
REFUSED: Final = "refused-rate"
"""Whether the visitor has just typed a learning rate that is none."""
ENDED: Final = "ended-steps"
"""Whether the visitor has just changed a setting of several steps."""
PICTURE: Final = "shared-picture"
"""The digit that came with the address, or None."""
DIGIT: Final = "digit"
"""Name in the address of a drawn digit."""


def key(name: str) -> str:
    """Of a setting's widget."""
    return f"setting-{name}"


def get(name: str) -> address.Setting:
    """A setting's value."""
    value: address.Setting = st.session_state[key(name)]
    return value


def restore(page: str) -> None:
    """Give the widgets their values: to Streamlit, those of another page are others, though their keys are the same."""
    state = st.session_state
    if KEPT not in state:
        settings, refused = address.read(dict(st.query_params))
        shared = None
        if DIGIT in st.query_params:
            shared = address.unpack_picture(st.query_params[DIGIT])
            refused += () if shared is not None else (DIGIT,)
        state[PICTURE] = shared
        if settings["input"] == SHARED and shared is None:
            settings["input"] = PAD
        elif settings["input"] == PAD and shared is not None:
            settings["input"] = SHARED
        if refused:
            rules = " ".join(map(address.allowed, refused))
            st.warning(TEXT["address"].format(rules=rules), icon=":material/link_off:")
        state[KEPT] = settings
    moved = state.get(PAGE) != page
    state[PAGE] = page
    for name, value in state[KEPT].items():
        if moved or key(name) not in state:
            state[key(name)] = value


def remember() -> None:
    """Keep the widgets' values for the other pages."""
    st.session_state[KEPT] = {name: get(name) for name in address.DEFAULTS}


def start_over() -> None:
    """Go back to the first step."""
    st.session_state[key("taken")] = 1


def changed() -> None:
    """A setting is another one: the steps that were taken were taken with what it was."""
    st.session_state[ENDED] = int(get("taken")) > 1
    start_over()


def rate_changed() -> None:
    """The same for the learning rate, which stays as it was where the new one is none."""
    state = st.session_state
    rate: float | None = state[key("lr")]
    if rate is not None and address.is_rate(rate):
        changed()
        return
    state[key("lr")] = state[KEPT]["lr"]
    state[REFUSED] = True


def step_further() -> None:
    """Take one step more from where the last one ended."""
    st.session_state[key("taken")] = min(int(get("taken")) + 1, address.MAX_STEPS)


def write(made: Recording) -> None:
    """Put the settings into the address, and a drawn digit with them."""
    wanted = address.write(st.session_state[KEPT])
    if get("input") in (PAD, SHARED) and made.batch.pictures is not None:
        wanted[DIGIT] = address.pack_picture(made.batch.pictures[0])
    now = st.query_params.to_dict()
    # At once, because each writing is a step of the browser's history.
    changed = {name: value for name, value in wanted.items() if now.get(name) != value}
    if changed:
        st.query_params.update(changed)
    for name in (*address.DEFAULTS, DIGIT):
        if name in now and name not in wanted:
            del st.query_params[name]

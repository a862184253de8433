"""A visitor's settings of the iteration: kept from page to page, read from the address and written into it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import numpy as np
import streamlit as st

from lenet.digits.ink import FIELD
from playground import location, notices, widgets
from playground.experiment import link
from playground.experiment.link import MNIST, NOISE, PAD, SHARED, Picture
from playground.experiment.recording import Recording
from playground.text import text

TEXT: Final = text("iteration_bar")
KEPT: Final = "iteration-settings"
PAGE: Final = "iteration-page"
PAGES: Final = ("step", "graph", "gradients")
"""Pages whose address holds the settings."""
BACK: Final = "refused-by-back"
"""Names that the browser's Back asked for in vain, until the page says so."""
REFUSED: Final = "refused-rate"
"""True after the visitor has typed an invalid learning rate."""
ENDED: Final = "ended-steps"
"""True after the visitor has changed a setting when several steps had been taken."""
PICTURE: Final = "shared-picture"
"""The digit that came with the address, or None."""
DIGIT: Final = "digit"
"""Name in the address of a drawn digit."""
SHOWN_WITH: Final = {"digits": MNIST, "noise": NOISE}
"""Settings whose widget is on the page with this input only."""
LABELS: Final = "labels"
"""The label of each input that was on show, by `identity`."""
MOST_LABELS: Final = 100
GIVEN: Final = "given-label"
"""A label of the address, for whatever input is on show first."""
DRAWN: Final = "input-drawn"
"""Identity of the drawing that went in last."""


def key(name: str) -> str:
    """Of a setting's widget."""
    return f"setting-{name}"


def get(name: str) -> link.Setting:
    """A setting's value."""
    value: link.Setting = st.session_state[key(name)]
    return value


def identity(picture: Picture) -> str:
    """Identifies a digit, whatever the size of the network that gets it: (side, side) uint8, padded with zeros."""
    border = (len(picture) - FIELD) // 2
    middle = picture[border : border + FIELD, border : border + FIELD]
    return hashlib.sha256(np.ascontiguousarray(middle).tobytes()).hexdigest()


def noise_identity(seed: int) -> str:
    """Identifies random numbers."""
    return f"{NOISE} {seed}"


def labels() -> dict[str, int]:
    """The label of each input that was on show, by its identity."""
    found: dict[str, int] = st.session_state.setdefault(LABELS, {})
    while len(found) > MOST_LABELS:
        del found[next(iter(found))]
    return found


def restore(page: str) -> None:
    """Give the widgets their values: to Streamlit, those of another page are others, though their keys are the same."""
    state = st.session_state
    moved = state.get(PAGE) != page
    state[PAGE] = page
    if KEPT not in state or location.went_back():
        refused = state.pop(BACK) if BACK in state else take(st.query_params.to_dict(), KEPT not in state)
        if refused:
            rules = " ".join(map(link.allowed, refused))
            notices.warn(TEXT["address"].format(rules=rules))
        moved = True
    shown = state[KEPT]["input"]
    for name, value in state[KEPT].items():
        # Of a widget that was not on the page, Streamlit may still have a value from long ago.
        hidden = SHOWN_WITH.get(name, shown) != shown
        if name == "label":
            continue
        if moved or hidden:
            state[key(name)] = value
        else:
            widgets.give(key(name), value)


def arrive(page: str) -> None:
    """Notice another page, whose widgets do not have the values of the one before, and the browser's Back, which the
    tab's memory has to know in the same run.

    Args:
        page: its path in the address, the name under which it calls `restore`.
    """
    state = st.session_state
    if state.get(PAGE) != page:
        put_away()
    state.pop(BACK, None)
    if page in PAGES and KEPT in state and location.went_back():
        state[BACK] = take(st.query_params.to_dict())


def put_away() -> None:
    """The page shows no settings."""
    st.session_state.pop(PAGE, None)


def choose(settings: Mapping[str, link.Setting]) -> None:
    """Choose these settings; the others stay."""
    state = st.session_state
    state[KEPT] = {**state[KEPT], **settings}
    for name, value in settings.items():
        if name != "label":
            state[key(name)] = value


def take(wanted: Mapping[str, str], arrived: bool = False) -> tuple[str, ...]:
    """Take settings from an address, or from a tab's memory, which writes them alike.

    Args:
        wanted: names and texts, see `address.read`.
        arrived: whether the visitor has come by a link. A drawn digit in it is then the link's; otherwise it is what
            the pad had at that time, and the pad's own drawing stays.

    Returns:
        Names whose values are invalid, and were not taken.
    """
    state = st.session_state
    settings, refused = link.read(wanted)
    picture = None
    if DIGIT in wanted:
        picture = link.unpack_picture(wanted[DIGIT])
        refused += () if picture is not None else (DIGIT,)
    state.setdefault(PICTURE, None)
    if arrived or (settings["input"] == SHARED and picture is not None):
        state[PICTURE] = picture
    if settings["input"] == SHARED and state[PICTURE] is None:
        settings["input"] = PAD
    elif settings["input"] == PAD and arrived and picture is not None:
        settings["input"] = SHARED
    label = int(settings["label"])
    if label >= 0:
        if settings["input"] in (PAD, SHARED) and picture is not None:
            labels()[identity(picture)] = label
        elif settings["input"] == NOISE:
            labels()[noise_identity(int(settings["noise"]))] = label
        elif arrived:
            state[GIVEN] = label
    state[KEPT] = {}
    choose(settings | {"label": -1})
    state.pop(DRAWN, None)
    return refused


def written() -> dict[str, str]:
    """The current settings in the form that `take` reads; empty before there are any."""
    state = st.session_state
    if KEPT not in state:
        return {}
    texts = link.write(_now())
    settings, _ = link.read(texts)
    texts = link.write(settings)
    if settings["input"] == SHARED and state[PICTURE] is not None:
        texts[DIGIT] = link.pack_picture(state[PICTURE])
    return texts


def remember(label: int) -> None:
    """Keep the widgets' values for the other pages.

    Args:
        label: of the input, -1 where it has none to choose.
    """
    st.session_state[KEPT] = _now() | {"label": label}


def _now() -> dict[str, link.Setting]:
    """The settings as the widgets on the page have them, and otherwise as they were kept."""
    state = st.session_state
    kept: dict[str, link.Setting] = state[KEPT]
    if PAGE not in state:
        return dict(kept)
    shown = state.get(key("input"), kept["input"])
    return {
        name: kept[name]
        if name == "label" or SHOWN_WITH.get(name, shown) != shown
        else state.get(key(name), kept[name])
        for name in link.DEFAULTS
    }


def start_over() -> None:
    """Go back to the first step."""
    st.session_state[key("taken")] = 1


def changed() -> None:
    """Handle a changed setting: the steps taken so far used the old value, so the first step is next."""
    st.session_state[ENDED] = int(get("taken")) > 1
    start_over()


def rate_changed() -> None:
    """Handle a changed learning rate; an invalid one is put back to the last valid one."""
    state = st.session_state
    rate: float | None = state[key("lr")]
    if rate is not None and link.is_rate(rate):
        changed()
        return
    state[key("lr")] = state[KEPT]["lr"]
    state[REFUSED] = True


def label_changed(source: str) -> None:
    """The visitor has given the input with this identity another label."""
    labels()[source] = int(get("label"))
    changed()


def step_further() -> None:
    """Take one step more from where the last one ended."""
    st.session_state[key("taken")] = min(int(get("taken")) + 1, link.MAX_STEPS)


def write(made: Recording) -> None:
    """Put the settings into the address, and a drawn digit with them."""
    wanted = link.write(st.session_state[KEPT])
    if get("input") in (PAD, SHARED) and made.batch.pictures is not None:
        wanted[DIGIT] = link.pack_picture(made.batch.pictures[0])
    location.put(wanted, (*link.DEFAULTS, DIGIT))

"""A walk along a graph as a strip of steps, each a button with the code that leads on to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import streamlit as st

from playground.components import assembly

FILES: Final = ("shared/dom.js", "shared/colors.js", "walk_strip/walk_strip.js")

_mount = assembly.component("walk_strip", '<div class="walk-strip" data-testid="walk-strip"></div>', FILES)


@dataclass(frozen=True)
class Step:
    """One stop of the walk.

    Attributes:
        code: that leads here from the stop before.
        label: what is found here.
        note: more about it, in a word.
        ahead: whether it lies beyond the place where the visitor is.
    """

    code: str
    label: str
    note: str = ""
    ahead: bool = False


def walk_strip(*, key: str, steps: Sequence[Step], at: int) -> None:
    """Show a walk.

    Args:
        key: of the component.
        steps: of the walk.
        at: which of them is where the visitor is.
    """
    _mount(
        key=key,
        data={
            "steps": [asdict(step) for step in steps],
            "at": at,
            "turn": st.session_state.get(f"{key}-turn", 0),
        },
        on_picked_change=assembly.keep,
    )


def picked_step(key: str, count: int) -> int | None:
    """The step that the visitor has picked since this was last asked, or None. Ask before `walk_strip`.

    Args:
        key: of the component.
        count: how many steps it showed.
    """
    state = st.session_state.get(key)
    sent = state.get("picked") if isinstance(state, Mapping) else None
    if not isinstance(sent, Mapping):
        return None
    step, turn = sent.get("step"), sent.get("turn")
    if type(step) is not int or type(turn) is not int or not 0 < turn < 2**53:
        return None
    if turn == st.session_state.get(f"{key}-turn", 0):
        return None
    st.session_state[f"{key}-turn"] = turn
    return step if 0 <= step < count else None

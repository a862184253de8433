"""Memory of a browser tab: stores a visit's state and returns it to a server session that doesn't have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lenet.digits.drawing import MAX_BASE_SIDE, MAX_POINTS, MAX_STROKES
from playground.components import mount

_mount = mount.component("tab_memory")


def tab_memory(
    *,
    key: str,
    session: str,
    owner: tuple[str, str],
    told: bool,
    revision: int,
    drawn: bool,
    storage: str,
    choices: Mapping[str, object],
) -> Mapping[str, Any]:
    """Mount the component, which shows nothing. Call this once per page, outside of the fragment that redraws strokes.

    Args:
        key: key of the component.
        session: identifies the server's session.
        owner: name and value of a cookie to set where the browser has none of this name.
        told: True if that session has already received the tab's state.
        revision: number of the last drawing that was read.
        drawn: True if the page has a pad.
        storage: key of that pad.
        choices: JSON values to keep besides the drawing.

    Returns:
        State that the tab returns in this run; `given_back` has it in later runs.
    """
    state = _mount(
        key=key,
        data={
            "session": session,
            "owner": list(owner),
            "told": told,
            "revision": revision,
            "drawn": drawn,
            "storage": storage,
            "limits": {"points": MAX_POINTS, "strokes": MAX_STROKES, "side": MAX_BASE_SIDE},
            "choices": dict(choices),
        },
        on_kept_change=mount.keep,
    )
    return _kept(state)


def given_back(key: str) -> Mapping[str, Any]:
    """State that the tab returns, unchecked: `choices`, `stages`, `drawing` and the `session` that they belong to.

    Args:
        key: key of the component. In a session's first run, the state is known only after the component is mounted.

    Returns:
        An empty mapping if the tab returns nothing.
    """
    return _kept(st.session_state.get(key))


def _kept(state: object) -> Mapping[str, Any]:
    found = state.get("kept") if isinstance(state, Mapping) else None
    return found if isinstance(found, Mapping) else {}

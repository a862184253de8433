"""Memory of a browser tab: keeps a visit's state, and gives it back to a server session that doesn't have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from lenet.digits.drawing import MAX_BASE_SIDE, MAX_POINTS, MAX_STROKES
from playground.components import mount

_mount = mount.component("tab_memory")


def tab_memory(
    *, key: str, session: str, told: bool, revision: int, drawn: bool, storage: str, choices: Mapping[str, object]
) -> Mapping[str, Any]:
    """Mount the component, which shows nothing, once a page, outside of the fragment that runs during a stroke.

    Args:
        key: of the component.
        session: identifies the server's session.
        told: whether that session has been given what the tab keeps.
        revision: number of the last drawing that was read.
        drawn: whether the page has a pad.
        storage: key of that pad.
        choices: JSON values to keep besides the drawing.

    Returns:
        What the tab gives back in this run, as `given_back` has it in the next ones.
    """
    state = _mount(
        key=key,
        data={
            "session": session,
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
    """State that the tab gives back, unchecked: `session`, which it was kept for, `choices`, `stages` and `drawing`.

    Args:
        key: of the component. In a session's first run it is known only after the component is mounted.

    Returns:
        Nothing where the tab gives nothing back.
    """
    return _kept(st.session_state.get(key))


def _kept(state: object) -> Mapping[str, Any]:
    found = state.get("kept") if isinstance(state, Mapping) else None
    return found if isinstance(found, Mapping) else {}

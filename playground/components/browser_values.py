"""Values that the browser side of a component has sent. They are not trusted: the caller checks each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.visitor import visitor


def sent(key: str, name: str) -> Mapping[str, Any]:
    """The object that the component under this key keeps under a name; empty where there is none."""
    state = st.session_state.get(key)
    found = state.get(name) if isinstance(state, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def take_pick(key: str) -> Mapping[str, Any]:
    """The visitor's pick in the component under this key since the last call; empty where there is none."""
    picked = sent(key, "picked")
    number = picked.get("revision")
    if type(number) is not int or not 0 < number < 2**53 or number == taken(key):
        return {}
    visitor().sent.revisions[key] = number
    return picked


def taken(key: str) -> int:
    """Number of the last pick that was taken, for the component, which counts on from there."""
    return visitor().sent.revisions.get(key, 0)

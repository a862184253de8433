"""Values that the browser side of a component has sent. They are not trusted: the caller checks each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.visitor import visitor


def sent(key: str, name: str) -> Mapping[str, Any]:
    """Object that the component with this key has stored under `name`; an empty mapping if there is none."""
    state = st.session_state.get(key)
    found = state.get(name) if isinstance(state, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def take_pick(key: str) -> Mapping[str, Any]:
    """Return the visitor's pick in this component once: later calls return an empty mapping until the next pick."""
    picked = sent(key, "picked")
    number = picked.get("revision")
    if type(number) is not int or not 0 < number < 2**53 or number == taken(key):
        return {}
    visitor().sent.revisions[key] = number
    return picked


def taken(key: str) -> int:
    """Number of the last pick that `take_pick` returned; the component numbers its next pick from there."""
    return visitor().sent.revisions.get(key, 0)

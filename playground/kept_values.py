"""Values of widgets that the browser tab keeps, so that they survive a reload or a restart of the server.

A page registers each of its values with a function that checks what the browser sends. Values for a page that the
visitor hasn't opened yet wait until that page registers them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any, Final, TypeVar

import streamlit as st

from playground import location
from playground.visitor import visitor

MOST: Final = 100
"""Largest number of values that are accepted from a tab."""
MAX_KEY: Final = 80
"""Largest length in characters of a key that is accepted from a tab."""
LARGEST: Final = 2.0**53
"""Largest magnitude of a number that is accepted from a tab."""

Kept = str | int | float
Value = TypeVar("Value", bound=Kept)


def keep(
    key: str,
    default: Value,
    read: Callable[[object], Value | None],
    asked: Value | None = None,
    *,
    widget: bool = True,
) -> Value:
    """Set the value of a widget and have the tab keep it. Call this in every run, before the widget.

    Args:
        key: key of the widget, or name of a value without a widget.
        default: value to use if there is no other.
        read: converts a value from the browser to the widget's type; returns None for an invalid value.
        asked: valid value from the page's address, None if there is none. It takes precedence at the visitor's
            arrival and after Back; at other times the address follows the widget.
        widget: False for a value without a widget; to change it, set it in the visitor's `memory.kept`.

    Returns:
        The widget's value.
    """
    memory = visitor().memory
    kept = memory.kept
    state: MutableMapping[Any, Any] = st.session_state if widget else kept
    waiting = memory.waiting.pop(key, None)
    arrived = key not in state or location.went_back()
    first = waiting if asked is None else asked if arrived else None
    candidates = (first, state.get(key), kept.get(key))
    values = (read(candidate) for candidate in candidates if candidate is not None)
    value = next((value for value in values if value is not None), default)
    state[key] = kept[key] = value
    return value


def written() -> dict[str, object]:
    """Values for the tab to keep, by key, including those that wait for their page."""
    memory = visitor().memory
    for key, value in memory.kept.items():
        memory.kept[key] = st.session_state.get(key, value)  # a visitor's change is in the state before the page runs
    return {**memory.waiting, **memory.kept}


def take(values: Mapping[object, object]) -> None:
    """Store values returned by the tab until their pages register and check them."""
    visitor().memory.waiting = {
        key: value
        for key, value in list(values.items())[:MOST]
        if isinstance(key, str) and len(key) <= MAX_KEY and _can_be_sent(value)
    }


def _can_be_sent(value: object) -> bool:
    """True if JSON can represent the value, so that it can be sent back to the tab."""
    if isinstance(value, int | float):
        return abs(value) <= LARGEST  # False for NaN
    return isinstance(value, str)


def number(low: float, high: float) -> Callable[[object], float | None]:
    """Reader of floats from `low` to `high`; accepts integers too, as JSON doesn't distinguish them."""

    def read(value: object) -> float | None:
        return float(value) if type(value) in (int, float) and low <= value <= high else None  # type: ignore[operator, arg-type]

    return read


def whole(low: int, high: int) -> Callable[[object], int | None]:
    """Reader of integers from `low` to `high`."""
    return lambda value: value if type(value) is int and low <= value <= high else None


def among(choices: Collection[Value]) -> Callable[[object], Value | None]:
    """Reader of one of these values."""
    return lambda value: next((one for one in choices if type(one) is type(value) and one == value), None)


def words(value: object) -> str | None:
    """Reader of text."""
    return value if isinstance(value, str) else None


def flag(value: object) -> bool | None:
    """Reader of True and False."""
    return value if isinstance(value, bool) else None

"""Values of widgets that the browser tab keeps, so that a reload or a restarted server brings them back.

A page names each of its values with a function that checks what comes from a browser. Values for a page that the
visitor hasn't opened yet wait until that page names them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, MutableMapping
from typing import Any, Final, TypeVar

import streamlit as st

from playground import location
from playground.visitor import visitor

MOST: Final = 100
"""How many values a tab gives back."""
MAX_KEY: Final = 80
"""Characters of a key that a tab gives back."""
LARGEST: Final = 2.0**53
"""The largest number that a tab gives back."""

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
    """Give the widget under this key its value, and have the tab keep it. Call it in every run, before the widget.

    Args:
        key: of the widget, or name of a value without one.
        default: value where there is no other.
        read: returns a value as the widget takes it, or None for one that is invalid.
        asked: valid value in the page's address, None where there is none. It counts at the visitor's arrival and
            after Back; later the address follows the widget.
        widget: whether there is one. A value without a widget is changed in the visitor's `memory.kept`.

    Returns:
        The value.
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
    """Values for the tab to keep, by key; those that wait for their page among them."""
    memory = visitor().memory
    for key, value in memory.kept.items():
        memory.kept[key] = st.session_state.get(key, value)  # a visitor's change is there before the page runs
    return {**memory.waiting, **memory.kept}


def take(values: Mapping[object, object]) -> None:
    """Let the values that a tab gives back wait for their pages. They are checked there."""
    visitor().memory.waiting = {
        key: value
        for key, value in list(values.items())[:MOST]
        if isinstance(key, str) and len(key) <= MAX_KEY and _can_be_sent(value)
    }


def _can_be_sent(value: object) -> bool:
    """True for a value that JSON can hold, so that the tab can be told to go on keeping it."""
    if isinstance(value, int | float):
        return abs(value) <= LARGEST  # NaN isn't
    return isinstance(value, str)


def number(low: float, high: float) -> Callable[[object], float | None]:
    """Reader of floats from `low` to `high`; JSON has whole ones as integers."""

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

"""Values of the Convolution page's widgets: kept by the tab, and in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from playground import kept_values, location, notices
from playground.kept_values import Value
from playground.text import text

TEXT: Final = text("convolution")
PART: Final = "part"


def key(name: str) -> str:
    """Key of the widget whose value is the address's parameter `name`."""
    return f"convolution-{name}"


def value(name: str, default: Value, read: Callable[[object], Value | None]) -> Value:
    """Set the value of the widget with the key `key(name)` from the address or the tab. Call this before the widget.

    A value in the address that `read` refuses is reported, and another one is used.

    Args:
        name: name of the parameter.
        default: value to use if there is no other.
        read: as in `kept_values.keep`.

    Returns:
        The widget's value.
    """
    written = st.query_params.get(name) if _arrived(name) else None
    asked = None if written is None else read(_typed(written, default))
    if written is not None and asked is None:
        notices.warn(TEXT["address"].format(name=name))
    return kept_values.keep(key(name), default, read, asked)


def _arrived(name: str) -> bool:
    """True if the address has been given for the part that is shown, and not written by this page."""
    shown = st.session_state.get(key(PART))
    arrived = key(name) not in st.session_state or location.went_back()
    return arrived and (name == PART or st.query_params.get(PART, shown) == shown)


def publish(values: Mapping[str, str | int | float], part: str) -> None:
    """Write the values of a part into the address, and remove those of the others.

    Args:
        values: by the parameters' names.
        part: name of the part that is shown.
    """
    wanted = {PART: part} | {name: _written(one) for name, one in values.items()}
    location.put(wanted, [name for name in st.query_params if name.islower() and _is_ours(name)])


def _is_ours(name: str) -> bool:
    return name == PART or key(name) in st.session_state


def _typed(written: str, default: Value) -> Any:
    """Value of a parameter in the type of its default; the text itself where it isn't one."""
    if isinstance(default, str):
        return written
    if isinstance(default, bool):
        return {"1": True, "0": False}.get(written, written)
    try:
        return type(default)(written)
    except ValueError:
        return written


def _written(one: str | int | float) -> str:
    if isinstance(one, bool):
        return str(int(one))
    return f"{one:.9g}" if isinstance(one, float) else str(one)

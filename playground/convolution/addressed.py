"""Values of the Convolution page's widgets: kept by the tab, and in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import streamlit as st

from playground import kept_values, location, notices
from playground.kept_values import Value
from playground.text import text
from playground.visitor import visitor

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
    ours = name == PART or _speaks_of(st.session_state.get(key(PART)))
    arrived = key(name) not in st.session_state or location.went_back()
    asked = _asked(name, default, read, warn=arrived) if ours else None
    return kept_values.keep(key(name), default, read, asked)


def options(part: str, known: Mapping[str, tuple[Any, Callable[[object], Any]]]) -> dict[str, Any]:
    """Values of options without a widget, from the address or the tab.

    An address that opens the part and doesn't name an option asks for its default, so that it can be short.

    Args:
        part: name of the part that has the options; others may have some of the same names.
        known: default of each option by its name, and how it is read, as in `kept_values.keep`.
    """
    written = st.query_params.to_dict()
    ours, named = _speaks_of(part), PART in written
    found = {}
    for name, (default, read) in known.items():
        asked = None
        if ours and (name in written or named):
            asked = _asked(name, default, read) if name in written else default
        found[name] = kept_values.keep(key(f"{part}-{name}"), default, read, asked, widget=False)
    return found


def set_option(name: str, part: str, new: str | int | float) -> None:
    """Change the value of an option without a widget. Call this before `options`."""
    visitor().memory.kept[key(f"{part}-{name}")] = new


def publish(values: Mapping[str, str | int | float], part: str) -> None:
    """Write the values of a part into the address, and remove those of the others.

    Args:
        values: by the parameters' names.
        part: name of the part that is shown.
    """
    wanted = {PART: part} | {name: _written(one) for name, one in values.items()}
    location.put(wanted, [name for name in st.query_params if name.islower() and _is_ours(name)])


def _is_ours(name: str) -> bool:
    kept = visitor().memory.kept
    return name == PART or any(one.startswith(key("")) and one.endswith(f"-{name}") for one in kept)


def _speaks_of(part: str | None) -> bool:
    """True if the address's options are those of this part: another's may have the same names."""
    return st.query_params.get(PART, part) == part


def _asked(name: str, default: Value, read: Callable[[object], Value | None], *, warn: bool = True) -> Value | None:
    """Value in the address, None for none; one that can't be read is reported, unless this page may have written it."""
    written = st.query_params.get(name)
    asked = None if written is None else read(_typed(written, default))
    if written is not None and asked is None and warn:
        notices.warn(TEXT["address"].format(name=name))
    return asked


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

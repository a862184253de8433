"""Selected entry of a gradient: stored in the session and in the address, chosen by widgets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.explain.finite_differences import locate
from lenet.record.iteration import Iteration
from playground import errors
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("gradients")
PARAMETER: Final = "gradients-parameter"


@dataclass(frozen=True)
class Entry:
    """One entry of a parameter's gradient.

    Attributes:
        parameter: name of the parameter.
        index: index of the entry along each axis, counted from 0.
    """

    parameter: str
    index: tuple[int, ...]

    @property
    def code(self) -> str:
        """Python expression for the entry, such as `conv1.bias.grad[3]`."""
        return f"{self.parameter}.grad[{', '.join(map(str, self.index))}]"


def current(iteration: Iteration) -> tuple[Entry, str | None]:
    """Selected entry, from the session or else the address, and an error message if the address is wrong.

    If the network doesn't have that entry, the first one of the first bias with a gradient is selected.
    """
    kept, problem = visitor().gradients.entry, None
    entry = None if kept is None else Entry(*kept)
    if entry is None and "parameter" in st.query_params:
        try:
            entry = parse(iteration, st.query_params["parameter"], st.query_params.get("index", ""))
        except InputError as error:
            problem = errors.say(error)
        except ValueError as error:
            problem = TEXT["address-index"].format(index=error)
    if entry is not None:
        try:
            locate(iteration, entry.parameter, entry.index)
        except InputError:
            entry = None
    if entry is None:
        shapes = {name: values.shape for name, values in iteration.before.parameters.items()}
        got = [name for name, values in iteration.gradients.items() if values is not None] or list(shapes)
        name = next((name for name in got if len(shapes[name]) == 1), got[0])
        entry = Entry(name, (0,) * len(shapes[name]))
    return entry, problem


def parse(iteration: Iteration, parameter: str, index: str) -> Entry:
    """Read an entry from the address, such as `conv1.weight` and `2,0,1,3`; an empty index is the first entry.

    Raises:
        InputError: the network has no such entry.
        ValueError: the index isn't a list of integers; the exception's text is the index.
    """
    parameter, index = parameter[:80], index[:80]
    if index and not re.fullmatch(r"[0-9]{1,9}(,[0-9]{1,9}){0,7}", index):
        raise ValueError(index)
    places = [int(place) for place in index.split(",") if place]
    known = iteration.before.parameters.get(parameter)
    if not index and known is not None:
        places = [0] * len(known.shape)
    return Entry(parameter, locate(iteration, parameter, places))


def choose(entry: Entry) -> None:
    """Select an entry."""
    visitor().gradients.entry = entry.parameter, entry.index


def share(entry: Entry) -> None:
    """Put the entry into the address, so that the link can be shared."""
    wanted = {"parameter": entry.parameter, "index": ",".join(map(str, entry.index))}
    for key, value in wanted.items():
        if st.query_params.get(key) != value:
            st.query_params[key] = value


def controls(entry: Entry, shapes: Mapping[str, tuple[int, ...]], axes: Sequence[str]) -> None:
    """Show the widgets that choose a parameter and one of its entries.

    Args:
        entry: the entry that is selected now.
        shapes: shape of each parameter, by name.
        axes: names of the parameter's axes, empty if they have none.
    """
    shape = shapes[entry.parameter]
    keys = [f"gradients-{entry.parameter}-{axis}" for axis in range(len(shape))]
    st.session_state[PARAMETER] = entry.parameter
    for key, place in zip(keys, entry.index, strict=True):
        st.session_state[key] = place

    def take_parameter() -> None:
        name = st.session_state[PARAMETER]
        # Keep the index as far as the new parameter's shape allows.
        places = (*entry.index, *[0] * len(shapes[name]))
        choose(Entry(name, tuple(min(place, side - 1) for place, side in zip(places, shapes[name], strict=False))))

    def take_index() -> None:
        choose(Entry(entry.parameter, tuple(int(st.session_state[key]) for key in keys)))

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(TEXT["parameter"], list(shapes), key=PARAMETER, on_change=take_parameter, width=180)
        for axis, (key, side) in enumerate(zip(keys, shape, strict=True)):
            name = TEXT[f"axis-{axes[axis]}"] if axes else TEXT["axis-other"].format(number=axis)
            st.number_input(name, 0, side - 1, key=key, on_change=take_index, help=TEXT["axis-help"], width=140)

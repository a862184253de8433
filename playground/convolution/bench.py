"""A part of the Convolution page that is one component: its options, and the picture that they stand for.

A change of an option is answered over a WebSocket of its own, which bypasses Streamlit's script runs; when the visitor
pauses, Streamlit gets the options, and keeps them in the tab and in the address. Where there is no such WebSocket, each
change goes through Streamlit, with the same result but more slowly.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.errors import InputError
from playground import language, session
from playground.components.convolution_bench import Field, convolution_bench, pack_bench, taken_changes
from playground.components.packing import pack
from playground.convolution import addressed, options
from playground.convolution.options import ImpossibleError, Option, Problems, Values
from playground.errors import say
from playground.experiment import pad_digit
from playground.session import Network
from playground.visitor import visitor

MAX_TICKETS: Final = 128
"""Largest number of tickets at once; the least recently used one is lost, and the page then asks Streamlit."""

Picture = NDArray[np.uint8] | None
"""The pad's digit as the network's input; None for an empty pad."""


@dataclass(frozen=True)
class Part:
    """Part of the page.

    Attributes:
        name: name in the address.
        options: its options.
        take: changes of options from those of the component's controls, and their problems.
        shown: what the options stand for; raises `ImpossibleError` or `InputError`.
        fields: controls in groups.
        packed: data of what is shown, for the component.
    """

    name: str
    options: Mapping[str, Option]
    take: Callable[[Values, Values, Network], tuple[dict[str, Any], Problems]]
    shown: Callable[[Values, Network, Picture], Any]
    fields: Callable[[Values, Network], list[tuple[str, list[Field]]]]
    packed: Callable[[Any, Values], dict[str, object]]

    @property
    def key(self) -> str:
        """Key of the component."""
        return f"convolution-{self.name}"


@dataclass(frozen=True, eq=False)
class Asked:
    """Content with which the changes of a visitor are answered."""

    part: Part
    network: Network
    picture: Picture
    language: str


@dataclass(frozen=True)
class Answer:
    """Answer to changes of options: their values, the problems, and what is shown; None where it is impossible."""

    now: dict[str, Any]
    problems: Problems
    shown: Any


_asked: OrderedDict[str, Asked] = OrderedDict()
_lock = threading.Lock()


def answer(part: Part, before: Values, changes: Values, network: Network, picture: Picture) -> Answer:
    """Answer to changes of options.

    Args:
        part: of the page.
        before: values of the options.
        changes: by the names of controls, unchecked.
        network: the current network.
        picture: the pad's digit.

    Raises:
        InputError: MNIST can't be read.
    """
    made, problems = part.take(changes, before, network) if changes else ({}, {})
    now = dict(before)
    for name, given in made.items():
        if name in part.options:
            new = part.options[name].read(given)
            if new is None:
                problems[name] = part.options[name].problem(), ""
            else:
                now[name] = new
    try:
        return Answer(now, problems, part.shown(now, network, picture))
    except ImpossibleError as problem:
        return Answer(now, problems | problem.problems, None)


@st.fragment
def bench(part: Part) -> None:
    """Show the component, the fragment that runs again when the options come."""
    network = session.current()
    picture = pad_digit.picture(network)
    changes, good = taken_changes(part.key)
    try:
        found = answer(part, options.values(part.name, part.options), changes, network, picture)
        for name, value in found.now.items():
            addressed.set_option(name, part.name, value)
        shown = _kept(part, found, good, network, picture)
    except InputError as problem:
        st.error(say(problem), icon=":material/error:")
        return
    convolution_bench(
        key=part.key,
        ticket=_ticket(Asked(part, network, picture, language.current())),
        state=pack_bench(part.fields(found.now, network), found.problems, found.now),
        picture=part.packed(shown, found.now),
    )
    options.publish(part.name, part.options, found.now)  # after the picture, which then comes sooner


def reply(message: str) -> bytes:
    """Answer `{"ticket": name, "revision": number, "values": options, "changes": changes}`, which is not trusted.

    Returns:
        The packed data of the component that change; `{"revision": null}` if the message can't be answered.
    """
    try:
        question = json.loads(message)
        ticket, revision = question["ticket"], question["revision"]
        values, changes = question["values"], question["changes"]
        if type(revision) is not int or not isinstance(values, dict) or not isinstance(changes, dict):
            raise TypeError
        with _lock:
            asked = _asked[ticket]
            _asked.move_to_end(ticket)
        part = asked.part
        with language.spoken(asked.language):
            found = answer(part, _checked(part, values), changes, asked.network, asked.picture)
            state = pack_bench(part.fields(found.now, asked.network), found.problems, found.now)
            picture = part.packed(found.shown, found.now) if found.shown else {}
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return pack({"revision": None})
    return pack({"ticket": ticket, "revision": revision, "good": bool(found.shown), **state, **picture})


def _kept(part: Part, found: Answer, good: Values, network: Network, picture: Picture) -> Any:
    """Content of the page: the last that was possible."""
    kept = visitor().convolution.shown
    if found.shown:
        kept[part.name] = found.shown
        return found.shown
    if good:  # the last picture that the WebSocket has answered with
        kept[part.name] = answer(part, _checked(part, good), {}, network, picture).shown or kept.get(part.name)
    if not kept.get(part.name):
        kept[part.name] = part.shown(_checked(part, {}), network, picture)
    return kept[part.name]


def _checked(part: Part, values: Values) -> dict[str, Any]:
    """Values of all options, the default for one that is missing or invalid."""
    found = {name: option.read(values.get(name)) for name, option in part.options.items()}
    return {name: part.options[name].default if value is None else value for name, value in found.items()}


def _ticket(asked: Asked) -> str:
    """Name with which the component asks; unguessable, because a network may hold a visitor's own weights."""
    tickets = visitor().convolution.tickets
    known = tickets.get(asked.part.name)
    with _lock:
        own = _asked.get(known) if known else None
        same = own and own.network is asked.network and own.language == asked.language
        if known and own and same and np.array_equal(own.picture, asked.picture):  # type: ignore[arg-type]
            return known
        _asked.pop(known or "", None)
        name = tickets[asked.part.name] = secrets.token_urlsafe(16)
        _asked[name] = asked
        while len(_asked) > MAX_TICKETS:
            _asked.popitem(last=False)
    return name

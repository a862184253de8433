"""Networks at the checkpoints of a run, classifying one digit while a slider moves over them."""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.networks import forward, weights
from playground import session
from playground.components import network_view
from playground.components.packing import pack
from playground.runs.runs import Run

MAX_TICKETS: Final = 256
"""Largest number of digits that have a ticket at once; the least recently used one loses its ticket."""


@dataclass(frozen=True, eq=False)
class Moments:
    """A run's checkpoints with the digit that they classify.

    Attributes:
        run: the run.
        input: (1, size, size) float32, the digit as the network gets it; None for an empty pad.
        opened: unit of the network's picture whose detail is open.
    """

    run: Run
    input: NDArray[np.float32] | None
    opened: network_view.Unit | None = None


_moments: OrderedDict[str, Moments] = OrderedDict()
_lock = threading.Lock()


def ticket(moments: Moments) -> str:
    """Unguessable name with which the browser asks for a checkpoint of these."""
    name = secrets.token_urlsafe(16)
    with _lock:
        _moments[name] = moments
        while len(_moments) > MAX_TICKETS:
            _moments.popitem(last=False)
    return name


def answer(message: str) -> bytes:
    """Answer `{"ticket": name, "moment": step, "revision": number}`, which is not trusted.

    Returns:
        The packed `ticket`, `moment` and `revision`, with `view`, the packed values of `network_view`; `view` is None
        where there is no such checkpoint.
    """
    try:
        asked = json.loads(message)
        name, step, revision = asked["ticket"], asked["moment"], asked["revision"]
        with _lock:
            moments = _moments[name]
            _moments.move_to_end(name)
        if type(step) is not int or type(revision) is not int:
            raise ValueError
        network = session.at_moment(moments.run, step).model
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return pack({"view": None})
    passed = None if moments.input is None else forward.run(network, moments.input)
    layers = passed.layers if passed else forward.layers(network)
    numbers = weights.numbers(network)
    learned = network_view.learned(moments.opened, layers, numbers)
    view = pack({**network_view.changing(passed, revision, numbers), **learned})
    return pack({"ticket": name, "moment": step, "revision": revision, "view": view})

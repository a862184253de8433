"""Networks at the checkpoints of a run, classifying one digit while a slider moves over them."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from typing import Final
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.networks import forward, weights
from playground import session
from playground.components import network_view
from playground.components.packing import pack
from playground.runs.runs import Run

MAX_REVISION: Final = 2**53
"""Largest number of a picture: a browser counts no further."""


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


class View:
    """Picture of a run's network with its slider; its ticket is good for as long as the visitor's session has it.

    Args:
        run: the run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.ticket: Final = secrets.token_urlsafe(16)
        """Unguessable name with which the browser asks for a checkpoint."""
        self._shown: Moments | None = None
        self._revision = 0

    def show(self, shown: Moments) -> int:
        """Have the slider answered with these from now on; return a number of the picture above that of any answer."""
        with _lock:
            _views[self.ticket] = self
            self._shown = shown
            self._revision += 1
            return self._revision

    def asked(self, revision: int) -> Moments:
        """Return the content to answer a question with, whose number is then that of an answer.

        Raises:
            KeyError: nothing was shown yet.
        """
        with _lock:
            if self._shown is None:
                raise KeyError
            self._revision = max(self._revision, revision)
            return self._shown


_views: WeakValueDictionary[str, View] = WeakValueDictionary()
"""Views by their tickets; those of a session that has ended are gone."""
_lock = threading.Lock()


def answer(message: str) -> bytes:
    """Answer `{"ticket": name, "moment": step, "revision": number}`, which is not trusted.

    Returns:
        The packed `ticket`, `moment` and `revision`, with `view`, the packed values of `network_view`; `view` is None
        where there is no such view or checkpoint.
    """
    try:
        asked = json.loads(message)
        name, step, revision = asked["ticket"], asked["moment"], asked["revision"]
        if type(step) is not int or type(revision) is not int or not 0 <= revision <= MAX_REVISION:
            raise ValueError
        moments = _views[name].asked(revision)
        network = session.at_moment(moments.run, step).model
    except (InputError, ValueError, KeyError, TypeError, RecursionError):
        return pack({"view": None})
    passed = None if moments.input is None else forward.run(network, moments.input)
    layers = passed.layers if passed else forward.layers(network)
    numbers = weights.numbers(network)
    learned = network_view.learned(moments.opened, layers, numbers)
    view = pack({**network_view.changing(passed, revision, numbers), **learned})
    return pack({"ticket": name, "moment": step, "revision": revision, "view": view})

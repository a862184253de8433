"""Numbers of a run so far, by step, as its page shows them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

COLUMNS: Final = ("loss", "accuracy", "lr", "seconds")
"""Numbers of each step: its batch's loss and accuracy, the learning rate, and seconds of training since the start."""

FIRST_ROOM: Final = 1024


@dataclass
class Curves:
    """Numbers of a range of steps, thinned out for a picture.

    Attributes:
        steps: number of each point's step, from 1; of the last one, where a point stands for several.
        columns: the points' values by the names of `COLUMNS`, float32, means where a point stands for several.
    """

    steps: NDArray[np.int32]
    columns: Mapping[str, NDArray[np.float32]]


@dataclass
class History:
    """Events of a run, added from one thread and read from others.

    Attributes:
        evaluations: of held-out and other digits, in order.
        checkpoints: steps that have one, rising.
        watch: the last `Watch` event.
        last: the last event of any kind but `step` and `watch`.
    """

    evaluations: list[Mapping[str, Any]] = field(default_factory=list)
    checkpoints: list[int] = field(default_factory=list)
    watch: Mapping[str, Any] | None = None
    last: Mapping[str, Any] | None = None
    _table: NDArray[np.float32] = field(default_factory=lambda: np.empty((FIRST_ROOM, len(COLUMNS)), np.float32))
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def steps(self) -> int:
        """Number of steps done."""
        return self._count

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in an event, as JSON gives it."""
        kind = event.get("event")
        with self._lock:
            if kind == "step":
                self._add_step(event)
                return
            if kind == "watch":
                self.watch = event
                return
            if kind == "evaluation":
                self.evaluations.append(event)
            elif kind == "checkpoint":
                self.checkpoints.append(event["step"])
            elif kind == "started":
                self._cut(event["step"])
            self.last = event

    def curves(self, after: int, most: int) -> Curves:
        """Numbers of the steps after a step.

        Args:
            after: last step that is not wanted; 0 for all.
            most: largest number of points; more steps are joined into means, equally many each.
        """
        with self._lock:
            table = self._table[after : self._count].copy()
        count = len(table)
        width = max(1, -(-count // most))
        starts = np.arange(0, count, width)
        sums = np.add.reduceat(table, starts) if count else table
        sizes = np.diff(np.append(starts, count))
        ends = after + starts + sizes
        means = (sums / np.maximum(sizes, 1)[:, None]).astype(np.float32)
        return Curves(ends.astype(np.int32), {name: means[:, i] for i, name in enumerate(COLUMNS)})

    def _add_step(self, event: Mapping[str, Any]) -> None:
        index = event["step"] - 1
        self._count = min(self._count, index)  # a resumed run repeats the steps since its last checkpoint
        if index >= len(self._table):
            room = np.empty((2 * index, len(COLUMNS)), np.float32)
            room[: len(self._table)] = self._table
            self._table = room
        self._table[index] = [float("nan" if event[name] is None else event[name]) for name in COLUMNS]
        self._count = index + 1

    def _cut(self, step: int) -> None:
        """Forget all that came after a step, from which the run goes on."""
        self._count = min(self._count, step)
        self.evaluations[:] = [one for one in self.evaluations if one["step"] <= step]
        self.checkpoints[:] = [one for one in self.checkpoints if one <= step]

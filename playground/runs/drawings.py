"""Drawings that a visitor has kept with their labels, in a file of strokes for each visitor."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lenet.digits import stroke_file
from lenet.digits.stroke_file import LabelledStrokes
from lenet.errors import InputError
from lenet.train import run_folder
from playground import owner
from playground.runs import server_runs

MOST: Final = 500
"""Largest number of drawings that a visitor can keep."""
HELD_OUT: Final = 4
MAX_BYTES: Final = 2 * 2**20
"""Largest size in bytes of a visitor's drawings as a file."""

_lock = threading.Lock()


def of_visitor() -> Drawings:
    """Kept drawings of the visitor whose page is running."""
    return Drawings(server_runs.root() / "drawings" / f"{owner.folder()}.jsonl")


def split(kept: Sequence[LabelledStrokes]) -> tuple[list[LabelledStrokes], list[LabelledStrokes]]:
    """Drawings to train on, and those that are held out to measure on: of each class every `HELD_OUT`-th.

    Which of the two a drawing belongs to never changes while others are added after it.
    """
    seen = Counter[int]()
    trained: list[LabelledStrokes] = []
    held_out: list[LabelledStrokes] = []
    for one in kept:
        seen[one.label] += 1
        (trained if seen[one.label] % HELD_OUT else held_out).append(one)
    return trained, held_out


def content(drawings: Sequence[LabelledStrokes]) -> bytes:
    """Content of the file of drawings that a run trains on."""
    return stroke_file.write(drawings).encode()


def digest(drawings: Sequence[LabelledStrokes]) -> str:
    """SHA-256 of that content, "" for no drawings."""
    return hashlib.sha256(content(drawings)).hexdigest() if drawings else ""


class Drawings:
    """Kept drawings of one visitor.

    Args:
        file: that holds them; made by the first drawing.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def all(self) -> list[LabelledStrokes]:
        """The drawings, in the order in which they were kept.

        Raises:
            InputError: the file is damaged.
        """
        try:
            data = self.file.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError("strokes-file", path=self.file.name, reason=error.strerror or error) from None
        return stroke_file.parse(data, self.file.name) if data.strip() else []

    def add(self, more: list[LabelledStrokes]) -> None:
        """Keep more drawings.

        Raises:
            InputError: there would be too many, or they can't be written.
        """
        with _lock:
            self._write([*self.all(), *more])

    def replace(self, drawings: list[LabelledStrokes]) -> None:
        """Keep these drawings instead of those that are kept.

        Raises:
            InputError: there are too many, or they can't be written.
        """
        with _lock:
            self._write(drawings)

    def _write(self, drawings: list[LabelledStrokes]) -> None:
        written = content(drawings)
        if len(drawings) > MOST or len(written) > MAX_BYTES:
            raise InputError("drawings-many", limit=MOST)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError("run-write", path=self.file.parent, reason=error.strerror or error) from None
        run_folder.write(self.file, written)

"""Drawings that a visitor has kept with their labels, in a file of strokes for each visitor."""

from __future__ import annotations

import threading
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
MAX_BYTES: Final = 2 * 2**20
"""Largest size in bytes of a visitor's drawings as a file."""

_lock = threading.Lock()


def of_visitor() -> Drawings:
    """Kept drawings of the visitor whose page is running."""
    return Drawings(server_runs.root() / "drawings" / f"{owner.folder()}.jsonl")


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
        content = stroke_file.write(drawings).encode()
        if len(drawings) > MOST or len(content) > MAX_BYTES:
            raise InputError("drawings-many", limit=MOST)
        run_folder.write(self.file, content)

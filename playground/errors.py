"""Error messages for the pages: those of the command line, without the names of the server's folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lenet.errors import InputError
from lenet.messages import MESSAGES

ROOT: Final = Path(__file__).parent.parent
PATHS: Final = ("path", "folder")
"""Names of message values that are always paths, even if given as text."""


def words(problem: InputError) -> str:
    """Message of an error, with project files as paths inside the project and other files as bare names."""
    shown = {name: _shown(Path(str(value)) if name in PATHS else value) for name, value in problem.values.items()}
    return MESSAGES[problem.key].format(**shown)


def _shown(value: object) -> object:
    if isinstance(value, OSError):
        return value.strerror or type(value).__name__
    if isinstance(value, Path):
        return value.relative_to(ROOT) if value.is_relative_to(ROOT) else value.name
    return value

"""Error messages as the pages show them: those of the command line, without the server's folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lenet.errors import InputError
from lenet.messages import MESSAGES

ROOT: Final = Path(__file__).parent.parent
PATHS: Final = ("path", "folder")
"""Values of messages that are paths, even if given as text."""


def words(problem: InputError) -> str:
    """The error's message, in which files of the project have the path inside it, and others no more than a name."""
    shown = {name: _shown(Path(str(value)) if name in PATHS else value) for name, value in problem.values.items()}
    return MESSAGES[problem.key].format(**shown)


def _shown(value: object) -> object:
    if isinstance(value, OSError):
        return value.strerror or type(value).__name__
    if isinstance(value, Path):
        return value.relative_to(ROOT) if value.is_relative_to(ROOT) else value.name
    return value

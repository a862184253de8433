"""Messages of `lenet` for the pages: in the visitor's language, without the names of the server's folders."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from lenet.errors import InputError
from lenet.messages import Message, render
from playground.number_words import Count
from playground.text import text

TEXT: Final = text("messages")
ROOT: Final = Path(__file__).parent.parent
PATHS: Final = ("path", "folder")
"""Names of message values that are always paths, even if given as text."""


def say(problem: InputError | Message) -> str:
    """Message in the visitor's language, with project files as paths inside the project, other files as bare names."""
    shown = {name: _shown(Path(str(value)) if name in PATHS else value) for name, value in problem.values.items()}
    return render(problem.key, shown, TEXT)


def _shown(value: object) -> object:
    if isinstance(value, InputError | Message):
        return say(value)
    if type(value) is int:
        return Count(value)
    if isinstance(value, OSError):
        return value.strerror or type(value).__name__
    if isinstance(value, Path):
        return value.relative_to(ROOT) if value.is_relative_to(ROOT) else value.name
    return value

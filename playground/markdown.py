"""Escaping of text from outside the catalogue, such as code in an error message, for Streamlit's Markdown."""

from __future__ import annotations

import re
from typing import Final

from lenet.errors import InputError
from lenet.messages import Message
from playground import errors

MARKS: Final = re.compile(r"([\\`*_\[\]<>~$]|:(?=\w))")


def literal(words: object) -> str:
    """Escape a text so that every character is shown literally: no emphasis, link or remote picture."""
    return MARKS.sub(r"\\\1", errors.say(words) if isinstance(words, InputError | Message) else str(words))

"""Words that aren't the catalogue's, such as code from an error, among texts that Streamlit reads as Markdown."""

from __future__ import annotations

import re
from typing import Final

from lenet.errors import InputError
from lenet.messages import Message
from playground import errors

MARKS: Final = re.compile(r"([\\`*_\[\]<>~$]|:(?=\w))")


def literal(words: object) -> str:
    """These words so that every character of them is seen as it is: no emphasis, no link, no picture from afar."""
    return MARKS.sub(r"\\\1", errors.say(words) if isinstance(words, InputError | Message) else str(words))

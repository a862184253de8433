"""Learning rate as a person types it, and as its field shows it."""

from __future__ import annotations

import re
from typing import Final

from lenet.record.query_text import read_rate

LONGEST: Final = 40
"""Characters of a learning rate."""
POINTS: Final = str.maketrans({",": ".", "，": ".", "．": ".", "٫": ".", "−": "-"})
"""Other ways to type the decimal point and the minus."""
THOUSANDS: Final = re.compile(r"[1-9]\d{0,2},\d{3}")


def read(typed: str) -> float | None:
    """Learning rate that a person has typed, with a decimal point or a decimal comma; None if it can't be read.

    A number such as 1,000 can't: it is 1 in one country and a thousand in another.
    """
    typed = typed.strip()
    if len(typed) > LONGEST or THOUSANDS.fullmatch(typed):
        return None
    return read_rate(typed.translate(POINTS))


def write(rate: float) -> str:
    """Shortest text from which `read` gets exactly this learning rate."""
    short = f"{rate:g}"
    return short if float(short) == rate else repr(rate)

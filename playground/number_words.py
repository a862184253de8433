"""Numbers as a reader sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from playground.text import text

TEXT: Final = text("number_words")
RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits, `−1.5` or `3·10⁻⁸`; NaN and infinity by their names."""
    if value is None:
        return TEXT["none"]
    if math.isnan(value):
        return TEXT["nan"]
    if math.isinf(value):
        return TEXT["infinity"] if value > 0 else "−" + TEXT["infinity"]
    value += 0.0  # −0.0 is 0 to a reader
    mantissa, e, exponent = f"{value:.{digits}g}".replace("-", "−").partition("e")
    return f"{mantissa}·{power(int(exponent.replace('−', '-')))}" if e else mantissa


def power(exponent: int) -> str:
    """A power of ten, such as `10⁻³`."""
    return "10" + str(exponent).translate(RAISED)


def shape(sizes: Sequence[int]) -> str:
    """A shape as PyTorch writes it, with × between the sizes; a scalar by its name."""
    return "×".join(map(str, sizes)) or TEXT["scalar"]

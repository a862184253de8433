"""Formatting of numbers, sizes and shapes for readers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from playground.text import text

TEXT: Final = text("number_words")
EXACT: Final = 17
"""Significant digits that distinguish any float64 from its neighbours."""
RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 4) -> str:
    """Format a number with `digits` significant digits, such as `−1.5` or `3·10⁻⁸`; NaN and infinity by name.

    Trailing zeros show that the number was rounded: 0.5 is `0.5`, 0.50001 is `0.5000`. Numbers from 0.0001 to 10⁶ are
    written without a power of ten and with all digits before the point. `formatNumber` in components/shared/numbers.js
    gives the same result; tests/numbers.json is the test of both.
    """
    if value is None:
        return TEXT["none"]
    if math.isnan(value):
        return TEXT["nan"]
    if math.isinf(value):
        return TEXT["infinity"] if value > 0 else "−" + TEXT["infinity"]
    if value == 0:
        return "0"
    sign, size = "−" if value < 0 else "", abs(float(value))
    exact = Decimal(size)
    plain = 1e-4 <= size < 1e6
    rounding = Context(prec=max(digits, exact.adjusted() + 1) if plain else digits, rounding=ROUND_HALF_UP)
    rounded = rounding.plus(exact)
    written = f"{rounded if plain else rounded.scaleb(-rounded.adjusted()):f}"
    if float(rounded) == size and "." in written:
        written = written.rstrip("0").rstrip(".")
    return f"{sign}{written}" if plain else f"{sign}{written}·{power(rounded.adjusted())}"


class Count(int):
    """A whole number in which `:,` writes the separator of thousands of the visitor's language."""

    def __format__(self, form: str) -> str:
        return super().__format__(form).replace(",", TEXT["thousands"])


def grouped(count: int) -> str:
    """A whole number with a separator between thousands, `60,000`."""
    return f"{Count(count):,}"


def distinct(values: Sequence[float], digits: int = 4) -> list[str]:
    """Format numbers with `digits` significant digits, or with more if different numbers would look the same."""
    while True:
        words = [number(value, digits) for value in values]
        if len(set(words)) >= len(set(map(str, values))) or digits >= EXACT:
            return words
        digits += 1


def ordinal(place: int) -> str:
    """Ordinal of a position counted from 1: `1st`, `2nd`, `11th`."""
    last = place % 10 if place // 10 % 10 != 1 else 0
    return TEXT.get(f"ordinal-{last}", TEXT["ordinal"]).format(number=place)


def power(exponent: int) -> str:
    """Format a power of ten, such as `10⁻³`."""
    return "10" + str(exponent).translate(RAISED)


def memory(count: int) -> str:
    """Format a number of bytes, such as `8,192 bytes`; from a million, also in megabytes (1 MB = 10⁶ bytes)."""
    exact = TEXT["bytes"].format(count=Count(count))
    return exact if count < 1_000_000 else TEXT["megabytes"].format(count=count / 1e6, exact=exact)


def shape(sizes: Sequence[int]) -> str:
    """Format a shape with × between the sizes; the empty shape as "scalar"."""
    return "×".join(map(str, sizes)) or TEXT["scalar"]

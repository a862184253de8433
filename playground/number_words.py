"""Numbers as a reader sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from playground.text import text

TEXT: Final = text("number_words")
EXACT: Final = 17
"""Significant digits that tell any float64 from its neighbours."""
RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 4) -> str:
    """A number with so many significant digits, `−1.5` or `3·10⁻⁸`; NaN and infinity by their names.

    Zeros at the end say that it was rounded: 0.5 is `0.5`, 0.50001 is `0.5000`. From 0.0001 to 10⁶ it has no power of
    ten, and all digits before the point. `formatNumber` in components/shared/numbers.js writes the same; both are
    tested with tests/numbers.json.
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
    """Numbers with so many significant digits, or with more where different ones would read the same."""
    while True:
        words = [number(value, digits) for value in values]
        if len(set(words)) >= len(set(map(str, values))) or digits >= EXACT:
            return words
        digits += 1


def ordinal(place: int) -> str:
    """A place in an order, counted from 1: `1st`, `2nd`, `11th`."""
    last = place % 10 if place // 10 % 10 != 1 else 0
    return TEXT.get(f"ordinal-{last}", TEXT["ordinal"]).format(number=place)


def power(exponent: int) -> str:
    """A power of ten, such as `10⁻³`."""
    return "10" + str(exponent).translate(RAISED)


def memory(count: int) -> str:
    """So many bytes, `8,192 bytes`; from a million on in megabytes as well (1 MB = 10⁶ bytes)."""
    exact = TEXT["bytes"].format(count=Count(count))
    return exact if count < 1_000_000 else TEXT["megabytes"].format(count=count / 1e6, exact=exact)


def shape(sizes: Sequence[int]) -> str:
    """A shape as PyTorch writes it, with × between the sizes; a scalar by its name."""
    return "×".join(map(str, sizes)) or TEXT["scalar"]

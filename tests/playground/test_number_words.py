"""Tests of the formatting of numbers."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.number_words import distinct, memory, number, ordinal, power

CASES = json.loads((Path(__file__).parents[1] / "numbers.json").read_text("utf-8"))


@pytest.mark.parametrize(("value", "digits", "written"), CASES)
def test_a_number_is_written_as_in_javascript(value: float | str, digits: int, written: str) -> None:
    assert number(float(value), digits) == written


def test_as_many_digits_as_asked_for() -> None:
    assert number(math.pi, 9) == "3.14159265"
    assert number(2.5e-10, 2) == "2.5·10⁻¹⁰"


def test_numbers_that_differ_read_differently() -> None:
    assert distinct([99.1234, 99.1301], 3) == ["99.12", "99.13"]
    assert distinct([99.1, 98.2], 3) == ["99.1", "98.2"]
    assert distinct([0.5, 0.5], 3) == ["0.5", "0.5"]
    assert distinct([math.nan, math.nan]) == ["NaN", "NaN"]
    assert len(set(distinct([1.0, math.nextafter(1, 2)]))) == 2


FINITE = st.floats(allow_nan=False, allow_infinity=False)
LOWERED = str.maketrans("−⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "--0123456789")


def exactly(written: str) -> str:
    """Python literal of a formatted number."""
    digits, _, power = written.partition("·10")
    return f"{digits}e{power or 0}".translate(LOWERED)


def read(written: str) -> float:
    """Value of a formatted number."""
    return float(exactly(written))


@given(FINITE, st.integers(1, 17))
@example(9.9999999, 4)
@example(5e-324, 17)
def test_a_number_is_rounded_and_no_more(value: float, digits: int) -> None:
    written = number(value, digits)
    exact, read_back = Decimal(value), Decimal(exactly(written))
    assert number(-value, digits).lstrip("−") == written.lstrip("−")
    digits = max(digits, exact.adjusted() + 1) if 1e-4 <= abs(value) < 1e6 else digits
    assert abs(read_back - exact) <= Decimal(5).scaleb(exact.adjusted() - digits)


@given(st.lists(st.floats(-1e300, 1e300), max_size=5), st.integers(1, 6))
@example([1.0, 1.0000000000000002], 3)
def test_different_numbers_never_read_the_same(values: list[float], digits: int) -> None:
    words = distinct(values, digits)
    assert len(set(words)) == len(set(values))
    assert [read(word) for word in words] == pytest.approx(values, rel=10.0 ** (1 - digits))


def test_a_power_of_ten() -> None:
    assert power(-12) == "10⁻¹²"


def test_a_place_in_an_order() -> None:
    wanted = {1: "1st", 2: "2nd", 3: "3rd", 7: "7th", 10: "10th", 11: "11th", 12: "12th", 13: "13th"}
    wanted |= {21: "21st", 22: "22nd", 43: "43rd", 101: "101st", 111: "111th", 112: "112th"}
    assert {place: ordinal(place) for place in wanted} == wanted


def test_bytes() -> None:
    assert memory(0) == "0 bytes"
    assert memory(294_972) == "294,972 bytes"
    assert memory(46_558_260) == "46.6 MB (46,558,260 bytes)"

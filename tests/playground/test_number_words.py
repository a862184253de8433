"""Numbers as they are written for people."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.number_words import distinct, memory, number, ordinal, power


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.83123, "0.8312"),
        (-12.4, "−12.4"),
        (3.1e-8, "3.1·10⁻⁸"),
        (-1e9, "−1·10⁹"),
        (0.0001, "0.0001"),
        (12345.6, "1.235·10⁴"),
        (0.0, "0"),
        (-0.0, "0"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_a_number(value: float, written: str) -> None:
    assert number(value) == written


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


def read(written: str) -> float:
    """A number from its words."""
    digits, _, power = written.partition("·10")
    return float(f"{digits}e{power or 0}".translate(LOWERED))


@given(FINITE, st.integers(1, 17))
@example(9.9999999, 4)
@example(5e-324, 17)
def test_a_number_is_rounded_and_no_more(value: float, digits: int) -> None:
    assert read(number(value, digits)) == float(f"{value:.{digits}g}")
    assert "--" not in number(value, digits).translate(LOWERED)


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

"""Tests of the learning rate as people type it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lenet.record.query_text import LAST_RATE
from playground.experiment import rate


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("0.5", 0.5),
        ("0,5", 0.5),
        (",5", 0.5),
        ("0,001", 0.001),
        ("1,5e-3", 0.0015),
        ("1e-3", 0.001),
        ("1E−3", 0.001),
        (" 0.01 ", 0.01),
        ("\u00a00.01\t", 0.01),
        ("0", 0),
        ("-0", 0),
        ("1.000", 1),
        ("10,00", 10),
        ("٠", 0),
        ("٠٫٥", 0.5),
        ("０．５", 0.5),
        ("1e12", 1e12),
    ],
)
def test_a_learning_rate_is_understood(typed: str, meant: float) -> None:
    assert rate.read(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "fast",
        "1,000",
        "12,500",
        "1,000.5",
        "1.000,5",
        "1,000,000",
        "0. 5",
        "-0,5",
        "−1",
        "nan",
        "inf",
        "1e13",
        "1e400",
        "10⁻³",
        "½",
        "0.5 0.1",
        "0." + "0" * 38 + "1",
        "0.5" + "\0",
    ],
)
def test_what_is_no_learning_rate_or_may_mean_two_is_refused(typed: str) -> None:
    assert rate.read(typed) is None


@given(st.floats(0, LAST_RATE))
@example(1e-5)
@example(0.1 + 0.2)
def test_what_the_field_shows_is_read_as_the_same_number(value: float) -> None:
    assert rate.read(rate.write(value)) == value


@pytest.mark.parametrize(
    ("value", "shown"), [(0.01, "0.01"), (0.0002, "0.0002"), (2e-5, "2e-05"), (1e9, "1e+09"), (0.1234567, "0.1234567")]
)
def test_the_field_shows_as_few_digits_as_there_are(value: float, shown: str) -> None:
    assert rate.write(value) == shown

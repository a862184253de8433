"""Tests of the sentences on an address's allowed values."""

from __future__ import annotations

import pytest

from lenet.record.experiment import CHOICES, ITERATION_NAMES, OLD_NAMES, RANGES, READERS
from playground.experiment import link


@pytest.mark.parametrize("name", [*ITERATION_NAMES, *OLD_NAMES, "network", "seed"])
def test_what_is_allowed_can_be_said(name: str) -> None:
    said = link.allowed(name)
    assert f"`{name}`" in said
    assert not {"{", "}"} & set(said)


def test_what_is_said_to_be_allowed_is() -> None:
    for name, choices in CHOICES.items():
        assert all(READERS[name](choice) == choice for choice in choices)
        assert all(choice in link.allowed(name) for choice in choices)
    for name, (low, high) in RANGES.items():
        read = READERS[name]
        assert [read(str(value)) for value in (low - 1, low, high, high + 1)] == [None, low, high, None]
        assert f"from {low} to {high}." in link.allowed(name)


@pytest.mark.parametrize(
    ("text", "stop"),
    [
        ("1", 1),
        ("0", 0),
        ("44", 44),
        ("-1", -1),
        ("--1", None),
        ("-", None),
        ("x", None),
        ("9" * 99, None),
        ("²", None),
    ],
)
def test_a_stop(text: str, stop: int | None) -> None:
    assert link.read_stop(text) == stop

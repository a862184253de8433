"""Photographs as people take them are read right by the shipped network."""

from __future__ import annotations

import pytest

from tests.lenet.digits.photographs import KINDS, make, make_several, read

pytestmark = pytest.mark.uncovered

SEEDS = range(100, 104)
"""Few, as each takes some tenths of a second; `python -m tests.lenet.digits.photographs` reads as many as asked."""


@pytest.mark.parametrize("kind", KINDS)
def test_photographs_are_read_right(kind: str) -> None:
    right = [read(data)[0] == [label] for data, label in (make(kind, seed) for seed in SEEDS)]
    assert sum(right) >= len(SEEDS) - 1


def test_each_of_several_digits_is_found() -> None:
    right = [read(data)[0] == labels for data, labels in map(make_several, SEEDS)]
    assert sum(right) >= len(SEEDS) - 1


def test_a_photograph_is_always_the_same() -> None:
    assert make("box", 3) == make("box", 3)
    assert make("box", 3) != make("box", 4)

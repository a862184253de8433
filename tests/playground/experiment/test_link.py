"""Tests that links to a stop of an iteration are written and read back, and that invalid parts are ignored."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.experiment import link
from playground.experiment.link import DEFAULTS


def test_settings_come_back() -> None:
    settings = DEFAULTS | {
        "input": "mnist",
        "digits": "3, 14",
        "label": 4,
        "loss": "mse",
        "target": "count",
        "optimizer": "SGD-Nesterov",
        "lr": 1e9,
        "zero_grad": "left-out",
        "taken": 7,
    }
    assert link.read(link.write(settings)) == (settings, ())
    assert link.write(DEFAULTS) == {}


def settings() -> st.SearchStrategy[dict[str, link.Setting]]:
    """Strategy for any settings that a page can have."""
    lists = st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=4)
    values: dict[str, st.SearchStrategy[link.Setting]] = {
        **{name: st.sampled_from(choices) for name, choices in link.CHOICES.items()},
        **{name: st.integers(*ends) for name, ends in link.RANGES.items()},
        "digits": lists.map(lambda numbers: ", ".join(map(str, numbers))),
        "lr": st.floats(0, link.LAST_RATE),
    }
    return st.fixed_dictionaries({name: values[name] for name in DEFAULTS})


@given(settings())
def test_any_settings_come_back(chosen: dict[str, link.Setting]) -> None:
    assert link.read(link.write(chosen)) == (chosen, ())


@given(st.integers(28, link.MAX_SIDE), st.binary(min_size=1, max_size=300))
def test_any_digit_comes_back(side: int, pixels: bytes) -> None:
    picture = np.resize(np.frombuffer(pixels, np.uint8), (side, side))
    back = link.unpack_picture(link.pack_picture(picture))
    assert back is not None
    assert np.array_equal(back, picture)


@pytest.mark.parametrize("rate", [0.0, 2e-4, 0.1 + 0.2, 1 / 3, 1e12])
def test_a_learning_rate_comes_back_as_it_was(rate: float) -> None:
    assert link.read(link.write(DEFAULTS | {"lr": rate}))[0]["lr"] == rate


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("input", "file"),
        ("digits", "1, x"),
        ("digits", "1 2 3 4 5 6 7 8 9"),
        ("digits", ""),
        ("digits", "9" * 1000),
        ("noise", "-1"),
        ("noise", "1e3"),
        ("noise", "٣"),
        ("label", "10"),
        ("loss", "CROSS"),
        ("target", "none"),
        ("optimizer", "__class__"),
        ("lr", "nan"),
        ("lr", "inf"),
        ("lr", "-0.1"),
        ("lr", "1e13"),
        ("lr", "fast"),
        ("zero_grad", "None"),
        ("taken", "0"),
        ("taken", "101"),
        ("taken", "9" * 5000),
    ],
)
def test_what_does_not_fit_is_left_out_and_named(name: str, value: str) -> None:
    assert link.read({name: value}) == (DEFAULTS, (name,))


@pytest.mark.parametrize("name", [*DEFAULTS, "digit", "network", "seed"])
def test_what_is_allowed_can_be_said(name: str) -> None:
    said = link.allowed(name)
    assert f"`{name}`" in said
    assert not {"{", "}"} & set(said)


def test_what_is_said_to_be_allowed_is() -> None:
    for name, choices in link.CHOICES.items():
        assert all(link.READERS[name](choice) == choice for choice in choices)
        assert all(choice in link.allowed(name) for choice in choices)
    for name, (low, high) in link.RANGES.items():
        read = link.READERS[name]
        assert [read(str(value)) for value in (low - 1, low, high, high + 1)] == [None, low, high, None]
        assert f"from {low} to {high}." in link.allowed(name)


def test_other_names_are_none_of_its_business() -> None:
    assert link.read({"network": "LeNet5", "utm": "x"}) == (DEFAULTS, ())


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


@pytest.mark.parametrize("side", [28, 32])
def test_a_digit_comes_back(side: int) -> None:
    picture = np.random.default_rng(side).integers(0, 256, (side, side)).astype(np.uint8)
    text = link.pack_picture(picture)
    back = link.unpack_picture(text)
    assert back is not None
    assert np.array_equal(back, picture)


def packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "AAAA",
        "x" * 100_000,
        packed(b"\0" * 100),  # too small
        packed(b"\0" * 1000),  # not a square
        packed(b"\0" * 65**2),  # too large
        packed(b"\0" * 50_000_000)[:3990],  # would unpack to 50 MB
        packed(b"\0" * 28**2)[:-8],  # cut off
    ],
)
def test_what_is_no_digit_is_left_out(text: str) -> None:
    assert link.unpack_picture(text) is None

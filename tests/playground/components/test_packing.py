"""Tests that packed values arrive in the browser as they were sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.components.packing import pack
from tests.playground.blocks import unpack


@pytest.mark.parametrize("blob", [b"", b"1", b"12345678", bytes(range(256)) * 9 + b"x"])
def test_pack_loses_nothing(blob: bytes) -> None:
    data = {"a": [1, None, "√"], "blob": blob, "other": b"abc", "b": {"c": 1.5}}
    assert unpack(pack(data)) == data


SAID_BY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.text(), st.binary(max_size=9) | SAID_BY_JSON, max_size=6))
def test_pack_loses_nothing_of_anything(data: dict[str, object]) -> None:
    assert unpack(pack(data)) == data


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_pack_refuses_what_json_cannot_say(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack({"a": number})

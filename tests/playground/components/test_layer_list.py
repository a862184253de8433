"""Tests of what the list of layers takes from the browser."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.networks.stack import MOST, Stack, row
from lenet.networks.stack_layers import TYPES
from playground.components.layer_list import Edit, read_edit


def message(*layers: Any, side: object = 28, **more: object) -> dict[str, Any]:
    return {"layers": [{"kind": kind, "values": values} for kind, values in layers], "side": side, **more}


def test_a_list_of_layers_is_read() -> None:
    sent = message(("conv", {"out_channels": 8, "kernel_size": [5, 3]}), ("dropout", {"p": 1}), ("flatten", {}), mend=2)
    expected = (row("conv", {"out_channels": 8, "kernel_size": (5, 3)}), row("dropout", {"p": 1.0}), row("flatten"))
    assert read_edit(sent) == Edit(Stack(expected, 28), 2)
    assert read_edit(message()) == Edit(Stack((), 28))
    assert read_edit(message(("relu", {}), mend=1)) == Edit(Stack((row("relu"),), 28))


@pytest.mark.parametrize(
    "sent",
    [
        {},
        message(side=30),
        {"layers": {"kind": "relu"}, "side": 28},
        {"layers": ["relu"], "side": 28},
        message(("pickle", {})),
        message(("conv", None)),
        message(("conv", {"out_channels": 0})),
        message(("conv", {"out_channels": 8.0})),
        message(("conv", {"out_channels": True})),
        message(("conv", {"out_channels": 10**9})),
        message(("conv", {"kernel_size": [5]})),
        message(("conv", {"kernel_size": [5, "5"]})),
        message(("conv", {"padding_mode": "odd"})),
        message(("conv", {"bias": 1})),
        message(("dropout", {"p": float("nan")})),
        message(*[("relu", {})] * (MOST + 1)),
    ],
)
def test_anything_else_is_refused(sent: dict[str, Any]) -> None:
    assert read_edit(sent) is None


NAMES = st.sampled_from(["kind", "values", "p", "stride"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.sampled_from(list(TYPES)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner),
    max_leaves=12,
)


@given(JSON)
def test_any_message_is_read_or_refused(layers: object) -> None:
    read_edit({"layers": layers, "side": 28})

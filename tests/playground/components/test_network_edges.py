"""Edges arrive in the browser as they were computed."""

from __future__ import annotations

import numpy as np

from lenet.explain.contribution_pairs import REASONS
from lenet.explain.contributions import Contributions, Edges
from playground.components.network_view.edges import NOTHING, packed
from playground.text import text

TEXT = text("network_view")


def test_edges_are_packed_one_pair_after_another() -> None:
    one = Edges("input", "conv1", np.array([0], np.int16), np.array([5], np.int16), np.array([-1.5], np.float32))
    other = Edges("pool2", "fc1", np.array([3, 1], ">i2"), np.array([300, 2], ">i2"), np.array([2, 1], ">f4"))  # type: ignore[arg-type]
    data = packed(Contributions((one, other), {"fc2": "weight"}), "forward")
    assert data["forward_edges"] == [["input", "conv1", 1], ["pool2", "fc1", 2]]
    values, units = data["forward_values"], data["forward_units"]
    assert isinstance(values, bytes)
    assert isinstance(units, bytes)
    assert np.frombuffer(values, "<f4").tolist() == [-1.5, 2, 1]
    assert np.frombuffer(units, "<i2").tolist() == [0, 3, 1, 5, 300, 2]
    assert data["forward_reasons"] == {"fc2": "weight"}
    nothing = {"back_edges": [], "back_values": b"", "back_units": b"", "back_reasons": {}}
    assert packed(NOTHING, "back") == nothing


def test_each_reason_for_a_layer_without_edges_is_a_sentence() -> None:
    for reason in REASONS:
        assert TEXT[f"no_edges_{reason}"]

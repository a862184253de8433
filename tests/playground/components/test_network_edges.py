"""Edges arrive in the browser as they were computed."""

from __future__ import annotations

import numpy as np

from lenet.explain.contributions import Edges
from playground.components.network_view.edges import packed


def test_edges_are_packed_one_pair_after_another() -> None:
    one = Edges("input", "conv1", np.array([0], np.int16), np.array([5], np.int16), np.array([-1.5], np.float32))
    other = Edges("pool2", "fc1", np.array([3, 1], ">i2"), np.array([300, 2], ">i2"), np.array([2, 1], ">f4"))  # type: ignore[arg-type]
    data = packed([one, other], "forward")
    assert data["forward_edges"] == [["input", "conv1", 1], ["pool2", "fc1", 2]]
    values, units = data["forward_values"], data["forward_units"]
    assert isinstance(values, bytes)
    assert isinstance(units, bytes)
    assert np.frombuffer(values, "<f4").tolist() == [-1.5, 2, 1]
    assert np.frombuffer(units, "<i2").tolist() == [0, 3, 1, 5, 300, 2]
    assert packed([], "back") == {"back_edges": [], "back_values": b"", "back_units": b""}

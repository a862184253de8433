"""The slider's checkpoint, as the browser sends it."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st

from playground.components.run_timeline import chosen_moment

STEPS = (0, 1, 2, 4)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ({"run": "a", "step": 2}, 2),
        ({"run": "a", "step": 2, "newest": False}, 2),
        ({"run": "a", "step": 2, "newest": True}, 4),
        ({"run": "a", "step": 2, "newest": "yes"}, 2),
        ({"run": "a", "step": 3}, None),
        ({"run": "b", "step": 2, "newest": True}, None),
        ({"run": "a", "step": True}, None),
        ({"run": "a"}, None),
        ("junk", None),
    ],
)
def test_a_slider_at_the_newest_checkpoint_follows_the_training(
    monkeypatch: pytest.MonkeyPatch, moment: Any, expected: int | None
) -> None:
    monkeypatch.setattr(st, "session_state", {"slider": {"moment": moment}})
    assert chosen_moment("slider", "a", STEPS) == expected

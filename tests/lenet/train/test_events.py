"""Every event survives its JSON, and nothing else is taken for one."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.errors import InputError
from lenet.train import events
from lenet.train.events import KINDS, Event, Kernels, LayerWatch

EXAMPLES: list[Event] = [
    events.Started(0, 0.0, 20, 10, 61_706),
    events.Step(1, 0.5, 1, 2.3, 0.004, 0.1, "ab12"),
    events.Evaluation(10, 5.0, "held-out", 60, 1.5, 0.75),
    events.Watch(
        3,
        1.5,
        256,
        (LayerWatch("conv1", 0.1, 0.01, 3.0, 0.5), LayerWatch("fc3", None, None, 2.0, None)),
        Kernels("conv1", (1, 1, 2, 2), (0.5, -0.25, 0.0, 1.0)),
        (0.1,) * 10,
    ),
    events.Watch(0, 0.0, 0, (), None, None),
    events.Checkpoint(8, 4.0, "checkpoints/00000008"),
    events.Epoch(10, 5.0, 1, 2.1),
    events.Paused(7, 3.5),
    events.Resumed(7, 3.5),
    events.Finished(20, 10.0, events.ALL_STEPS),
    events.Failed(7, 3.5, "training-diverged", {"at": 8, "layer": "fc3", "gradient_at": 8, "kept": 7}),
]


def through(event: Event) -> Event:
    return events.from_json(json.loads(json.dumps(event.to_json(), allow_nan=False)))


def test_there_is_an_example_of_every_kind() -> None:
    assert {one.kind for one in EXAMPLES} == KINDS.keys()


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.kind)
def test_it_comes_back(event: Event) -> None:
    assert through(event) == event
    assert event.to_json()["event"] == event.kind


@given(st.floats())
def test_any_loss_comes_back(loss: float) -> None:
    found = through(events.Epoch(1, 0.0, 1, loss))
    assert isinstance(found, events.Epoch)
    assert found.loss == loss or (math.isnan(found.loss) and math.isnan(loss))


@pytest.mark.parametrize(
    "content", [None, 3, "step", [], {}, {"event": "party"}, {"event": ["step"]}, {"event": "step"}]
)
def test_something_else_is_refused(content: object) -> None:
    with pytest.raises(InputError, match="not an event"):
        events.from_json(content)


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.kind)
@pytest.mark.parametrize("bad", [None, True, "junk", [], {}, [[]], -1.5j, 2**60, {"a": [1]}])
def test_a_value_of_another_type_is_refused(event: Event, bad: Any) -> None:
    for one in fields(event):
        content = event.to_json() | {one.name: bad}
        try:
            found = events.from_json(content)
        except InputError:
            continue
        assert found.to_json()[one.name] == bad  # one that it may have
    with pytest.raises(InputError):
        events.from_json(event.to_json() | {"more": 1})

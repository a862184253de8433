"""Settings of a training: their checks, their JSON and their address."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet.errors import InputError
from lenet.networks.models import MODELS
from lenet.record.experiment import FILE, RANDOM, SEEDS, SHIPPED, Weights
from lenet.record.optimizers import OPTIMIZERS
from lenet.train.presets import PRESETS
from lenet.train.schedule import SCHEDULES
from lenet.train.settings import RANGES, READERS, TRAINABLE, Training

SOURCES = st.one_of(
    st.builds(Weights, st.just(RANDOM), st.integers(0, SEEDS - 1)),
    st.just(Weights(SHIPPED)),
)
PAGE = st.builds(
    Training,
    network=st.sampled_from(list(MODELS)),
    weights=SOURCES,
    loss=st.sampled_from(TRAINABLE),
    optimizer=st.sampled_from(list(OPTIMIZERS)),
    lr=st.floats(0, 1e12),
    schedule=st.sampled_from(list(SCHEDULES)),
    weight_decay=st.none() | st.floats(0, 1),
    batch=st.integers(1, 4096),
    epochs=st.integers(1, 1000),
    digits=st.integers(1, 30_000),
    hold_out=st.integers(1, 30_000),
    augment=st.booleans(),
    handwriting=st.integers(1, 100_000),
    handwritten=st.integers(0, 4096),
    seed=st.integers(0, SEEDS - 1),
    max_steps=st.none() | st.integers(1, 10_000_000),
    stop_at=st.none() | st.floats(0, 1, exclude_min=True),
)
"""Settings that a page can have."""


@given(PAGE)
def test_json_gives_the_settings_back(settings: Training) -> None:
    assert Training.from_json(json.loads(json.dumps(settings.to_json()))) == settings


@given(PAGE)
def test_an_address_gives_the_settings_back(settings: Training) -> None:
    assert Training.from_query(settings.to_query()) == (settings, ())


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_come_back_too(name: str) -> None:
    settings = PRESETS[name]
    assert Training.from_json(json.loads(json.dumps(settings.to_json()))) == settings
    shown = replace(settings, smoothing=0.0, bfloat16=False)
    assert Training.from_query(settings.to_query()) == (shown, ())


@given(st.dictionaries(st.sampled_from(list(READERS)) | st.text(max_size=8), st.text(max_size=20)))
def test_any_address_gives_settings(query: dict[str, str]) -> None:
    settings, refused = Training.from_query(query)
    assert set(refused) <= query.keys() & READERS.keys()
    assert Training.from_query(settings.to_query()) == (settings, ())


def test_an_address_has_no_file_no_drawings_and_no_recipe() -> None:
    settings = Training(weights=Weights(FILE, file="/home/me/secret"), drawings="0" * 64, own=4, smoothing=0.1)
    assert settings.to_query() == {}


def test_values_of_an_address_that_do_not_go_together_are_refused_one_by_one() -> None:
    query = {"hold_out": "0", "stop_at": "0.9", "handwritten": "4", "lr": "0.1"}
    assert Training.from_query(query) == (Training(hold_out=0, lr=0.1), ("handwritten", "stop_at"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([one.name for one in fields(Training)]), JSON)
def test_json_with_another_value_is_refused_or_read_as_it_is(name: str, value: Any) -> None:
    content = Training().to_json() | {name: value}
    try:
        found = Training.from_json(content)
    except InputError:
        return
    assert found.to_json()[name] == value


@pytest.mark.parametrize("content", [None, 3, [], {}, {"lr": 1}, Training().to_json() | {"speed": 1}])
def test_other_json_is_refused(content: object) -> None:
    with pytest.raises(InputError, match="doesn't know"):
        Training.from_json(content)


@pytest.mark.parametrize("missing", [one.name for one in fields(Training)])
def test_no_setting_may_be_missing(missing: str) -> None:
    with pytest.raises(InputError):
        Training.from_json({name: value for name, value in Training().to_json().items() if name != missing})


BAD: list[tuple[str, object]] = [
    *((name, low - 1) for name, (low, _) in RANGES.items()),
    *((name, high + 1) for name, (_, high) in RANGES.items()),
    *((name, 1.5) for name in RANGES),
    *((name, True) for name in RANGES),
    *((name, value) for name in ("lr", "weight_decay", "smoothing") for value in (-0.1, float("nan"), float("inf"))),
    *(("lr", value) for value in (1e13, "1", None, True)),
    *(("stop_at", value) for value in (0, 1.1, float("nan"))),
    *(("weight_decay", 1.1), ("smoothing", 1.0), ("augment", 1), ("bfloat16", None), ("device", 3), ("drawings", None)),
    *((name, "junk") for name in ("network", "loss", "optimizer", "schedule")),
    ("loss", "none"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_value_out_of_range_is_refused_and_its_setting_named(name: str, value: Any) -> None:
    with pytest.raises(InputError, match=name):
        replace(Training(), **{name: value})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"digits": 58_000}, "58000 training digits and 5000 held-out ones"),
        ({"hold_out": 0, "stop_at": 0.9}, "hold out some digits"),
        ({"handwritten": 8}, "have some drawn first"),
        ({"own": 8}, "no drawings of your own"),
    ],
)
def test_values_that_do_not_go_together_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        Training(**values)


def test_steps_are_counted() -> None:
    settings = Training(digits=100, batch=16, epochs=3)
    assert (settings.per_epoch, settings.scheduled, settings.steps) == (7, 21, 21)
    shorter = replace(settings, max_steps=5)
    assert (shorter.scheduled, shorter.steps) == (21, 5)
    assert [shorter.rate(step) for step in range(1, 6)] == [settings.rate(step) for step in range(1, 6)]
    assert replace(settings, max_steps=50).steps == 21

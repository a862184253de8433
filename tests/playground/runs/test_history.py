"""Tests of a run's history: curves, thinning, and what a resumed run replaces."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lenet.train.events import Checkpoint, Evaluation, Started, Step
from playground.runs.history import History


def filled(count: int) -> History:
    history = History()
    history.add(Started(0, 0.0, count, count, 1).to_json())
    for step in range(1, count + 1):
        history.add(Step(step, step / 10, 1, 1 / step, 0.1, 0.5).to_json())
    return history


def test_curves_have_each_step() -> None:
    curves = filled(3_000).curves(0, 5_000)
    assert curves.steps.tolist() == list(range(1, 3_001))
    assert np.allclose(curves.columns["loss"], 1 / np.arange(1, 3_001))
    assert {values.dtype for values in curves.columns.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(("count", "most"), [(10, 3), (1_001, 100), (7, 7), (1, 1)])
def test_many_steps_are_joined_to_means(count: int, most: int) -> None:
    curves = filled(count).curves(0, most)
    width = math.ceil(count / most)
    loss = [1 / step for step in range(1, count + 1)]
    groups = [loss[start : start + width] for start in range(0, count, width)]
    assert len(curves.steps) <= most
    assert curves.steps[-1] == count
    assert np.allclose(curves.columns["loss"], [sum(group) / len(group) for group in groups])


def test_only_newer_steps_are_given() -> None:
    history = filled(10)
    assert history.curves(7, 100).steps.tolist() == [8, 9, 10]
    assert history.curves(10, 100).steps.tolist() == []


def test_a_resumed_run_replaces_what_came_after_its_checkpoint() -> None:
    history = filled(10)
    history.add(Checkpoint(4, 0.4, "a").to_json())
    history.add(Checkpoint(8, 0.8, "b").to_json())
    history.add(Evaluation(8, 0.8, "held-out", 10, 1.0, 0.5).to_json())
    history.add(Started(4, 0.4, 10, 10, 1).to_json())
    assert (history.steps, history.checkpoints, history.evaluations) == (4, [4], [])
    history.add(Step(5, 0.5, 1, 9.0, 0.1, 0.5).to_json())
    assert history.curves(4, 10).columns["loss"].tolist() == [9.0]


def test_numbers_that_are_not_finite_stay_so() -> None:
    history = History()
    history.add(Step(1, 0.1, 1, math.inf, 0.1, 0.0).to_json())
    history.add(Step(2, 0.1, 1, math.nan, 0.1, 0.0).to_json())
    assert history.curves(0, 10).columns["loss"][0] == math.inf
    assert np.isnan(history.curves(0, 10).columns["loss"][1])

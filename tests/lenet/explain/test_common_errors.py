"""Tests of the common errors: what PyTorch says of each script, run by itself, and that the mended one runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lenet.explain import common_errors
from lenet.explain.common_errors import ERRORS, Outcome
from tests.lenet.run_script import run_all, run_to_errors

SILENT = ("no-zero-grad", "frozen")


def ran(key: str, mended: bool = False) -> Outcome:
    return common_errors.run(key, ERRORS[key].inputs, mended=mended)


def grad(outcome: Outcome, name: str) -> np.ndarray:
    (found,) = [variable for variable in outcome.variables if variable.name == name]
    assert found.grad is not None
    assert found.grad.array is not None
    return found.grad.array


def test_each_script_raises_the_message_and_prints_the_numbers(tmp_path: Path) -> None:
    outcomes = [ran(key) for key in ERRORS]
    for key, outcome, said in zip(
        ERRORS, outcomes, run_to_errors([one.script for one in outcomes], tmp_path), strict=True
    ):
        assert (outcome.error is None) == (key in SILENT)
        message = outcome.error.message if outcome.error else ""
        assert said.endswith(message)
        printed = said.removesuffix(message)
        assert printed.split() == " ".join(value for _, value in outcome.printed).split(), key


def test_each_mended_script_prints_its_numbers(tmp_path: Path) -> None:
    outcomes = [ran(key, mended=True) for key in ERRORS]
    for outcome, lines in zip(outcomes, run_all([one.script for one in outcomes], tmp_path), strict=True):
        assert outcome.error is None
        assert not outcome.warnings
        assert " ".join(lines).split() == " ".join(value for _, value in outcome.printed).split()


@pytest.mark.parametrize("key", [key for key in ERRORS if key not in SILENT])
def test_the_line_is_the_one_that_raised(key: str) -> None:
    outcome = ran(key)
    assert outcome.error is not None
    assert outcome.error.line in outcome.script.splitlines()[outcome.error.number - 1]


@pytest.mark.parametrize("key", ERRORS)
def test_the_change_makes_one_script_of_the_other(key: str) -> None:
    broken, mended = ran(key), ran(key, mended=True)
    assert broken.change == mended.change
    old, new = broken.script.splitlines(), mended.script.splitlines()
    assert {line[2:] for line in broken.change if line.startswith("+ ")} >= set(new) - set(old)
    assert {line[2:] for line in broken.change if line.startswith("- ")} >= set(old) - set(new)
    assert 1 <= len(broken.change) <= 3


def test_gradients_pile_up_without_zero_grad() -> None:
    right, found = (
        [np.array(eval(value, {"tensor": np.array})) for asked, value in ran("no-zero-grad").printed if place in asked]
        for place in ("2 *", "w.grad")
    )
    np.testing.assert_allclose(found[2], right[0] + right[1] + right[2], rtol=1e-4)


def test_a_frozen_layer_does_not_change() -> None:
    broken, mended = dict(ran("frozen").printed), dict(ran("frozen", mended=True).printed)
    change = next(asked for asked in broken if asked.startswith("(hidden"))
    assert (broken["hidden.weight.grad"], broken[change]) == ("None", "0.0")
    assert float(mended[change]) > 0


def test_the_graph_is_shown_as_far_as_backward_came() -> None:
    graph = ran("in-place").graph
    assert graph is not None
    orders = {node.title: node.order for node in graph.nodes}
    assert orders["AddBackward0"] is not None
    assert orders["SigmoidBackward0"] is None
    assert ran("detach").graph is None


def test_labels_that_broadcast_are_warned_about() -> None:
    (message,) = ran("long-labels").warnings
    assert "broadcasting" in message


def test_numbers_of_any_size_are_survived() -> None:
    for key, error in ERRORS.items():
        for number in (0.0, 1e6, -1e6):
            inputs = {name: np.full_like(np.array(start), number).tolist() for name, start in error.inputs.items()}
            for mended in (False, True):
                assert (common_errors.run(key, inputs, mended=mended).error is None) == (mended or key in SILENT)


@pytest.mark.parametrize(
    ("key", "mended", "name", "changes"),
    [
        ("in-place", False, "y", 1),
        ("in-place", True, "y", 0),
        ("leaf", False, "w", 0),
        ("leaf", True, "w", 1),
        ("no-zero-grad", False, "w", 3),
    ],
)
def test_changes_in_place_are_counted(key: str, mended: bool, name: str, changes: int) -> None:
    (found,) = [variable for variable in ran(key, mended).variables if variable.name == name]
    assert found.changes == changes

"""The autograd review: what the notes print, what calculus says, and scripts that print the same."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.explain import exercises
from lenet.record.arrays import Values
from tests.lenet.run_script import run_all

ONES = ((1.0, 1.0), (1.0, 1.0))
OTHER = ((1.0, -2.0), (0.5, 3.0))


def numbers(values: Values | None) -> NDArray[np.generic]:
    assert values is not None
    assert values.array is not None
    return values.array


def printed(item: object) -> list[str]:
    return str(torch.tensor(item.array) if isinstance(item, Values) else item).split("\n")


def test_one_backward_gives_the_notes_4_5() -> None:
    result = exercises.run("mean", {"x": ONES})
    np.testing.assert_array_equal(numbers(result["x"].grad), np.full((2, 2), 4.5, np.float32))
    assert numbers(result["out"].value) == 27
    assert [variable.grad_fn for variable in result.variables] == [
        *(None, "AddBackward0", "MulBackward0", "MeanBackward0")
    ]
    assert result.graph.expression(4) == "out.grad_fn" + ".next_functions[0][0]" * 4
    assert [node.source and node.source.text for node in result.graph.nodes[:4]] == [
        *("z.mean()", "y * y * 3", "y * y", "x + 2")
    ]


@pytest.mark.parametrize("times", [1, 2, 5])
def test_gradients_add_up(times: int) -> None:
    result = exercises.run("mean", {"x": ONES}, times=times)
    totals = [numbers(grad)[0, 0] for grad in result.arrays]
    assert totals == [4.5 * (count + 1) for count in range(times)]
    arrived = result.graph.nodes[-1].arrived[0]
    np.testing.assert_array_equal(
        numbers(arrived), np.full((2, 2), 4.5, np.float32)
    )  # one backward's, whatever the sum


def test_clearing_keeps_them_from_adding_up() -> None:
    result = exercises.run("mean", {"x": OTHER}, times=3, clear=True)
    np.testing.assert_array_equal(numbers(result["x"].grad), numbers(result.arrays[-1]))
    for grad in result.arrays:
        np.testing.assert_allclose(numbers(grad), 1.5 * (np.array(OTHER) + 2), rtol=1e-6)
    np.testing.assert_allclose(numbers(result.measured["derivative"]), 1.5 * (np.array(OTHER) + 2), rtol=1e-6)
    assert "retain_graph=True" in result.refusal


def test_requires_grad_in_place() -> None:
    result = exercises.run("in-place", {"a": OTHER})
    assert result.printed[:3] == (False, True, "SumBackward0")
    assert result["b"].grad_fn == "SumBackward0"
    a = result["a"]
    assert a.is_leaf
    start = np.array(OTHER, np.float32)
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(numbers(a.value), start * 3 / (start - 1))  # infinite where a is 1
    np.testing.assert_array_equal(numbers(a.grad), 2 * numbers(a.value))


@pytest.mark.parametrize("seed", range(6))
def test_the_doubling_loop_is_a_vector_jacobian_product(seed: int) -> None:
    x, v = exercises.draw(3, seed), (0.1, 1.0, 0.0001)
    result = exercises.run("jacobian", {"x": x, "v": v})
    times = len(result.graph.nodes) - 1
    assert result.measured["norm"] >= exercises.FAR > result.measured["norm"] / 2
    factor = 2.0**times
    np.testing.assert_array_equal(numbers(result["y"].value), np.array(x, np.float32) * np.float32(factor))
    jacobian = torch.autograd.functional.jacobian(lambda tensor: tensor * factor, torch.tensor(x))
    np.testing.assert_array_equal(numbers(result.arrays[1]), jacobian)
    np.testing.assert_array_equal(numbers(result["x"].grad), numbers(result.arrays[2]))
    np.testing.assert_array_equal(numbers(result["x"].grad), np.array(v, np.float32) * np.float32(factor))
    assert "scalar" in result.refusal
    assert [node.title for node in result.graph.nodes] == ["MulBackward0"] * times + ["AccumulateGrad"]


def test_doubling_nothing_is_said_to_lead_nowhere() -> None:
    for x in ((0.0, 0.0, 0.0), (1e-30, 0.0, 0.0)):
        with pytest.raises(InputError) as problem:
            exercises.run("jacobian", {"x": x, "v": (1.0, 1.0, 1.0)})
        assert problem.value.key == "review-doubling"
    assert len(exercises.run("jacobian", {"x": (1e30, 0.0, 0.0), "v": (1.0, 1.0, 1.0)}).graph.nodes) == 2


def test_no_grad_and_detach() -> None:
    result = exercises.run("detach", {"x": (1.0, -2.0, 3.0)})
    assert result.printed[:6] == (True, False, True, False, True, True)
    np.testing.assert_array_equal(numbers(result["x"].grad), numbers(result["y"].value))  # and not 2·x
    assert result["y"].grad is None


@pytest.mark.parametrize("retain", [False, True])
def test_a_tensor_in_the_middle_keeps_its_gradient_only_when_asked(retain: bool) -> None:
    result = exercises.run("middle", {"x": OTHER}, retain=retain)
    assert (result["y"].grad is not None) == retain
    if retain:
        np.testing.assert_array_equal(numbers(result["y"].grad), numbers(result["x"].grad))  # y = x + 2


def test_draws_are_those_of_the_seed() -> None:
    assert exercises.draw(4, 3) == exercises.draw(4, 3) != exercises.draw(4, 4)


def test_each_script_prints_what_the_page_shows(tmp_path: Path) -> None:
    results = [
        exercises.run("mean", {"x": OTHER}, times=3),
        exercises.run("mean", {"x": OTHER}, times=2, clear=True),
        exercises.run("in-place", {"a": OTHER}),
        exercises.run("detach", {"x": (1.0, 2.5)}),
        exercises.run("jacobian", {"x": exercises.draw(3, 1), "v": (0.1, 1.0, 0.0001)}),
        exercises.run("middle", {"x": OTHER}, retain=True),
        exercises.run("middle", {"x": OTHER}),
    ]
    found = run_all([result.script for result in results], tmp_path)
    for lines, result in zip(found, results, strict=True):
        expected = [line for item in result.printed for line in printed(item)]
        assert " ".join(lines).split() == " ".join(expected).split()  # a print may have several items


def test_numbers_of_any_size_are_survived() -> None:
    choice = random.Random(0)
    for _ in range(20):
        x = [[choice.choice([0.0, 1.0, -1e30, 1e38, 1e-40]) for _ in range(2)] for _ in range(2)]
        assert exercises.run("mean", {"x": x}, times=2).arrays
        assert exercises.run("in-place", {"a": x}).printed[1]
        assert exercises.run("middle", {"x": x})["x"].grad

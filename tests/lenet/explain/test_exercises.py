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
from lenet.explain.exercises import Result
from lenet.record.arrays import Values
from tests.lenet.run_script import run_all

ONES = ((1.0, 1.0), (1.0, 1.0))
OTHER = ((1.0, -2.0), (0.5, 3.0))


def numbers(values: Values | None) -> NDArray[np.generic]:
    assert values is not None
    assert values.array is not None
    return values.array


def printed(values: Values | None) -> list[str]:
    return str(values and torch.tensor(values.array)).split("\n")


def test_one_backward_gives_the_notes_4_5() -> None:
    result = exercises.mean(ONES)
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
    result = exercises.mean(ONES, times)
    totals = [numbers(grad)[0, 0] for grad in result.grads]
    assert totals == [4.5 * (count + 1) for count in range(times)]
    arrived = result.graph.nodes[-1].arrived[0]
    np.testing.assert_array_equal(
        numbers(arrived), np.full((2, 2), 4.5, np.float32)
    )  # one backward's, whatever the sum


def test_clearing_keeps_them_from_adding_up() -> None:
    result = exercises.mean(OTHER, 3, clear=True)
    for grad in result.grads:
        np.testing.assert_allclose(numbers(grad), 1.5 * (np.array(OTHER) + 2), rtol=1e-6)
    np.testing.assert_allclose(numbers(result.derivative), 1.5 * (np.array(OTHER) + 2), rtol=1e-6)
    assert "retain_graph=True" in result.freed


def test_requires_grad_in_place() -> None:
    result = exercises.in_place(OTHER)
    assert (result.before, result.after) == (False, True)
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
    result = exercises.doubling(x, v)
    assert result.norms[-1] >= exercises.FAR
    assert all(norm < exercises.FAR for norm in result.norms[:-1])
    factor = 2.0 ** (result.rounds + 1)
    np.testing.assert_array_equal(numbers(result["y"].value), np.array(x, np.float32) * np.float32(factor))
    jacobian = torch.autograd.functional.jacobian(lambda tensor: tensor * factor, torch.tensor(x))
    np.testing.assert_array_equal(numbers(result.jacobian), jacobian)
    np.testing.assert_array_equal(numbers(result["x"].grad), numbers(result.product))
    np.testing.assert_array_equal(numbers(result["x"].grad), np.array(v, np.float32) * np.float32(factor))
    assert "scalar" in result.refusal
    assert [node.title for node in result.graph.nodes] == ["MulBackward0"] * (result.rounds + 1) + ["AccumulateGrad"]


def test_doubling_nothing_is_said_to_lead_nowhere() -> None:
    for x in ((0.0, 0.0, 0.0), (1e-30, 0.0, 0.0)):
        with pytest.raises(InputError) as problem:
            exercises.doubling(x, (1.0, 1.0, 1.0))
        assert problem.value.key == "review-doubling"
    assert exercises.doubling((1e30, 0.0, 0.0), (1.0, 1.0, 1.0)).rounds == 0


def test_no_grad_and_detach() -> None:
    result = exercises.detach((1.0, -2.0, 3.0))
    assert (result.squared, result.untracked, result.evaluated, result.detached) == (True, False, True, False)
    assert result.equal
    assert result.shared
    np.testing.assert_array_equal(numbers(result["x"].grad), numbers(result["y"].value))  # and not 2·x
    assert result["y"].grad is None


@pytest.mark.parametrize("retain", [False, True])
def test_a_tensor_in_the_middle_keeps_its_gradient_only_when_asked(retain: bool) -> None:
    result = exercises.non_leaf(OTHER, retain=retain)
    assert (result["y"].grad is not None) == retain
    if retain:
        np.testing.assert_array_equal(numbers(result["y"].grad), numbers(result["x"].grad))  # y = x + 2


def test_draws_are_those_of_the_seed() -> None:
    assert exercises.draw(4, 3) == exercises.draw(4, 3) != exercises.draw(4, 4)


def test_each_script_prints_what_the_page_shows(tmp_path: Path) -> None:
    mean, clear = exercises.mean(OTHER, 3), exercises.mean(OTHER, 2, clear=True)
    placed, off = exercises.in_place(OTHER), exercises.detach((1.0, 2.5))
    doubled = exercises.doubling(exercises.draw(3, 1), (0.1, 1.0, 0.0001))
    middle = exercises.non_leaf(OTHER, retain=True)
    flags = [off.squared, off.untracked, off.evaluated, off.detached, off.equal, off.shared]
    expected: list[tuple[Result, list[str], tuple[Values | None, ...]]] = [
        (mean, ["None"], mean.grads),
        (clear, ["None"], clear.grads),
        (placed, ["False", "True", "SumBackward0"], (placed["a"].grad,)),
        (doubled, [], (doubled["y"].value, doubled.jacobian, doubled.product, doubled["x"].grad)),
        (off, list(map(str, flags)), (off["x"].grad,)),
        (middle, ["True False"], (middle["x"].grad, middle["y"].grad)),
    ]
    found = run_all([result.script for result, _, _ in expected], tmp_path)
    for lines, (_, words, shown) in zip(found, expected, strict=True):
        assert lines == [*words, *(line for values in shown for line in printed(values))]


def test_numbers_of_any_size_are_survived() -> None:
    choice = random.Random(0)
    for _ in range(20):
        x = [[choice.choice([0.0, 1.0, -1e30, 1e38, 1e-40]) for _ in range(2)] for _ in range(2)]
        assert exercises.mean(x, 2).grads
        assert exercises.in_place(x).after
        assert exercises.non_leaf(x)["x"].grad

"""Tests of the networks with a common error: what PyTorch says of each, run by itself, and the change that mends it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from lenet.networks import stack, stack_shapes, stack_source
from lenet.networks.stack import Stack
from lenet.networks.stack_errors import ERRORS, double_softmax, key_of
from tests.lenet.run_script import run_to_errors


def layers(key: str) -> Stack:
    found = stack.read(ERRORS[key])
    assert found is not None
    assert key_of(found) == key
    return found


def problems(one: Stack) -> list[stack_shapes.Problem]:
    return [problem for row in stack_shapes.check(one) for problem in (row.problem, row.advice) if problem]


def test_each_message_is_what_the_plain_program_raises(tmp_path: Path) -> None:
    wrong = [key for key in ERRORS if not stack_shapes.fits(layers(key))]
    assert wrong == ["flatten", "channels", "kernel"]
    # The page sends one digit, as the row's message says.
    scripts = [stack_source.script(layers(key)).replace("torch.rand(2", "torch.rand(1") for key in wrong]
    for key, raised in zip(wrong, run_to_errors(scripts, tmp_path), strict=True):
        (problem,) = problems(layers(key))
        assert problem.said
        assert raised.endswith(problem.said), key


@pytest.mark.parametrize("key", ERRORS)
def test_each_is_mended_by_one_change(key: str) -> None:
    (problem,) = problems(layers(key))
    assert problem.mended is not None
    assert stack_shapes.fits(problem.mended)
    assert not problems(problem.mended)
    assert stack_shapes.build(problem.mended)(torch.rand(2, 1, 32, 32)).shape == (2, 10)


def test_a_softmax_before_cross_entropy_is_measured() -> None:
    measured = double_softmax()
    assert measured.lowest == pytest.approx(math.log(math.e + 9) - 1)
    model = torch.nn.Sequential(torch.nn.Softmax(1))
    logits = torch.zeros(1, 10)
    logits[0, 1] = 10
    logits.requires_grad_()
    F.cross_entropy(model(logits), torch.tensor([0])).backward()
    assert logits.grad is not None
    assert measured.gradient == pytest.approx(logits.grad.norm().item())
    assert measured.plain > 1000 * measured.gradient


def test_a_softmax_within_a_network_is_not_advised_against() -> None:
    inner = stack.read("stack-28~flatten~linear~softmax~linear")
    assert inner is not None
    assert not problems(inner)

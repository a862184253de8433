"""The losses and targets of the notes, and how a loss comes about."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.record.losses import LOSSES, TARGETS, explain, loss_of, make_target

OUT = torch.randn(3, 10, generator=torch.Generator().manual_seed(0))
LABELS = np.array([7, 0, 9])


def test_targets() -> None:
    assert make_target("cross_entropy", "label", 0, LABELS, OUT).tolist() == [7, 0, 9]
    one_hot = make_target("mse", "label", 0, LABELS, OUT)
    assert torch.equal(one_hot, torch.eye(10)[[7, 0, 9]])
    assert one_hot.dtype == OUT.dtype
    count = make_target("mse", "count", 0, None, OUT)
    assert count.tolist() == [list(range(1, 11))] * 3
    classes = make_target("cross_entropy", "random", 3, None, OUT)
    assert classes.dtype == torch.int64
    assert classes.shape == (3,)
    assert torch.equal(make_target("mse", "random", 3, None, OUT), make_target("none", "random", 3, None, OUT))
    assert make_target("mse", "random", 0, None, OUT.double()).dtype == torch.float64


def test_random_targets_are_repeatable_and_leave_the_process_alone() -> None:
    state = torch.get_rng_state()
    for loss in LOSSES:
        first, again, other = (make_target(loss, "random", seed, None, OUT.repeat(9, 1)) for seed in (1, 1, 2))
        assert torch.equal(first, again)
        assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("loss", "target"), [(loss, target) for loss in LOSSES for target in TARGETS[loss]])
def test_a_loss_is_pytorchs_and_its_parts_add_up_to_it(loss: str, target: str) -> None:
    made = make_target(loss, target, 5, LABELS, OUT)
    value = loss_of(loss, OUT, made)
    expected = {
        "cross_entropy": lambda: F.cross_entropy(OUT, made),
        "mse": lambda: ((OUT - made) ** 2).mean(),
        "none": lambda: (OUT * made).sum(),
    }[loss]()
    assert value.item() == pytest.approx(expected.item())
    parts = explain(loss, OUT.numpy(), made.numpy())
    assert parts.value == pytest.approx(value.item(), rel=1e-5)
    terms = parts.steps["terms"]
    assert terms.dtype == np.float64
    assert parts.value == pytest.approx(terms.sum() if loss == "none" else terms.mean())
    if loss == "cross_entropy":
        probabilities = torch.softmax(OUT.double(), 1).numpy()
        np.testing.assert_allclose(parts.steps["probabilities"], probabilities, rtol=1e-12)
        np.testing.assert_allclose(parts.steps["log_probabilities"], np.log(probabilities), rtol=1e-12)
        np.testing.assert_allclose(terms, -np.log(probabilities[range(3), made]), rtol=1e-12)


def test_without_a_loss_the_gradient_at_the_output_is_what_is_put_in() -> None:
    out = OUT.clone().requires_grad_()
    gradient = make_target("none", "random", 1, None, out)
    (found,) = torch.autograd.grad(loss_of("none", out, gradient), out)
    assert torch.equal(found, gradient)


def test_huge_numbers_do_not_break_an_explanation() -> None:
    out = np.array([[1e30, -1e30, 0.0], [np.inf, 0.0, 0.0], [np.nan, 0.0, 0.0]])
    assert explain("cross_entropy", out[:1], np.array([0])).value == 0
    assert explain("cross_entropy", out[:1], np.array([1])).value == 2e30
    for row in (out[1:2], out[2:]):
        assert np.isnan(explain("cross_entropy", row, np.array([0])).value)
        assert not np.isfinite(explain("mse", row, np.zeros((1, 3))).value)


def test_what_does_not_exist_or_fit() -> None:
    for arguments, words in (
        (("hinge", "label", 0, LABELS, OUT), "no loss named 'hinge'"),
        (("mse", "twelve", 0, LABELS, OUT), "can't have the target 'twelve'"),
        (("cross_entropy", "count", 0, LABELS, OUT), "can't have the target 'count'"),
        (("none", "label", 0, LABELS, OUT), "can't have the target 'label'"),
        (("mse", "label", 0, None, OUT), "Say which digit it is"),
        (("mse", "label", 0, np.array([1, 2]), OUT), "there must be 3, each from 0 to 9"),
        (("mse", "label", 0, np.array([1, 2, 10]), OUT), "there must be 3, each from 0 to 9"),
        (("mse", "label", 0, np.array([1, 2, -1]), OUT), "there must be 3, each from 0 to 9"),
    ):
        with pytest.raises(InputError, match=words):
            make_target(*arguments)

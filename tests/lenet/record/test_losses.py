"""Each loss is PyTorch's, and so are its code, its explanation and its gradient at the output."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.record import losses
from lenet.record.losses import LOSSES
from tests.lenet.plain_losses import PLAIN

OUT = torch.randn(3, 10, generator=torch.Generator().manual_seed(0))
LABELS = np.array([7, 0, 9])
PAIRS = [(loss, target) for loss in LOSSES for target in LOSSES[loss].targets]


def made(loss: str, target: str, seed: int = 0, labels: np.ndarray | None = LABELS, out: Tensor = OUT) -> Tensor:
    return LOSSES[loss].make_target(target, seed, labels, out)


def test_targets() -> None:
    assert made("cross_entropy", "label").tolist() == [7, 0, 9]
    one_hot = made("mse", "label")
    assert torch.equal(one_hot, torch.eye(10)[[7, 0, 9]])
    assert one_hot.dtype == OUT.dtype
    count = made("mse", "count", labels=None)
    assert count.tolist() == [list(range(1, 11))] * 3
    classes = made("cross_entropy", "random", 3, None)
    assert classes.dtype == torch.int64
    assert classes.shape == (3,)
    assert torch.equal(made("mse", "random", 3, None), made("none", "random", 3, None))
    assert made("mse", "random", out=OUT.double()).dtype == torch.float64


@pytest.mark.parametrize(("loss", "target"), PAIRS)
def test_a_target_is_wide_where_it_has_the_output_s_dtype(loss: str, target: str) -> None:
    wide = LOSSES[loss].targets[target].wide
    assert made(loss, target, out=OUT.double()).dtype == (torch.float64 if wide else torch.int64)


@pytest.mark.parametrize("loss", list(LOSSES))
def test_random_targets_are_repeatable_and_leave_the_process_alone(loss: str) -> None:
    state = torch.get_rng_state()
    first, again, other = (made(loss, "random", seed, None, OUT.repeat(9, 1)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(("loss", "target"), PAIRS)
def test_a_loss_and_its_gradient_are_pytorch_s_bit_by_bit(loss: str, target: str) -> None:
    ours, theirs = OUT.clone().requires_grad_(), OUT.clone().requires_grad_()
    compared = made(loss, target, 5)
    value, wanted = LOSSES[loss].compute(ours, compared), PLAIN[loss](theirs, compared)
    assert torch.equal(value, wanted)
    root, put_in = LOSSES[loss].start(ours, value, compared)
    root.backward(put_in)
    wanted.backward()
    assert ours.grad is not None
    assert theirs.grad is not None
    assert torch.equal(ours.grad, theirs.grad)


@pytest.mark.parametrize(("loss", "target"), PAIRS)
def test_the_explanation_gives_what_autograd_gives(loss: str, target: str) -> None:
    out = OUT.double().requires_grad_()
    compared = made(loss, target, 5, out=out)
    value = PLAIN[loss](out, compared)
    value.backward()
    found = LOSSES[loss].explained(OUT.numpy(), compared.numpy())
    assert found.value == pytest.approx(value.item(), rel=1e-6)
    assert out.grad is not None
    np.testing.assert_allclose(found.gradient, out.grad.numpy(), rtol=1e-5, atol=1e-9)
    assert all(values.shape == OUT.shape for values in (*found.rows.values(), *found.reads.values()))


@pytest.mark.parametrize(("loss", "target"), PAIRS)
def test_the_code_computes_the_loss_and_the_gradient(loss: str, target: str) -> None:
    kind = LOSSES[loss]
    names = {"F": F, "torch": torch, "out": OUT.clone().requires_grad_(), "model": lambda x: x, "x": OUT}
    code = kind.targets[target].code.format(
        labels="torch.tensor([7, 0, 9])",
        count=3,
        classes=10,
        end=11,
        generator=", generator=torch.Generator().manual_seed(5)",
    )
    exec(f"{kind.target} = {code}\n{kind.line('out')}\n{kind.backward()}\nvalue = {kind.code('out')}", names)
    compared = made(loss, target, 5)
    assert torch.equal(names[kind.target], compared)
    theirs = OUT.clone().requires_grad_()
    wanted = PLAIN[loss](theirs, compared)
    wanted.backward()
    assert torch.equal(names["value"], wanted)
    assert torch.equal(names["out"].grad, theirs.grad)
    exec(kind.again(), names)
    assert torch.equal(names[kind.root], wanted if kind.root == "loss" else OUT)


def test_the_rows_of_the_explanations() -> None:
    p = torch.softmax(OUT.double(), 1).numpy()
    shifted = (OUT.double() - OUT.amax(1, keepdim=True)).numpy()
    hot = np.eye(10)[LABELS]
    q = 0.9 * hot + 0.01
    for loss, target, wanted in (
        ("cross_entropy", "label", {"probability": p, "log": -np.log(p), "target": hot}),
        ("nll", "label", {"shifted": shifted, "exp": np.exp(shifted), "log_softmax": np.log(p), "target": hot}),
        ("label_smoothing", "label", {"probability": p, "log": -np.log(p), "smoothed": q, "weighted": -q * np.log(p)}),
        ("mse", "label", {"target": hot, "difference": OUT.numpy() - hot, "square": (OUT.numpy() - hot) ** 2}),
    ):
        found = LOSSES[loss].explained(OUT.numpy(), made(loss, target).numpy())
        assert list(found.rows) == list(wanted)
        for name, values in wanted.items():
            np.testing.assert_allclose(found.rows[name], values, rtol=1e-6)


def test_huge_numbers_do_not_break_an_explanation() -> None:
    out = np.array([[1e30, -1e30, 0.0], [np.inf, 0.0, 0.0], [np.nan, 0.0, 0.0]])
    assert LOSSES["cross_entropy"].explained(out[:1], np.array([0])).value == 0
    assert LOSSES["cross_entropy"].explained(out[:1], np.array([1])).value == 2e30
    for row in (out[1:2], out[2:]):
        for loss in LOSSES.values():
            target = np.zeros((1, 3)) if next(iter(loss.targets.values())).wide else np.array([0])
            assert not np.isfinite(loss.explained(row, target).value)


def test_what_does_not_exist_or_fit() -> None:
    for loss, target, labels, words in (
        ("mse", "twelve", LABELS, "can't have the target 'twelve'"),
        ("cross_entropy", "count", LABELS, "can't have the target 'count'"),
        ("none", "label", LABELS, "can't have the target 'label'"),
        ("mse", "label", None, "Say which digit it is"),
        ("mse", "label", np.array([1, 2]), "there must be 3, each from 0 to 9"),
        ("mse", "label", np.array([1, 2, 10]), "there must be 3, each from 0 to 9"),
        ("mse", "label", np.array([1, 2, -1]), "there must be 3, each from 0 to 9"),
    ):
        with pytest.raises(InputError, match=words):
            made(loss, target, labels=labels)
    with pytest.raises(InputError, match="no loss named 'hinge'"):
        losses.find("hinge")

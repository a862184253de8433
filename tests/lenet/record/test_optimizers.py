"""The updates are PyTorch's, and the worked formulas give what PyTorch gives."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn

from lenet.errors import InputError
from lenet.record import optimizers
from lenet.record.optimizers import OPTIMIZERS, Term

WORDS = {
    "SGD": torch.optim.SGD,
    "SGD-momentum": torch.optim.SGD,
    "SGD-Nesterov": torch.optim.SGD,
    "Adagrad": torch.optim.Adagrad,
    "RMSprop": torch.optim.RMSprop,
    "RMSprop-momentum": torch.optim.RMSprop,
    "Adadelta": torch.optim.Adadelta,
    "Adam": torch.optim.Adam,
    "AdamW": torch.optim.AdamW,
    "RAdam": torch.optim.RAdam,
}


def made(name: str, p: nn.Parameter, lr: float, decay: float | None = None) -> torch.optim.Optimizer:
    found = optimizers.find(name, decay).make([p], lr)
    assert found is not None
    return found


@pytest.mark.parametrize("name", list(OPTIMIZERS))
@pytest.mark.parametrize("lr", [0.01, 1.0])
@pytest.mark.parametrize("decay", [None, 0.0, 0.03])
def test_worked_formulas_give_what_pytorch_gives(name: str, lr: float, decay: float | None) -> None:
    p = nn.Parameter(torch.tensor(0.7, dtype=torch.float64))
    optimizer, known = made(name, p, lr, decay), OPTIMIZERS[name].state
    gradients = [0.5, -0.3, 0.0, 1.5, -2.0, 0.25, 0.125, -0.75]
    symbols: list[list[str]] = []
    for gradient in gradients:
        state = {known[key]: float(value) for key, value in optimizer.state[p].items() if value is not None}
        lines = optimizers.find(name, decay).work(lr, p.item(), gradient, state)
        p.grad = torch.full_like(p, gradient)
        optimizer.step()
        assert lines[-1].symbol == "w"
        assert lines[-1].value == pytest.approx(p.item(), rel=1e-10, abs=1e-14)
        after = {key: float(value) for key, value in optimizer.state[p].items() if value is not None}
        assert after.keys() == known.keys()
        terms = {line.symbol: line.value for line in lines}
        for key, value in after.items():
            if not (key == "step" and "t" not in terms):  # counted, but not used
                assert terms[known[key]] == pytest.approx(value, rel=1e-10, abs=1e-14), key
        symbols.append([line.symbol for line in lines])
        assert ("g" in symbols[-1]) == (bool(decay) and name != "AdamW")
        assert ("w·(1 − lr·λ)" in [line.formula for line in lines]) == (name == "AdamW" and decay != 0)
        assert all(line.formula for line in lines)
    if name == "RAdam":  # from the sixth step on the variance is known well enough
        assert ["r" in line for line in symbols] == [False] * 5 + [True] * 3


@pytest.mark.parametrize(("name", "kind"), WORDS.items())
@pytest.mark.parametrize("decay", [None, 0.0, 0.03])
def test_the_code_makes_the_same_optimizer(name: str, kind: type[torch.optim.Optimizer], decay: float | None) -> None:
    model = nn.Linear(2, 1)
    used = optimizers.find(name, decay)
    made, step = used.code(0.02)
    assert ("weight_decay" in made) == (decay is not None)
    names: dict[str, object] = {"torch": torch, "model": model}
    exec(made, names)
    ours = used.make(model.parameters(), 0.02)
    theirs = names["optimizer"]
    assert isinstance(theirs, kind)
    assert isinstance(ours, kind)
    assert ours.defaults == theirs.defaults
    assert ours.defaults["lr"] == 0.02
    assert ours.defaults["weight_decay"] == (decay if decay is not None else 0.01 if name == "AdamW" else 0)
    assert step == "optimizer.step()"
    assert ours.defaults.get("momentum", 0) == (
        0.9 if name in ("SGD-momentum", "SGD-Nesterov", "RMSprop-momentum") else 0
    )
    assert ours.defaults.get("nesterov", False) is (name == "SGD-Nesterov")


@pytest.mark.parametrize("name", list(OPTIMIZERS))
@pytest.mark.parametrize("decay", [None, 0.0, 0.03])
def test_the_settings_are_those_that_pytorch_s_optimizer_has(name: str, decay: float | None) -> None:
    defaults = made(name, nn.Parameter(torch.ones(1)), 0.1, decay).defaults
    used = optimizers.find(name, decay)
    ours = {**used.defaults, "lr": 0.1}
    assert {key: ours[key] for key in defaults if key in ours} == {k: v for k, v in defaults.items() if k in ours}
    assert used.decays == bool(defaults["weight_decay"])
    assert used.couples == (used.decays and name != "AdamW")
    assert optimizers.find(name, used.defaults["weight_decay"]).defaults == used.defaults


@pytest.mark.parametrize("decay", [-0.1, math.nan, math.inf])
def test_a_weight_decay_that_is_none(decay: float) -> None:
    with pytest.raises(InputError, match="can't be a weight decay"):
        optimizers.find("Adam", decay)


@pytest.mark.parametrize("decay", [None, 0.0, 0.03])
def test_the_code_of_the_update_by_hand(decay: float | None) -> None:
    used = optimizers.find("by-hand", decay)
    made, step = used.code(0.5)
    assert made == ""
    model = nn.Linear(2, 1)
    old = {name: p.detach().clone() for name, p in model.named_parameters()}
    model(torch.ones(1, 2)).sum().backward()
    twin = copy.deepcopy(model)
    for own, p in zip(twin.parameters(), model.parameters(), strict=True):
        own.grad = p.grad
    exec(step, {"torch": torch, "model": model})
    for name, p in model.named_parameters():
        assert p.grad is not None
        assert torch.equal(p, old[name] - 0.5 * (p.grad + (decay or 0) * old[name]))
    optimizer = used.make(twin.parameters(), 0.5)
    assert optimizer is not None
    optimizer.step()
    assert all(torch.equal(own, p) for own, p in zip(twin.parameters(), model.parameters(), strict=True))
    assert ("p.grad +" in step) == bool(decay)


def test_by_hand_leaves_what_has_no_gradient() -> None:
    p, other = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    p.grad = torch.tensor([1.0, 2.0])
    optimizer = OPTIMIZERS["by-hand"].make([p, other], 0.5)
    assert optimizer is not None
    optimizer.step()
    assert p.tolist() == [0.5, 0]
    assert other.tolist() == [1, 1]
    assert p.requires_grad


def test_numbers_beyond_all_bounds_do_not_raise() -> None:
    huge = (1e308, -1e308, math.inf, -math.inf, math.nan)
    for optimizer in OPTIMIZERS.values():
        for value in huge:
            for lr in (0.01, 1e9):
                lines = optimizer.work(lr, 1.0, value, dict.fromkeys(optimizer.state.values(), value))
                assert lines[-1].symbol == "w"
                assert all(isinstance(line, Term) for line in lines)


def test_what_overflows_in_float32_is_not_worked_out_in_float64() -> None:
    w = nn.Parameter(torch.tensor([1.0]))
    w.grad = torch.tensor([1e28])
    optimizer = torch.optim.Adadelta([w], lr=1e9)
    optimizer.step()
    assert optimizer.state[w]["square_avg"].isinf()
    (line,) = OPTIMIZERS["Adadelta"].work(1e9, 1.0, 1e28, {})
    assert math.isnan(line.value)
    assert OPTIMIZERS["SGD"].work(1e9, 1.0, 1e20, {})[-1].value == -1e29  # which float32 has


@pytest.mark.parametrize("lr", [-0.1, math.nan, math.inf, -math.inf])
def test_a_learning_rate_that_is_none(lr: float) -> None:
    for name in OPTIMIZERS:
        with pytest.raises(InputError, match="can't be a learning rate"):
            OPTIMIZERS[name].make(nn.Linear(1, 1).parameters(), lr)


def test_a_learning_rate_of_zero_and_a_huge_one_are_taken() -> None:
    for name in OPTIMIZERS:
        for lr in (0.0, 1e9):
            OPTIMIZERS[name].make(nn.Linear(1, 1).parameters(), lr)


def test_there_is_nothing_to_update() -> None:
    assert OPTIMIZERS["Adam"].make([], 0.1) is None
    with pytest.raises(InputError, match="no optimizer named 'Lion'"):
        optimizers.find("Lion")


@pytest.mark.parametrize("decay", [None, 0.03])
@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_where_it_is_said_the_first_step_has_the_size_of_the_learning_rate(name: str, decay: float | None) -> None:
    lr = 0.01
    p = nn.Parameter(torch.zeros(3, dtype=torch.float64))
    p.grad = torch.tensor([0.003, -40.0, 1e3], dtype=torch.float64)
    made(name, p, lr, decay).step()
    said = optimizers.find(name, decay).sign_first
    assert torch.allclose(p.detach(), -lr * p.grad.sign(), rtol=1e-4, atol=0) == said

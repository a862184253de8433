"""How a step changes the parameters: by hand as in the notes, or by one of PyTorch's optimizers, and the formula of
each.

The settings are PyTorch's defaults, with the notes' momentum of 0.9. Source of the formulas: the documentation of
`torch.optim`; a test holds each of them to what PyTorch's optimizer does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch import nn, optim
from torch.optim import Optimizer

from lenet.errors import InputError

MOMENTUM: Final = 0.9

WEIGHT_DECAY: Final = 0.01
"""PyTorch's default λ of AdamW; the other optimizers' is 0."""

BY_HAND: Final = "by-hand"

LARGEST: Final = torch.finfo(torch.float32).max

OPTIMIZERS: Final[dict[str, tuple[Callable[..., Optimizer], dict[str, Any]] | None]] = {
    BY_HAND: None,
    "SGD": (optim.SGD, {}),
    "SGD-momentum": (optim.SGD, {"momentum": MOMENTUM}),
    "SGD-Nesterov": (optim.SGD, {"momentum": MOMENTUM, "nesterov": True}),
    "Adagrad": (optim.Adagrad, {}),
    "RMSprop": (optim.RMSprop, {}),
    "Adadelta": (optim.Adadelta, {}),
    "Adam": (optim.Adam, {}),
    "AdamW": (optim.AdamW, {}),
    "RAdam": (optim.RAdam, {}),
}
"""PyTorch's class and its settings besides the learning rate, by the name of the update; None for the one by hand."""


def make_optimizer(name: str, parameters: Iterable[nn.Parameter], lr: float) -> Optimizer | None:
    """The optimizer of that name, None for the update by hand and where there is nothing to update.

    Raises:
        InputError: there is none of that name, or the learning rate is negative or not a finite number.
    """
    if name not in OPTIMIZERS:
        raise InputError("optimizer-unknown", name=name, names=", ".join(OPTIMIZERS))
    if not (math.isfinite(lr) and lr >= 0):
        raise InputError("lr-range", lr=lr)
    chosen, parameters = OPTIMIZERS[name], list(parameters)
    if chosen is None or not parameters:
        return None
    kind: Any = chosen[0]
    optimizer: Optimizer = kind(parameters, lr=lr, **chosen[1])
    return optimizer


@torch.no_grad()
def by_hand(parameters: Iterable[nn.Parameter], lr: float) -> None:
    """The notes' update: `p.sub_(p.grad * lr)` for every parameter that has a gradient."""
    for p in parameters:
        if p.grad is not None:
            p.sub_(p.grad * lr)


def code(name: str, lr: float) -> tuple[str, str]:
    """The two lines of Python that make the optimizer and take the step; the first is empty for the update by hand."""
    chosen = OPTIMIZERS[name]
    if chosen is None:
        return "", f"with torch.no_grad():\n    for p in model.parameters():\n        p.sub_(p.grad * {lr!r})"
    settings = "".join(f", {key}={value!r}" for key, value in chosen[1].items())
    return f"optimizer = torch.optim.{chosen[0].__name__}(model.parameters(), lr={lr!r}{settings})", "optimizer.step()"


@dataclass(frozen=True)
class Term:
    """One line of an update worked out for one number.

    Attributes:
        symbol: what it is called in the formula: `v`.
        formula: how it comes about: `μ·v + g`.
        value: in float64.
    """

    symbol: str
    formula: str
    value: float


def work(name: str, lr: float, value: float, gradient: float, remembered: Mapping[str, float]) -> tuple[Term, ...]:
    """Work an update out for one number of a parameter, line by line; the last line is the new value.

    Args:
        name: one of `OPTIMIZERS`.
        lr: learning rate.
        value: of the parameter before the step.
        gradient: its `.grad`.
        remembered: the optimizer's state for this number before the step, by the symbols of `REMEMBERS`; empty before
            the first.
    """
    rule = _RULES[name]
    try:
        terms = rule(lr, value, gradient, remembered)
    except (OverflowError, ZeroDivisionError, ValueError):
        terms = ()
    # PyTorch computes in float32, where a number beyond the largest is infinite, and all that follows is another.
    if not terms or any(LARGEST < abs(term.value) < math.inf for term in terms):
        return (Term("w", "", math.nan),)  # the numbers have become too large for a worked example
    return terms


def _sgd(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    return (Term("w", "w − lr·g", w - lr * g),)


def _momentum(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    old = state.get("v")
    first = old is None
    v = g if old is None else MOMENTUM * old + g
    return Term("v", "g" if first else "μ·v + g", v), Term("w", "w − lr·v", w - lr * v)


def _nesterov(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    v = _momentum(lr, w, g, state)[0]
    ahead = g + MOMENTUM * v.value
    return v, Term("d", "g + μ·v", ahead), Term("w", "w − lr·d", w - lr * ahead)


def _adagrad(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    s = state.get("s", 0.0) + g * g
    return Term("s", "s + g²", s), Term("w", "w − lr·g / (√s + ε)", w - lr * g / (math.sqrt(s) + 1e-10))


def _rmsprop(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    s = 0.99 * state.get("s", 0.0) + (1 - 0.99) * g * g
    return Term("s", "α·s + (1 − α)·g²", s), Term("w", "w − lr·g / (√s + ε)", w - lr * g / (math.sqrt(s) + 1e-8))


def _adadelta(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    s = 0.9 * state.get("s", 0.0) + (1 - 0.9) * g * g
    u = state.get("u", 0.0)
    d = math.sqrt(u + 1e-6) / math.sqrt(s + 1e-6) * g
    return (
        Term("s", "ρ·s + (1 − ρ)·g²", s),
        Term("d", "√(u + ε) / √(s + ε) · g", d),
        Term("u", "ρ·u + (1 − ρ)·d²", 0.9 * u + (1 - 0.9) * d * d),
        Term("w", "w − lr·d", w - lr * d),
    )


def _moments(g: float, state: Mapping[str, float]) -> tuple[float, float, float]:
    t = state.get("t", 0.0) + 1
    m = 0.9 * state.get("m", 0.0) + (1 - 0.9) * g
    s = 0.999 * state.get("s", 0.0) + (1 - 0.999) * g * g
    return t, m, s


def _adam(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    t, m, s = _moments(g, state)
    mean, square = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return (
        Term("t", "t + 1", t),
        Term("m", "β₁·m + (1 − β₁)·g", m),
        Term("s", "β₂·s + (1 − β₂)·g²", s),
        Term("m̂", "m / (1 − β₁ᵗ)", mean),
        Term("ŝ", "s / (1 − β₂ᵗ)", square),
        Term("w", "w − lr·m̂ / (√ŝ + ε)", w - lr * mean / (math.sqrt(square) + 1e-8)),
    )


def _adamw(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    shrunk = w * (1 - lr * WEIGHT_DECAY)
    *moments, last = _adam(lr, shrunk, g, state)
    return (
        *moments,
        Term("d", "w·(1 − lr·λ)", shrunk),
        Term("w", "d − lr·m̂ / (√ŝ + ε)", last.value),
    )


def _radam(lr: float, w: float, g: float, state: Mapping[str, float]) -> tuple[Term, ...]:
    t, m, s = _moments(g, state)
    mean = m / (1 - 0.9**t)
    longest = 2 / (1 - 0.999) - 1
    length = longest - 2 * t * 0.999**t / (1 - 0.999**t)
    first = (
        Term("t", "t + 1", t),
        Term("m", "β₁·m + (1 − β₁)·g", m),
        Term("s", "β₂·s + (1 − β₂)·g²", s),
        Term("m̂", "m / (1 − β₁ᵗ)", mean),
        Term("ρ", "ρ∞ − 2t·β₂ᵗ / (1 − β₂ᵗ)", length),
    )
    if length <= 5:  # too few steps for the variance to be known: RAdam then goes without it
        return *first, Term("w", "w − lr·m̂", w - lr * mean)
    share = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    rectified = math.sqrt(share) * math.sqrt(1 - 0.999**t) / (math.sqrt(s) + 1e-8)
    return (
        *first,
        Term("r", "√[(ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ)] · √(1 − β₂ᵗ) / (√s + ε)", rectified),
        Term("w", "w − lr·m̂·r", w - lr * mean * rectified),
    )


def first_step(name: str, remembered: Mapping[str, object]) -> str | None:
    """Key of the reason why an optimizer's first step has about the size of the learning rate, whatever the gradient
    is; None where it has not.

    Args:
        name: one of `OPTIMIZERS`.
        remembered: the optimizer's state before the step, empty before the first.
    """
    return f"first-step-{name}" if name in ("Adam", "AdamW", "Adagrad") and not remembered else None


_Rule = Callable[[float, float, float, Mapping[str, float]], tuple[Term, ...]]

_RULES: Final[dict[str, _Rule]] = {
    BY_HAND: _sgd,
    "SGD": _sgd,
    "SGD-momentum": _momentum,
    "SGD-Nesterov": _nesterov,
    "Adagrad": _adagrad,
    "RMSprop": _rmsprop,
    "Adadelta": _adadelta,
    "Adam": _adam,
    "AdamW": _adamw,
    "RAdam": _radam,
}

REMEMBERS: Final[dict[str, str]] = {
    "momentum_buffer": "v",
    "sum": "s",
    "square_avg": "s",
    "acc_delta": "u",
    "step": "t",
    "exp_avg": "m",
    "exp_avg_sq": "s",
}
"""What the formulas call an entry of PyTorch's optimizer state."""

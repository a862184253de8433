"""Ways in which a step changes the parameters: by hand as in the notes, or by one of PyTorch's optimizers. A record
holds all that is particular to one: its class and settings, the formulas of its update, and the state that it keeps.

The settings are PyTorch's defaults, with the notes' momentum of 0.9. Source of the formulas: the documentation of
`torch.optim`; a test holds each of them to what PyTorch's optimizer does.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import torch
from torch import nn, optim

from lenet.errors import InputError

MOMENTUM: Final = 0.9

LARGEST: Final = torch.finfo(torch.float32).max


class _ByHand(optim.Optimizer):
    """The notes' update: `p.sub_(p.grad * lr)` for every parameter that has a gradient, or with weight decay
    `p.sub_((p.grad + weight_decay * p) * lr)`.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, weight_decay: float = 0) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            decay = group["weight_decay"]
            for p in group["params"]:
                if p.grad is not None:
                    p.sub_((p.grad + decay * p if decay else p.grad) * group["lr"])


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


@dataclass(frozen=True)
class Numbers:
    """Numbers that an update is worked out from, for one number of a parameter.

    Attributes:
        settings: the optimizer's, with the learning rate, by PyTorch's names.
        w: the parameter before the step.
        g: its `.grad`.
        state: the optimizer's state before the step, by the symbols of the formulas; empty before the first.
    """

    settings: Mapping[str, Any]
    w: float
    g: float
    state: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Optimizer:
    """One way to update the parameters.

    Attributes:
        key: name in addresses, on the command line, and in the keys of texts.
        factory: PyTorch's class.
        rule: the lines of the update; the last is the new value of the parameter.
        settings: those besides the learning rate that differ from the defaults of `factory`.
        state: symbol in the formulas for each entry of the state that it keeps of a parameter, by PyTorch's name.
        written: code of a step that is written out instead of made by `factory`, with `{lr}` for the learning rate and
            `{gradient}` for the gradient of `p`, to which weight decay adds.
        sign_first: whether its first step has about the size of the learning rate, whatever the gradient is.
        decoupled: whether weight decay shrinks the weight itself, as in AdamW, instead of adding to its gradient.
    """

    key: str
    factory: Callable[..., optim.Optimizer]
    rule: Callable[[Numbers], tuple[Term, ...]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, str] = field(default_factory=dict)
    written: str = ""
    sign_first: bool = False
    decoupled: bool = False

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """All settings, by PyTorch's names."""
        found = inspect.signature(self.factory).parameters
        return {name: one.default for name, one in found.items()} | dict(self.settings)

    @property
    def decays(self) -> bool:
        """True if it has weight decay."""
        return bool(self.defaults.get("weight_decay"))

    @property
    def couples(self) -> bool:
        """True if weight decay adds λ·w to the gradient of every weight."""
        return self.decays and not self.decoupled

    def make(self, parameters: Iterable[nn.Parameter], lr: float) -> optim.Optimizer | None:
        """Make PyTorch's optimizer of these parameters; None where there are none.

        Raises:
            InputError: the learning rate is negative or not a finite number.
        """
        if not (math.isfinite(lr) and lr >= 0):
            raise InputError("lr-range", lr=lr)
        parameters = list(parameters)
        return self.factory(parameters, lr=lr, **self.settings) if parameters else None

    def code(self, lr: float) -> tuple[str, str]:
        """Lines of Python that make the optimizer and take the step; the first is empty where the step is written
        out.
        """
        if self.written:
            decay = self.settings.get("weight_decay")
            gradient = f"(p.grad + {decay!r} * p)" if decay else "p.grad"
            return "", self.written.format(lr=repr(lr), gradient=gradient)
        settings = "".join(f", {key}={value!r}" for key, value in self.settings.items())
        name = getattr(self.factory, "__name__", "")
        return f"optimizer = torch.optim.{name}(model.parameters(), lr={lr!r}{settings})", "optimizer.step()"

    def work(self, lr: float, value: float, gradient: float, state: Mapping[str, float]) -> tuple[Term, ...]:
        """Work the update out for one number of a parameter, line by line; the last line is the new value.

        Args:
            lr: learning rate.
            value: of the parameter before the step.
            gradient: its `.grad`.
            state: the optimizer's state for this number before the step, by the symbols of `state`; empty before the
                first.
        """
        settings = {**self.defaults, "lr": lr}
        first = (Term("g", "g + λ·w", gradient + settings["weight_decay"] * value),) if self.couples else ()
        try:
            terms = *first, *self.rule(Numbers(settings, value, first[0].value if first else gradient, state))
        except (OverflowError, ZeroDivisionError, ValueError):
            terms = ()
        # PyTorch computes in float32, where a number beyond the largest is infinite, and all that follows is another.
        if not terms or any(LARGEST < abs(term.value) < math.inf for term in terms):
            return (Term("w", "", math.nan),)  # the numbers have become too large for a worked example
        return terms


def find(key: str, weight_decay: float | None = None) -> Optimizer:
    """The optimizer with this key and weight decay.

    Args:
        key: of one of `OPTIMIZERS`.
        weight_decay: None for PyTorch's default, which is 0.01 for AdamW and 0 for the others.

    Raises:
        InputError: there is none, or the weight decay is negative or not a finite number.
    """
    if key not in OPTIMIZERS:
        raise InputError("optimizer-unknown", name=key, names=", ".join(OPTIMIZERS))
    found = OPTIMIZERS[key]
    if weight_decay is None:
        return found
    if not (math.isfinite(weight_decay) and weight_decay >= 0):
        raise InputError("weight-decay-range", decay=weight_decay)
    return replace(found, settings={**found.settings, "weight_decay": weight_decay})


def _sgd(n: Numbers) -> tuple[Term, ...]:
    return (Term("w", "w − lr·g", n.w - n.settings["lr"] * n.g),)


def _momentum(n: Numbers) -> tuple[Term, ...]:
    old = n.state.get("v")
    v = n.g if old is None else n.settings["momentum"] * old + n.g
    return Term("v", "g" if old is None else "μ·v + g", v), Term("w", "w − lr·v", n.w - n.settings["lr"] * v)


def _nesterov(n: Numbers) -> tuple[Term, ...]:
    v = _momentum(n)[0]
    ahead = n.g + n.settings["momentum"] * v.value
    return v, Term("d", "g + μ·v", ahead), Term("w", "w − lr·d", n.w - n.settings["lr"] * ahead)


def _adagrad(n: Numbers) -> tuple[Term, ...]:
    s = n.state.get("s", 0.0) + n.g * n.g
    new = n.w - n.settings["lr"] * n.g / (math.sqrt(s) + n.settings["eps"])
    return Term("s", "s + g²", s), Term("w", "w − lr·g / (√s + ε)", new)


def _rmsprop(n: Numbers) -> tuple[Term, ...]:
    alpha = n.settings["alpha"]
    s = alpha * n.state.get("s", 0.0) + (1 - alpha) * n.g * n.g
    new = n.w - n.settings["lr"] * n.g / (math.sqrt(s) + n.settings["eps"])
    return Term("s", "α·s + (1 − α)·g²", s), Term("w", "w − lr·g / (√s + ε)", new)


def _rmsprop_momentum(n: Numbers) -> tuple[Term, ...]:
    s = _rmsprop(n)[0]
    v = n.settings["momentum"] * n.state.get("v", 0.0) + n.g / (math.sqrt(s.value) + n.settings["eps"])
    return s, Term("v", "μ·v + g / (√s + ε)", v), Term("w", "w − lr·v", n.w - n.settings["lr"] * v)


def _adadelta(n: Numbers) -> tuple[Term, ...]:
    rho, eps = n.settings["rho"], n.settings["eps"]
    s = rho * n.state.get("s", 0.0) + (1 - rho) * n.g * n.g
    u = n.state.get("u", 0.0)
    d = math.sqrt(u + eps) / math.sqrt(s + eps) * n.g
    return (
        Term("s", "ρ·s + (1 − ρ)·g²", s),
        Term("d", "√(u + ε) / √(s + ε) · g", d),
        Term("u", "ρ·u + (1 − ρ)·d²", rho * u + (1 - rho) * d * d),
        Term("w", "w − lr·d", n.w - n.settings["lr"] * d),
    )


def _moments(n: Numbers) -> tuple[Term, Term, Term, Term]:
    """Count of steps, the two running means, and the first one corrected."""
    first, second = n.settings["betas"]
    t = n.state.get("t", 0.0) + 1
    m = first * n.state.get("m", 0.0) + (1 - first) * n.g
    s = second * n.state.get("s", 0.0) + (1 - second) * n.g * n.g
    return (
        Term("t", "t + 1", t),
        Term("m", "β₁·m + (1 − β₁)·g", m),
        Term("s", "β₂·s + (1 − β₂)·g²", s),
        Term("m̂", "m / (1 − β₁ᵗ)", m / (1 - first**t)),
    )


def _adam(n: Numbers) -> tuple[Term, ...]:
    moments = t, _, s, mean = _moments(n)
    square = s.value / (1 - n.settings["betas"][1] ** t.value)
    return (
        *moments,
        Term("ŝ", "s / (1 − β₂ᵗ)", square),
        Term(
            "w",
            "w − lr·m̂ / (√ŝ + ε)",
            n.w - n.settings["lr"] * mean.value / (math.sqrt(square) + n.settings["eps"]),
        ),
    )


def _adamw(n: Numbers) -> tuple[Term, ...]:
    if not n.settings["weight_decay"]:
        return _adam(n)
    shrunk = n.w * (1 - n.settings["lr"] * n.settings["weight_decay"])
    *moments, last = _adam(replace(n, w=shrunk))
    return (
        *moments,
        Term("d", "w·(1 − lr·λ)", shrunk),
        Term("w", "d − lr·m̂ / (√ŝ + ε)", last.value),
    )


def _radam(n: Numbers) -> tuple[Term, ...]:
    moments = count, _, s, mean = _moments(n)
    t, lr, beta = count.value, n.settings["lr"], n.settings["betas"][1]
    longest = 2 / (1 - beta) - 1
    length = longest - 2 * t * beta**t / (1 - beta**t)
    first = *moments, Term("ρ", "ρ∞ − 2t·β₂ᵗ / (1 − β₂ᵗ)", length)
    if length <= 5:  # too few steps for the variance to be known: RAdam then goes without it
        return *first, Term("w", "w − lr·m̂", n.w - lr * mean.value)
    share = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
    rectified = math.sqrt(share) * math.sqrt(1 - beta**t) / (math.sqrt(s.value) + n.settings["eps"])
    return (
        *first,
        Term("r", "√[(ρ − 4)(ρ − 2)ρ∞ / ((ρ∞ − 4)(ρ∞ − 2)ρ)] · √(1 − β₂ᵗ) / (√s + ε)", rectified),
        Term("w", "w − lr·m̂·r", n.w - lr * mean.value * rectified),
    )


_STEP: Final = {"step": "t"}
_BUFFER: Final = {"momentum_buffer": "v"}
_SQUARES: Final = {**_STEP, "square_avg": "s"}
_MOMENTS: Final = {**_STEP, "exp_avg": "m", "exp_avg_sq": "s"}

OPTIMIZERS: Final[Mapping[str, Optimizer]] = {
    optimizer.key: optimizer
    for optimizer in (
        Optimizer(
            "by-hand",
            _ByHand,
            _sgd,
            written="with torch.no_grad():\n    for p in model.parameters():\n        p.sub_({gradient} * {lr})",
        ),
        Optimizer("SGD", optim.SGD, _sgd),
        Optimizer("SGD-momentum", optim.SGD, _momentum, {"momentum": MOMENTUM}, _BUFFER),
        Optimizer("SGD-Nesterov", optim.SGD, _nesterov, {"momentum": MOMENTUM, "nesterov": True}, _BUFFER),
        Optimizer("Adagrad", optim.Adagrad, _adagrad, state={**_STEP, "sum": "s"}, sign_first=True),
        Optimizer("RMSprop", optim.RMSprop, _rmsprop, state=_SQUARES),
        Optimizer(
            "RMSprop-momentum", optim.RMSprop, _rmsprop_momentum, {"momentum": MOMENTUM}, {**_SQUARES, **_BUFFER}
        ),
        Optimizer("Adadelta", optim.Adadelta, _adadelta, state={**_SQUARES, "acc_delta": "u"}),
        Optimizer("Adam", optim.Adam, _adam, state=_MOMENTS, sign_first=True),
        Optimizer("AdamW", optim.AdamW, _adamw, state=_MOMENTS, sign_first=True, decoupled=True),
        Optimizer("RAdam", optim.RAdam, _radam, state=_MOMENTS),
    )
}
"""The optimizers by their keys."""

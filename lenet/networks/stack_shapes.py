"""Shapes through a stack, worked out without running it, and the first layer that doesn't fit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Final

import torch
from torch import nn

from lenet.networks import global_generator
from lenet.networks.layer_shapes import MOST_PARAMETERS, Fit, MisfitError, fit, times
from lenet.networks.stack import CLASSES, Net, Row, Stack, apply, arguments, row
from lenet.networks.stack_errors import double_softmax
from lenet.networks.windows import Pair
from lenet.shapes import Shape

MOST_PRODUCTS: Final = 200_000_000
"""Largest number of multiply-adds of a stack, for one digit."""
MOST_VALUES: Final = 1_000_000
"""Largest number of values of a layer's output, for one digit."""


@dataclass(frozen=True)
class Problem:
    """Reason why a layer doesn't fit.

    Attributes:
        key: name of the reason.
        facts: numbers of this network, for the sentence about it.
        said: message of PyTorch's own error; "" where PyTorch would go on.
        mended: the stack with the change that mends it, None where there is none.
    """

    key: str
    facts: Mapping[str, object]
    said: str = ""
    mended: Stack | None = None


@dataclass(frozen=True)
class Checked:
    """One layer of a stack with what follows from those before it.

    Attributes:
        row: the layer.
        shape: of its input for one digit, (C, H, W) or (N,); None behind a layer that doesn't fit.
        fit: its numbers; None where it doesn't fit.
        field: height and width of the receptive field of one value of the output, in pixels of the input; None where
            it is the whole input, or the layer doesn't fit.
        problem: reason why the layer doesn't fit, or why the network doesn't although the layer does.
        advice: reason why a network that fits may learn badly because of the layer.
    """

    row: Row
    shape: Shape | None
    fit: Fit | None = None
    field: Pair | None = None
    problem: Problem | None = None
    advice: Problem | None = None

    @property
    def output(self) -> Shape | None:
        """Shape of its output for one digit; None where it doesn't fit."""
        return None if self.fit is None else self.fit.output


@lru_cache(maxsize=64)
def check(stack: Stack) -> tuple[Checked, ...]:
    """Every layer with its numbers, and the problem of the first one that doesn't fit.

    The last layer has the problem `classes` where all fit but the network doesn't end in ten numbers.
    """
    found: list[Checked] = []
    shape: Shape | None = (1, stack.side, stack.side)
    seen: Pair | None = (1, 1)
    step = (1, 1)
    parameters = products = 0
    for place, one in enumerate(stack.rows):
        if shape is None:
            found.append(Checked(one, None))
            continue
        try:
            own = fit(one, shape)
            parameters, products = parameters + own.parameters, products + own.products
            _limit(own, parameters, products)
        except MisfitError as misfit:
            said = "" if misfit.key.startswith("limit") else said_by_torch(one, shape)
            problem = Problem(misfit.key, misfit.facts, said, _mended(stack, place, misfit))
            found.append(Checked(one, shape, problem=problem))
            shape = None
            continue
        if seen is not None:
            seen, step = _reach(one, shape, seen, step, stack.side)
        found.append(Checked(one, shape, own, seen))
        shape = own.output
    if shape is not None and shape != (CLASSES,):
        problem = Problem("classes", {"shape": times(shape)}, "", _with_classes(stack, shape))
        if found:
            found[-1] = replace(found[-1], problem=problem)
    elif found and shape is not None and found[-1].row.kind == "softmax":
        found[-1] = replace(found[-1], advice=_one_softmax(stack))
    return tuple(found)


def fits(stack: Stack) -> bool:
    """True if the layers fit and give ten numbers."""
    return bool(stack.rows) and all(one.problem is None and one.output is not None for one in check(stack))


def build(stack: Stack) -> Net:
    """The module of a stack, with PyTorch's default initialisation.

    Raises:
        ValueError: a layer doesn't fit.
    """
    modules = {}
    for one, attribute in zip(check(stack), stack.attributes(), strict=True):
        if one.shape is None or one.output is None:
            raise ValueError(stack.name)
        if attribute:
            modules[attribute] = module(one.row, one.shape)
    return Net(stack, modules)


def module(one: Row, shape: Shape) -> nn.Module:
    """Module of a layer that reads an input of this shape.

    Raises:
        ValueError: PyTorch refuses the options.
    """
    made = one.type.module or nn.Identity
    with global_generator.LOCK:
        return made(**arguments(one, channels=shape[0], features=shape[-1]))


def said_by_torch(one: Row, shape: Shape) -> str:
    """Message of the error that PyTorch raises for a layer and an input of this shape; "" if it raises none."""
    x = torch.zeros(1, *shape)
    try:
        with torch.inference_mode():
            module(one, shape).eval()(x) if one.type.module else apply(one, x)
    except (RuntimeError, ValueError, IndexError) as error:
        return str(error)
    return ""


def _limit(own: Fit, parameters: int, products: int) -> None:
    for key, value, most in (
        ("limit-parameters", parameters, MOST_PARAMETERS),
        ("limit-products", products, MOST_PRODUCTS),
        ("limit-values", math.prod(own.output), MOST_VALUES),
    ):
        if value > most:
            raise MisfitError(key, {"count": value, "most": most})


def _mended(stack: Stack, place: int, misfit: MisfitError) -> Stack:
    one = stack.rows[place]
    if misfit.change == "flatten":
        new: tuple[Row, ...] = (row("flatten"), one.with_values({"in_features": 0}))
    elif isinstance(misfit.change, Mapping):
        new = (one.with_values(misfit.change),)
    else:
        new = ()
    return replace(stack, rows=(*stack.rows[:place], *new, *stack.rows[place + 1 :]))


def _one_softmax(stack: Stack) -> Problem:
    """Advice to leave the softmax at the end to cross-entropy."""
    return Problem("softmax", asdict(double_softmax()), "", replace(stack, rows=stack.rows[:-1]))


def _with_classes(stack: Stack, shape: Shape) -> Stack:
    last = row("linear", {"out_features": CLASSES})
    if len(shape) > 1:
        return replace(stack, rows=(*stack.rows, row("flatten"), last))
    if stack.rows[-1].kind == "linear":
        return replace(stack, rows=(*stack.rows[:-1], stack.rows[-1].with_values({"out_features": CLASSES})))
    return replace(stack, rows=(*stack.rows, last))


def _reach(one: Row, shape: Shape, seen: Pair, step: Pair, side: int) -> tuple[Pair | None, Pair]:
    """Receptive field behind a layer, and the pixels between those of two neighbours.

    Returns:
        None as the field where each value depends on the whole input.
    """
    values = one.values
    if one.kind == "linear" and len(shape) == 3:  # of each row of a map by itself
        return (seen[0], side), step
    if one.kind in ("linear", "adaptive_avg_pool"):
        return None, step
    if "kernel_size" not in values:
        return seen, step
    kernel, dilation = values["kernel_size"], values.get("dilation", (1, 1))
    stride = kernel if values["stride"] == (0, 0) else values["stride"]
    wide = tuple(min(side, old + (k - 1) * d * s) for old, k, d, s in zip(seen, kernel, dilation, step, strict=True))
    return (wide[0], wide[1]), (step[0] * stride[0], step[1] * stride[1])

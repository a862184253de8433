"""The exercises of the autograd review, with values of one's own, and scripts that print the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.record import program
from lenet.record.arrays import Values, values_of
from lenet.record.graph import Graph
from lenet.record.program import Origins, Variable

Row = Sequence[float]
Matrix = Sequence[Row]

FAR: Final = 1000
"""The norm at which the doubling loop ends."""
MAX_DOUBLINGS: Final = 40


@dataclass(frozen=True, eq=False)
class Result:
    """What an exercise came to.

    Attributes:
        variables: its tensors, as they are at the end.
        graph: behind the last of them, with what one backward sent through it.
        script: prints the same by PyTorch alone.
    """

    variables: tuple[Variable, ...]
    graph: Graph
    script: str

    def __getitem__(self, name: str) -> Variable:
        """The variable of this name."""
        return next(variable for variable in self.variables if variable.name == name)


@dataclass(frozen=True, eq=False)
class Mean(Result):
    """`x.grad` after each backward.

    Attributes:
        grads: one for each call.
        derivative: what the rules of calculus give, 1.5·(x + 2).
        freed: what PyTorch says to a second backward through a graph that wasn't retained.
    """

    grads: tuple[Values, ...]
    derivative: Values
    freed: str


@dataclass(frozen=True, eq=False)
class InPlace(Result):
    """`a.requires_grad` before and after `a.requires_grad_(True)`."""

    before: bool
    after: bool


@dataclass(frozen=True, eq=False)
class Doubling(Result):
    """A vector-Jacobian product and what it is the product of.

    Attributes:
        rounds: of the loop; `y` is `x` doubled once more often than that.
        norms: of `y` before the loop and after each round.
        v: the vector.
        jacobian: (n, n), in row i and column j the derivative of `y[i]` with respect to `x[j]`.
        product: v·J, computed from the two.
        refusal: what PyTorch says to `y.backward()` without v.
    """

    rounds: int
    norms: tuple[float, ...]
    v: Values
    jacobian: Values
    product: Values
    refusal: str

    @property
    def agrees(self) -> bool:
        """Whether `x.grad` is v·J, number for number; where both are NaN, they are the same."""
        grad, product = self["x"].grad, self.product.array
        if grad is None or grad.array is None or product is None:
            return False
        return np.array_equal(grad.array, product, equal_nan=True)


@dataclass(frozen=True, eq=False)
class Detach(Result):
    """Results of the exercise on `no_grad`, `detach` and `eval()`.

    Attributes:
        squared: whether `(x ** 2).requires_grad`.
        untracked: the same inside `torch.no_grad()`.
        evaluated: the same of what a module in evaluation mode makes of x: `nn.Dropout().eval()(x)`.
        detached: whether `x.detach().requires_grad`.
        equal: whether all numbers of both are.
        shared: whether both are the same memory.
    """

    squared: bool
    untracked: bool
    evaluated: bool
    detached: bool
    equal: bool
    shared: bool


def draw(count: int, seed: int) -> tuple[float, ...]:
    """Normally distributed numbers of four decimals, so that what is shown is what is computed with."""
    numbers = torch.randn(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return tuple(round(number, 4) for number in numbers.tolist())


def mean(x: Matrix, times: int = 1, *, clear: bool = False) -> Mean:
    """`out = (3 * (x + 2) ** 2).mean()`, and backward from there.

    Args:
        x: the leaf.
        times: how often backward runs.
        clear: set the gradient to zero before each.
    """
    leaf, y, z, out, origins = _chain(x)
    graph = program.backward(out, leaves={"x": leaf}, origins=origins, retain_graph=True)
    grads = [values_of(cast(Tensor, leaf.grad))]
    for _ in range(times - 1):
        if clear:
            cast(Tensor, leaf.grad).zero_()
        out.backward(retain_graph=True)  # type: ignore[no-untyped-call]
        grads.append(values_of(cast(Tensor, leaf.grad)))
    variables = _describe(x=(leaf, ""), y=(y, "x + 2"), z=(z, "y * y * 3"), out=(out, "z.mean()"))
    *_, again, _ = _chain(x)
    again.backward()  # type: ignore[no-untyped-call]
    zero = "    x.grad.zero_()\n" if clear else ""
    script = f"""{CHAIN.format(x=_tensor(x))}print(x.grad)  # None: nothing has run yet

for _ in range({times}):
    out.backward(retain_graph=True)
    print(x.grad)
{zero}"""
    return Mean(variables, graph, script, tuple(grads), values_of(1.5 * (leaf + 2)), _refusal(again))


def in_place(a: Matrix) -> InPlace:
    """A tensor that asks for its gradient only after it was made.

    Args:
        a: what `(a * 3) / (a - 1)` is computed from.
    """
    start = torch.tensor(a, dtype=torch.float32)
    leaf = (start * 3) / (start - 1)
    before = leaf.requires_grad
    leaf.requires_grad_(True)
    after, origins = leaf.requires_grad, Origins()
    b = origins.add(origins.add(leaf * leaf, "a * a").sum(), "(a * a).sum()")
    graph = program.backward(b, None, "b", {"a": leaf}, origins)
    script = f"""import torch

a = torch.tensor({_list(a)})
a = (a * 3) / (a - 1)
print(a.requires_grad)  # nothing has asked for a gradient

a.requires_grad_(True)  # in place: the underscore
print(a.requires_grad)

b = (a * a).sum()
print(b.grad_fn.name())
b.backward()
print(a.grad)  # 2 * a
"""
    return InPlace(_describe(a=(leaf, "(a * 3) / (a - 1)"), b=(b, "(a * a).sum()")), graph, script, before, after)


def doubling(x: Row, v: Row) -> Doubling:
    """Double `y` until its norm is 1000 or more, then `y.backward(v)`.

    Args:
        x: the leaf, (n,) with n > 1.
        v: as long.

    Raises:
        InputError: `x` is zero, or so small that the loop would take too long.
    """
    leaf, origins = torch.tensor(x, dtype=torch.float32, requires_grad=True), Origins()
    vector = torch.tensor(v, dtype=torch.float32)
    y = origins.add(leaf * 2, "x * 2")
    norms = [y.data.norm().item()]
    while norms[-1] < FAR:
        if len(norms) > MAX_DOUBLINGS:
            raise InputError("review-doubling", rounds=MAX_DOUBLINGS, norm=f"{norms[-1]:.3g}", far=FAR)
        y = origins.add(y * 2, "y * 2")
        norms.append(y.data.norm().item())
    rows = torch.eye(len(x), dtype=y.dtype)
    jacobian = torch.stack([torch.autograd.grad(y, leaf, row, retain_graph=True)[0] for row in rows])
    refusal = _refusal(y)
    graph = program.backward(y, vector, "y", {"x": leaf}, origins)
    script = f"""import torch

x = torch.tensor({_list(x)}, requires_grad=True)
y = x * 2
while y.data.norm() < {FAR}:
    y = y * 2
print(y.detach())

# The Jacobian, row by row: of y[0], y[1], ...
rows = torch.eye({len(x)})
J = [torch.autograd.grad(y, x, row, retain_graph=True)[0] for row in rows]
J = torch.stack(J)
print(J)

v = torch.tensor({_list(v)})
print(v @ J)

y.backward(v)
print(x.grad)  # the same, without making J
"""
    variables = _describe(x=(leaf, ""), y=(y, f"x * {2 ** len(norms)}"))
    return Doubling(
        variables,
        graph,
        script,
        rounds=len(norms) - 1,
        norms=tuple(norms),
        v=values_of(vector),
        jacobian=values_of(jacobian),
        product=values_of(vector @ jacobian),
        refusal=refusal,
    )


def detach(x: Row) -> Detach:
    """What `no_grad` and `detach` leave out of the graph.

    Args:
        x: the leaf.
    """
    leaf, origins = torch.tensor(x, dtype=torch.float32, requires_grad=True), Origins()
    squared = (leaf**2).requires_grad
    with torch.no_grad():
        untracked = (leaf**2).requires_grad
    evaluated = (nn.Dropout().eval()(leaf) ** 2).requires_grad
    y = leaf.detach()
    flags = (squared, untracked, evaluated, y.requires_grad, bool(leaf.eq(y).all()), leaf.data_ptr() == y.data_ptr())
    out = origins.add(origins.add(leaf * y, "x * y").sum(), "(x * y).sum()")
    graph = program.backward(out, leaves={"x": leaf}, origins=origins)
    variables = _describe(x=(leaf, ""), y=(y, "x.detach()"), out=(out, "(x * y).sum()"))
    script = f"""import torch

x = torch.tensor({_list(x)}, requires_grad=True)
print((x ** 2).requires_grad)
with torch.no_grad():
    print((x ** 2).requires_grad)
print((torch.nn.Dropout().eval()(x) ** 2).requires_grad)

y = x.detach()
print(y.requires_grad)
print(x.eq(y).all().item())
print(x.data_ptr() == y.data_ptr())

out = (x * y).sum()
out.backward()
print(x.grad)  # y, not 2 * x: y counts as a constant
"""
    return Detach(variables, graph, script, *flags)


def non_leaf(x: Matrix, *, retain: bool = False) -> Result:
    """The `.grad` of a tensor in the middle.

    Args:
        x: the leaf.
        retain: call `y.retain_grad()` before backward.
    """
    leaf, y, z, out, origins = _chain(x)
    if retain:
        y.retain_grad()
    graph = program.backward(out, leaves={"x": leaf}, origins=origins)
    variables = _describe(x=(leaf, ""), y=(y, "x + 2"), z=(z, "y * y * 3"), out=(out, "z.mean()"))
    kept = "y.retain_grad()\n" if retain else ""
    script = f"""{CHAIN.format(x=_tensor(x))}{kept}out.backward()
print(x.is_leaf, y.is_leaf)
print(x.grad)
print(y.grad)
"""
    return Result(variables, graph, script)


CHAIN: Final = """import torch

x = torch.{x}
y = x + 2
z = y * y * 3
out = z.mean()
"""


def _chain(x: Matrix) -> tuple[Tensor, Tensor, Tensor, Tensor, Origins]:
    leaf, origins = torch.tensor(x, dtype=torch.float32, requires_grad=True), Origins()
    y = origins.add(leaf + 2, "x + 2")
    z = origins.add(origins.add(y * y, "y * y") * 3, "y * y * 3")
    return leaf, y, z, origins.add(z.mean(), "z.mean()"), origins


def _describe(**made: tuple[Tensor, str]) -> tuple[Variable, ...]:
    return tuple(program.describe(name, source, tensor) for name, (tensor, source) in made.items())


def _refusal(root: Tensor) -> str:
    """What PyTorch says to a backward that it refuses."""
    try:
        root.backward()  # type: ignore[no-untyped-call]
    except RuntimeError as problem:
        return str(problem)
    return ""


def _tensor(values: Matrix) -> str:
    return f"tensor({_list(values)}, requires_grad=True)"


def _list(values: Row | Matrix) -> str:
    """As Python says it."""
    return repr([list(map(float, row)) if isinstance(row, Sequence) else float(row) for row in values])

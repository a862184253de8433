"""Programs of the autograd exercises.

`lenet.explain.exercises` runs these functions, and turns their source into scripts: the body without its last line,
numbers in the place of the arguments, and `print` for `show`. What stands under `if OPTION:` is part of the script only
if that option is on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Names = dict[str, Tensor]
Show = Callable[..., None]


def mean(show: Show, x: Any, times: int, clear: bool) -> Names:
    """Call backward several times, with or without clearing the gradient in between."""
    x = torch.tensor(x, requires_grad=True)
    y = x + 2
    z = y * y * 3
    out = z.mean()
    show(x.grad)  # None: nothing has run yet

    for _ in range(times):
        if clear:  # noqa: SIM102
            if x.grad is not None:
                x.grad.zero_()
        out.backward(retain_graph=True)
        show(x.grad)
    return {"x": x, "y": y, "z": z, "out": out}


def in_place(show: Show, a: Any) -> Names:
    """Make a tensor require a gradient in place, after it was computed."""
    a = torch.tensor(a)
    a = (a * 3) / (a - 1)
    show(a.requires_grad)  # nothing has asked for a gradient

    a.requires_grad_(True)  # in place: the underscore
    show(a.requires_grad)

    b = (a * a).sum()
    show(b.grad_fn.name())
    b.backward()
    show(a.grad)  # 2 * a
    return {"a": a, "b": b}


def jacobian(show: Show, x: Any, v: Any) -> Names:
    """Compute the Jacobian of a doubling loop, and its product with a vector in two ways."""
    x = torch.tensor(x, requires_grad=True)
    y = x * 2
    while y.data.norm() < 1000:
        y = y * 2
    show(y.detach())

    # The Jacobian, row by row: of y[0], y[1], ...
    rows = torch.eye(len(x))
    J = torch.stack([torch.autograd.grad(y, x, row, retain_graph=True)[0] for row in rows])
    show(J)

    v = torch.tensor(v)
    show(v @ J)

    y.backward(v)
    show(x.grad)  # the same, without making J
    return {"x": x, "y": y, "v": v, "J": J}


def detach(show: Show, x: Any) -> Names:
    """Keep operations out of the graph with `no_grad` and `detach`."""
    x = torch.tensor(x, requires_grad=True)
    show((x**2).requires_grad)
    with torch.no_grad():
        show((x**2).requires_grad)
    show((torch.nn.Dropout().eval()(x) ** 2).requires_grad)

    y = x.detach()
    show(y.requires_grad)
    show(x.eq(y).all().item())
    show(x.data_ptr() == y.data_ptr())

    out = (x * y).sum()
    out.backward()
    show(x.grad)  # y, not 2 * x: y counts as a constant
    return {"x": x, "y": y, "out": out}


def middle(show: Show, x: Any, retain: bool) -> Names:
    """Read the `.grad` of a tensor that is not a leaf."""
    x = torch.tensor(x, requires_grad=True)
    y = x + 2
    z = y * y * 3
    out = z.mean()
    if retain:
        y.retain_grad()
    out.backward()
    show(x.is_leaf, y.is_leaf)
    show(x.grad)
    show(y.grad)
    return {"x": x, "y": y, "z": z, "out": out}

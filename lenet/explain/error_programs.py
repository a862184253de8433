"""Programs with a common error of beginners, each beside the same program without it.

`lenet.explain.common_errors` runs these functions, and turns their source into scripts as for the exercises: the body
without its last line, numbers in the place of the arguments, and `print` for `show`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

Show = Callable[..., None]
Names = dict[str, Any]


def batch(show: Show) -> Names:
    """Send one digit without a batch dimension through a network."""
    conv = nn.Conv2d(1, 6, 5)
    fc = nn.Linear(6 * 24 * 24, 10)
    x = torch.rand(1, 28, 28)  # channels, height, width
    maps = conv(x)
    show(maps.shape)
    flat = maps.view(maps.size(0), -1)
    show(flat.shape)
    logits = fc(flat)
    show(logits.shape)
    return locals()


def batch_mended(show: Show) -> Names:
    """Send a batch of one digit through a network."""
    conv = nn.Conv2d(1, 6, 5)
    fc = nn.Linear(6 * 24 * 24, 10)
    x = torch.rand(1, 1, 28, 28)  # digits, channels, height, width
    maps = conv(x)
    show(maps.shape)
    flat = maps.view(maps.size(0), -1)
    show(flat.shape)
    logits = fc(flat)
    show(logits.shape)
    return locals()


def float_labels(show: Show, logits: Any) -> Names:
    """Give floats as labels to cross-entropy."""
    logits = torch.tensor(logits, requires_grad=True)
    labels = torch.tensor([0.0, 2.0])
    show(labels.dtype)
    loss = F.cross_entropy(logits, labels)
    show(loss)
    return locals()


def float_labels_mended(show: Show, logits: Any) -> Names:
    """Give integers as labels to cross-entropy."""
    logits = torch.tensor(logits, requires_grad=True)
    labels = torch.tensor([0, 2])
    show(labels.dtype)
    loss = F.cross_entropy(logits, labels)
    show(loss)
    return locals()


def long_labels(show: Show, logits: Any) -> Names:
    """Give the classes as labels to the mean squared error."""
    logits = torch.tensor(logits, requires_grad=True)
    labels = torch.tensor([0, 2])
    show(logits.shape, labels.shape)
    loss = F.mse_loss(logits, labels)
    show(loss)
    return locals()


def long_labels_mended(show: Show, logits: Any) -> Names:
    """Give a number for each logit to the mean squared error."""
    logits = torch.tensor(logits, requires_grad=True)
    labels = F.one_hot(torch.tensor([0, 2]), 3).float()
    show(logits.shape, labels.shape)
    loss = F.mse_loss(logits, labels)
    show(loss)
    return locals()


def no_zero_grad(show: Show, w: Any) -> Names:
    """Take three steps without clearing the gradient."""
    w = torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(3):
        loss = (w * w).sum()
        loss.backward()
        show(2 * w.detach(), w.grad)
        optimizer.step()
    return locals()


def no_zero_grad_mended(show: Show, w: Any) -> Names:
    """Take three steps, each with its own gradient."""
    w = torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        show(2 * w.detach(), w.grad)
        optimizer.step()
    return locals()


def backward_twice(show: Show, x: Any) -> Names:
    """Call backward twice on one graph."""
    x = torch.tensor(x, requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    show(x.grad)
    loss.backward()
    show(x.grad)
    return locals()


def backward_twice_mended(show: Show, x: Any) -> Names:
    """Compute the loss again before the second backward."""
    x = torch.tensor(x, requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    show(x.grad)
    loss = (x * x).sum()
    loss.backward()
    show(x.grad)
    return locals()


def in_place(show: Show, x: Any) -> Names:
    """Change a tensor in place that backward needs."""
    x = torch.tensor(x, requires_grad=True)
    y = x.sigmoid()
    show(y._version)
    y += 1
    show(y._version)
    loss = y.sum()
    loss.backward()
    show(x.grad)
    return locals()


def in_place_mended(show: Show, x: Any) -> Names:
    """Compute a new tensor instead of changing one."""
    x = torch.tensor(x, requires_grad=True)
    y = x.sigmoid()
    show(y._version)
    y = y + 1
    show(y._version)
    loss = y.sum()
    loss.backward()
    show(x.grad)
    return locals()


def leaf(show: Show, w: Any) -> Names:
    """Update a parameter in place while autograd watches."""
    w = torch.tensor(w, requires_grad=True)
    loss = (w * w).sum()
    loss.backward()
    show(w.is_leaf, w.grad)
    w -= 0.1 * w.grad
    show(w)
    return locals()


def leaf_mended(show: Show, w: Any) -> Names:
    """Update a parameter in place under no_grad."""
    w = torch.tensor(w, requires_grad=True)
    loss = (w * w).sum()
    loss.backward()
    show(w.is_leaf, w.grad)
    with torch.no_grad():
        w -= 0.1 * w.grad
    show(w)
    return locals()


def frozen(show: Show, x: Any) -> Names:
    """Train with a layer that was frozen and forgotten."""
    torch.manual_seed(0)
    hidden, output = nn.Linear(2, 3), nn.Linear(3, 1)
    for parameter in hidden.parameters():
        parameter.requires_grad_(False)
    optimizer = torch.optim.SGD([*hidden.parameters(), *output.parameters()], lr=0.1)
    x = torch.tensor(x)
    loss = output(hidden(x).tanh()).square().sum()
    loss.backward()
    show(hidden.weight.grad, output.weight.grad)
    before = hidden.weight.detach().clone(), output.weight.detach().clone()
    optimizer.step()
    show((hidden.weight - before[0]).abs().max().item(), (output.weight - before[1]).abs().max().item())
    return locals()


def frozen_mended(show: Show, x: Any) -> Names:
    """Train with all layers."""
    torch.manual_seed(0)
    hidden, output = nn.Linear(2, 3), nn.Linear(3, 1)
    for parameter in hidden.parameters():
        parameter.requires_grad_(True)
    optimizer = torch.optim.SGD([*hidden.parameters(), *output.parameters()], lr=0.1)
    x = torch.tensor(x)
    loss = output(hidden(x).tanh()).square().sum()
    loss.backward()
    show(hidden.weight.grad, output.weight.grad)
    before = hidden.weight.detach().clone(), output.weight.detach().clone()
    optimizer.step()
    show((hidden.weight - before[0]).abs().max().item(), (output.weight - before[1]).abs().max().item())
    return locals()


def item(show: Show, x: Any) -> Names:
    """Add up a loss as Python numbers."""
    x = torch.tensor(x, requires_grad=True)
    loss = (x[0] * x[0]).item() + (x[1] * x[1]).item()
    show(type(loss), loss)
    loss.backward()
    show(x.grad)
    return locals()


def item_mended(show: Show, x: Any) -> Names:
    """Add up a loss as tensors."""
    x = torch.tensor(x, requires_grad=True)
    loss = x[0] * x[0] + x[1] * x[1]
    show(type(loss), loss)
    loss.backward()
    show(x.grad)
    return locals()


def detach(show: Show, x: Any) -> Names:
    """Compute a loss from an output that was detached from its graph."""
    x = torch.tensor(x, requires_grad=True)
    output = x.tanh().detach()
    loss = (output * output).sum()
    show(loss.requires_grad)
    loss.backward()
    show(x.grad)
    return locals()


def detach_mended(show: Show, x: Any) -> Names:
    """Compute a loss from an output that has its graph."""
    x = torch.tensor(x, requires_grad=True)
    output = x.tanh()
    loss = (output * output).sum()
    show(loss.requires_grad)
    loss.backward()
    show(x.grad)
    return locals()

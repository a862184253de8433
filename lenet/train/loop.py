"""The training loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor, optim

from lenet.train.data import Batch


class Done(NamedTuple):
    """Result of a step before its update: the network's output for the batch, and the loss."""

    output: Tensor
    loss: Tensor


def train_step(
    model: Callable[[Tensor], Tensor],
    optimizer: optim.Optimizer,
    loss_of: Callable[[Tensor, Batch], Tensor],
    batch: Batch,
    check: Callable[[Done], None],
) -> Done:
    """Take one training step.

    Args:
        model: the network.
        optimizer: of its parameters.
        loss_of: gives the loss of the output for a batch.
        batch: digits of the step.
        check: called with the result when all gradients are there; an exception that it raises leaves the network as
            it was before the step.
    """
    optimizer.zero_grad()
    output = model(batch.inputs)
    loss = loss_of(output, batch)
    loss.backward()  # type: ignore[no-untyped-call]
    done = Done(output.detach(), loss.detach())
    check(done)
    optimizer.step()
    return done

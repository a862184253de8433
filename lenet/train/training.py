"""Many training iterations, as a stream of events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.digits.augmentation import Strength, augment
from lenet.digits.ink import FIELD
from lenet.digits.mnist import Digits
from lenet.networks.models import input_size


@dataclass(frozen=True)
class Recipe:
    """Settings of training: AdamW, a one-cycle learning rate, a new variant of every digit in every epoch."""

    epochs: int
    batch: int = 192
    """MNIST digits per step."""
    handwritten: int = 80
    """Synthetic digits per step, beside those of MNIST."""
    handwriting: int = 30_000
    """Number of synthetic digits, drawn before the first step."""
    learning_rate: float = 4e-3
    """Highest learning rate; it rises over the first fifth of the steps and falls to nothing by the last."""
    weight_decay: float = 1e-3
    label_smoothing: float = 0.02
    bfloat16: bool = False
    """Multiply in bfloat16, with float32 weights: two thirds of the time for convolutions with many channels."""
    strength: Strength = field(default_factory=Strength)


RECIPES: Final[dict[str, Recipe]] = {
    "LeNet5": Recipe(epochs=50),
    "LightNet": Recipe(epochs=30),
    "DigitCNN": Recipe(epochs=12, learning_rate=3e-3, bfloat16=True),
}


def recipe(name: str) -> Recipe:
    """The recipe of a network; one that has none of its own yet gets a common one."""
    return RECIPES.get(name, Recipe(epochs=20))


@dataclass(frozen=True)
class Event:
    """End of an optimizer step, or of an epoch, one pass over the MNIST digits.

    Attributes:
        kind: what is done.
        epoch: which one, from 1.
        step: steps done since training began.
        steps: how many there will be.
        loss: of this step's batch; for an epoch, the mean over its steps.
        learning_rate: that the step used.
        seconds: since training began.
    """

    kind: Literal["step", "epoch"]
    epoch: int
    step: int
    steps: int
    loss: float
    learning_rate: float
    seconds: float


def train(
    model: nn.Module,
    recipe: Recipe,
    mnist: Digits,
    handwriting: Digits | None = None,
    seed: int = 0,
) -> Iterator[Event]:
    """Train `model` in place on its device, and yield an event after every step and every epoch.

    Args:
        model: with `input_size`; its initialisation is the caller's.
        recipe: settings of the training.
        mnist: the digits that an epoch passes over once.
        handwriting: synthetic digits, mixed into every batch; None for none.
        seed: of the order and of the variants.
    """
    device = next(model.parameters()).device
    random = torch.Generator(device).manual_seed(seed)
    images, labels = _place(mnist, device)
    extra = _place(handwriting, device) if handwriting is not None and recipe.handwritten else None
    batches = max(1, len(labels) // recipe.batch)
    steps = recipe.epochs * batches
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, max(2, steps), pct_start=0.2)
    border = (input_size(model) - FIELD) // 2
    started = time.monotonic()
    step = 0
    model.train()
    for epoch in range(1, recipe.epochs + 1):
        total = torch.zeros((), device=device)
        order = torch.randperm(len(labels), generator=random, device=device)
        for index in range(batches):
            chosen = order[index * recipe.batch : (index + 1) * recipe.batch]
            x, y = images[chosen], labels[chosen]
            if extra is not None:
                more = torch.randint(len(extra[1]), (recipe.handwritten,), generator=random, device=device)
                x, y = torch.cat([x, extra[0][more]]), torch.cat([y, extra[1][more]])
            x = augment(x[:, None].float() / 255, random, recipe.strength)
            optimizer.zero_grad()
            with torch.autocast(device.type, torch.bfloat16, enabled=recipe.bfloat16):
                logits = model(F.pad(x, [border] * 4))
            loss = F.cross_entropy(logits.float(), y, label_smoothing=recipe.label_smoothing)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            rate = float(optimizer.param_groups[0]["lr"])
            if step + 1 < steps:
                schedule.step()
            step += 1
            total += loss.detach()
            yield Event("step", epoch, step, steps, float(loss.detach()), rate, time.monotonic() - started)
        yield Event("epoch", epoch, step, steps, float(total) / batches, rate, time.monotonic() - started)
    model.eval()


def _place(samples: Digits, device: torch.device) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(samples.images.copy()).to(device), torch.from_numpy(samples.labels.copy()).to(device)

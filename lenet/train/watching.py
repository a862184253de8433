"""View into a network while it trains: its layers, its first kernels, and its answer to the visitor's digit.

Nothing here changes the training: the network is only read, and passes for the view run in evaluation mode.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lenet.networks import form, forward
from lenet.networks.forward import Layer
from lenet.train.events import Kernels, LayerWatch, Watch

EVERY_S: Final = 0.08
"""Shortest time between two views, in seconds: more than ten a second."""
SHARE: Final = 0.02
"""Largest share of the time that the passes of the held-out digits may take."""
DIGITS: Final = 256
"""Number of held-out digits in which a ReLU may show that it is awake."""
FIGURES: Final = 5
"""Significant digits of a kernel's numbers."""


class Watcher:
    """Says when the next view is due, and takes it.

    Args:
        every_s: shortest time between two views, in seconds; 0 for one after each step.
        digit: the visitor's, (1, side, side) of the network's `Form.side`, in 0..1; None for none. It may be changed at
            any time.
    """

    def __init__(self, every_s: float = EVERY_S, digit: NDArray[np.float32] | None = None) -> None:
        self.every_s, self.digit = every_s, digit
        self._next = self._next_pass = 0.0
        self._dead: Mapping[str, float] = {}

    def due(self) -> bool:
        """True if the step that comes should be watched."""
        return time.monotonic() >= self._next

    def look(
        self, model: nn.Module, before: Mapping[str, Tensor] | None, held_out: Tensor, step: int, seconds: float
    ) -> Watch:
        """Take a view.

        Args:
            model: the network, with the gradients of its last step.
            before: its parameters before that step, None before the first.
            held_out: (n, 1, size, size) digits.
            step: number of steps done.
            seconds: of training.
        """
        started = time.monotonic()
        if started >= self._next_pass and len(held_out):
            self._dead = dead_shares(model, held_out)
            took = time.monotonic() - started
            self._next_pass = time.monotonic() + (took / SHARE if self.every_s else 0.0)
        seen = Watch(step, seconds, len(held_out), self._layers(model, before), _kernels(model), self._answer(model))
        self._next = started + self.every_s
        return seen

    def _layers(self, model: nn.Module, before: Mapping[str, Tensor] | None) -> tuple[LayerWatch, ...]:
        groups: dict[str, list[tuple[str, nn.Parameter]]] = {}
        for name, parameter in model.named_parameters():
            groups.setdefault(name.rpartition(".")[0], []).append((name, parameter))
        found = []
        for layer, own in groups.items():
            values = [parameter.detach() for _, parameter in own]
            gradients = [parameter.grad for _, parameter in own if parameter.grad is not None]
            changes = (
                None if before is None else [value - before[name] for (name, _), value in zip(own, values, strict=True)]
            )
            found.append(
                LayerWatch(
                    layer,
                    _norm(gradients) if gradients and before is not None else None,
                    None if changes is None else _norm(changes),
                    _norm(values),
                    self._dead.get(layer),
                )
            )
        return tuple(found)

    def _answer(self, model: nn.Module) -> tuple[float, ...] | None:
        digit = self.digit
        if digit is None:
            return None
        device = next(model.parameters()).device
        with _evaluating(model):
            given = torch.from_numpy(np.ascontiguousarray(digit, np.float32))[None].to(device)
            own = form.of(model)
            logits = model(given if own.plain else own.place(given))
        return tuple(logits[0].float().softmax(0).tolist())


class _Sleepers(forward.Watch):
    """Counts the units of each ReLU that are 0 for every digit, by the layer that the ReLU reads."""

    def __init__(self, parameters: Mapping[int, str], x: Tensor) -> None:
        self.shares: dict[str, float] = {}
        super().__init__(parameters, {}, x)

    def keep(self, layer: Layer, output: Tensor, sources: tuple[str, ...]) -> None:
        if layer.kind == "relu":
            # Its largest value for each unit, over the digits and the places of a map.
            largest = output.flatten(2).amax((0, 2)) if output.dim() > 2 else output.amax(0)
            self.shares[sources[0]] = float((largest <= 0).float().mean())


def dead_shares(model: nn.Module, digits: Tensor) -> dict[str, float]:
    """Share of the units of each ReLU that are 0 for every digit, 0..1, by the name of the layer that the ReLU reads.

    Args:
        model: the network; left as it was.
        digits: (n, 1, size, size), at least one.
    """
    watch = _Sleepers({id(parameter): name for name, parameter in model.named_parameters()}, digits)
    with _evaluating(model), watch:
        model(digits)
    return watch.shares


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Run without gradients and in evaluation mode; afterwards the network is in its mode again."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def _kernels(model: nn.Module) -> Kernels | None:
    for name, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            values = tuple(float(f"{value:.{FIGURES}g}") for value in module.weight.detach().flatten().tolist())
            return Kernels(name, tuple(module.weight.shape), values)
    return None


def _norm(tensors: list[Tensor]) -> float:
    return float(torch.stack(torch._foreach_norm(tensors)).norm())

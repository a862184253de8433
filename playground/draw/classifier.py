"""What the Draw page has on its board: a network, and how a drawing is brought into its form."""

from __future__ import annotations

from dataclasses import dataclass

from lenet.digits import ink
from lenet.digits.drawing import Canvas, Drawing
from lenet.digits.ink import Ink, Steps
from lenet.networks import forward
from lenet.networks.forward import Pass
from playground.session import Network


@dataclass(frozen=True)
class Board:
    """A network and the stages that are on."""

    network: Network
    steps: Steps

    def prepare(self, drawn: Drawing, canvas: Canvas | None = None) -> Ink:
        """The drawing on its way to the network; on a canvas of its own, a growing one takes less time."""
        return ink.normalize((canvas or Canvas()).ink(drawn), self.network.size, self.steps)

    def answer(self, prepared: Ink) -> Pass | None:
        """What the network makes of it; None for an empty pad, which is nothing to classify."""
        return None if prepared.empty else forward.run(self.network.model, prepared.input)

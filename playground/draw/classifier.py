"""Classifier of drawings: a network and the preparation of its input."""

from __future__ import annotations

from dataclasses import dataclass

from lenet.digits import ink
from lenet.digits.drawing import Canvas, Drawing
from lenet.digits.ink import Ink, Steps
from lenet.networks import forward
from lenet.networks.forward import Pass
from playground.session import Network


@dataclass(frozen=True)
class Classifier:
    """Network with the preparation steps that are switched on."""

    network: Network
    steps: Steps

    def prepare(self, drawn: Drawing, canvas: Canvas | None = None) -> Ink:
        """Convert a drawing to the network's input, with all stages in between.

        Args:
            drawn: the drawing.
            canvas: the visitor's own canvas, on which the next strokes of the same drawing take less time.
        """
        return ink.normalize((canvas or Canvas()).ink(drawn), self.network.size, self.steps)

    def classify(self, prepared: Ink) -> Pass | None:
        """Run the network; None if the pad is empty."""
        if prepared.empty:
            return None
        return forward.run(self.network.model, self.network.form.inputs(prepared.padded[None])[0])

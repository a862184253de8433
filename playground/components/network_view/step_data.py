"""Weights, outputs and probabilities of a recorded step, as compact arrays for the picture that plays it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lenet.explain import contributions
from lenet.explain.contribution_table import Numbers
from lenet.explain.weight_pictures import WeightPictures
from lenet.networks.forward import Pass
from playground.components.network_view.edges import NOTHING, packed


@dataclass(frozen=True)
class RecordedStep:
    """A step as a network's picture plays it.

    Attributes:
        weights: each unit's weights before and after, and their gradients.
        passed: the same digit's pass with the parameters after the step; None if there is none.
        numbers: returns a parameter or buffer after the step by its name.
        target: class with whose probability the loss compares, None if the loss reads no probability.
    """

    weights: WeightPictures
    passed: Pass | None
    numbers: Numbers
    target: int | None


def packed_step(step: RecordedStep | None, values: bytes) -> dict[str, object]:
    """Part of a component's data; the same keys without a step.

    Args:
        step: the step, None for none.
        values: its pass, packed like that of the outputs.

    Returns:
        `after_outputs` and `after_probabilities`, float32; `after_edges`, ..., see `edges.packed`; `weights`, a
        description of each layer; `weight_cells`, int8: before, after and gradient of each layer, those that it has;
        `factor` and `target` as in the arguments. All are little-endian.
    """
    passed = step and step.passed
    edges = contributions.forward(passed, step.numbers) if step and passed else NOTHING
    layers = step.weights.layers if step else ()
    return {
        "after_outputs": values,
        "after_probabilities": passed.probabilities.astype("<f4", copy=False).tobytes() if passed else b"",
        **packed(edges, "after"),
        "weights": [
            {
                "layer": layer.layer,
                "names": layer.names,
                "units": len(layer.before),
                "kernels": layer.shape,
                "biased": layer.biased,
                "moved": layer.after is not None,
                "graded": layer.gradient is not None,
            }
            for layer in layers
        ],
        "weight_cells": b"".join(_cells((layer.before, layer.after, layer.gradient)) for layer in layers),
        "factor": step.weights.factor if step else 1,
        "target": step and step.target,
    }


def _cells(parts: Sequence[NDArray[np.int8] | None]) -> bytes:
    return b"".join(part.tobytes() for part in parts if part is not None)

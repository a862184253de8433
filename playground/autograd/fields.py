"""Fields for the numbers that a teaching program starts with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
import streamlit as st

from lenet.explain import exercises
from lenet.explain.exercises import Inputs, Numbers
from lenet.record.experiment import SEEDS
from playground import kept_values
from playground.text import text

TEXT: Final = text("autograd")
LARGEST: Final = 1e6
NARROW: Final = 88
"""Width in pixels of a number field, so that three fit in a row on a small screen."""


def fields(name: str, starts: Inputs, drawn: str = "") -> dict[str, Numbers]:
    """Show the numbers of each input of a program to edit, and a seed for those that are drawn.

    Args:
        name: of the program.
        starts: the numbers that each input starts with, by its name.
        drawn: name of the input whose numbers are drawn with a seed, "" for none.
    """
    inputs: dict[str, Numbers] = {}
    for tensor, numbers in starts.items():
        start = np.array(numbers, np.float64)
        labels = [f"{tensor}[{', '.join(map(str, place))}]" for place in np.ndindex(start.shape)]
        values = exercises.draw(start.size, seed(name, labels)) if tensor == drawn else start.ravel().tolist()
        columns = start.shape[-1]
        edited: list[float] = []
        for first in range(0, start.size, columns):
            row = slice(first, first + columns)
            with st.container(horizontal=True, gap="xsmall"):
                width: int | Literal["stretch"] = "stretch" if columns < 3 else NARROW
                for label, value in zip(labels[row], values[row], strict=True):
                    edited.append(_number(f"{name}-{label}", label, value, width))
        inputs[tensor] = np.reshape(edited, start.shape).tolist()
    return inputs


def _number(key: str, name: str, start: float, width: int | Literal["stretch"]) -> float:
    kept_values.keep(key, start, kept_values.number(-LARGEST, LARGEST))
    value: float = st.number_input(name, -LARGEST, LARGEST, step=0.5, format="%.4f", key=key, width=width)
    return value


def seed(exercise: str, names: Sequence[str]) -> int:
    """Show a field for a random seed and return it; a new seed puts new numbers into the fields named `names`."""
    key = f"{exercise}-seed"

    def draw() -> None:
        for name, value in zip(names, exercises.draw(len(names), st.session_state[key]), strict=True):
            st.session_state[f"{exercise}-{name}"] = value

    kept_values.keep(key, 0, kept_values.whole(0, SEEDS - 1))
    value: int = st.number_input(TEXT["seed"], 0, SEEDS - 1, key=key, on_change=draw, help=TEXT["seed-help"], width=136)
    return value

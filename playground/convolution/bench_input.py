"""Input of a part: the digit on the pad, maps of the current network, or a small grid of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet.convolution import kernels
from lenet.digits import batch
from lenet.networks import forward
from lenet.networks.forward import Layer
from playground.components.convolution_bench import Field
from playground.convolution import numbers_text, options
from playground.convolution.numbers_text import CellError
from playground.convolution.options import ImpossibleError, Problems, Values
from playground.experiment import pad_digit
from playground.session import Network
from playground.text import text

TEXT: Final = text("convolution")
DIGIT: Final = "digit"
MAP: Final = "map"
GRID: Final = "grid"
MOST_CHANNELS: Final = 4
SIDE: Final = 12
"""Largest side of the grid."""
PLAIN: Final = "1x6x6:0,0,0,0,0,0,0,0,1,1,0,0,0,1,1,1,0,0,0,0,1,1,0,0,0,0,1,1,0,0,0,1,1,1,1,0"
"""Grid to begin with: a 1."""


def is_grid(written: str) -> bool:
    """True for a text that is a grid of numbers."""
    try:
        numbers_text.read(written, (MOST_CHANNELS, SIDE, SIDE))
    except ValueError:
        return False
    return True


OPTIONS: Final = {
    "source": options.choice(DIGIT, (DIGIT, MAP, GRID)),
    "layer": options.words("conv1"),
    "channel": options.whole(0, 0, 4095),
    "grid": options.words(PLAIN, is_grid),
}


@dataclass(frozen=True)
class Input:
    """Input of a part.

    Attributes:
        x: (C, H, W) float32.
        scale: name of the colour scale that fits.
        caption: description.
    """

    x: NDArray[np.float32]
    scale: str
    caption: str


def take(changes: Values, now: Values, channels: int) -> tuple[dict[str, Any], Problems]:
    """Changes of options from those of their controls, such as the number of the grid's rows, and their problems.

    Args:
        changes: by the controls' names.
        now: values of the options.
        channels: number of input channels.
    """
    made, problems = dict(changes), Problems()
    if "cells" in changes:
        del made["cells"]
        try:
            numbers_text.read(str(changes["cells"]), (MOST_CHANNELS, SIDE, SIDE))
            made["grid"] = changes["cells"]
        except CellError as problem:
            problems["grid"] = cell_problem(problem, grid(now, channels).shape[1:]), ""
        except ValueError:
            problems["grid"] = TEXT["problem-value"], ""
    for axis, name in enumerate(("rows", "columns"), 1):
        if name in changes:
            del made[name]
            count = options.whole(1, 1, SIDE).read(changes[name])
            if count is None:
                problems[name] = options.whole(1, 1, SIDE).problem(), ""
            else:
                old = grid({**now, **made}, channels)
                shape = [count if place == axis else side for place, side in enumerate(old.shape)]
                made["grid"] = numbers_text.write(np.stack([kernels.crop(one, shape[1], shape[2]) for one in old]))
    if "layer" in changes:
        made["channel"] = 0
    return made, problems


def of(now: Values, network: Network, picture: NDArray[np.uint8] | None, channels: int) -> Input:
    """Input that the options stand for.

    Args:
        now: values of the options.
        network: the current network.
        picture: the pad's digit, None for an empty pad, for which a test digit stands in.
        channels: number of input channels.

    Raises:
        ImpossibleError: the network has no such map.
        InputError: MNIST can't be read.
    """
    if now["source"] == GRID:
        x = grid(now, channels)
        return Input(x, "diverging", TEXT["input-grid"])
    if picture is None:
        given = batch.of_mnist([pad_digit.OPENING_DIGIT], network.size)
    else:
        given = batch.of_pictures(picture[None], None)
    (digit,) = given.inputs
    if now["source"] == DIGIT:
        return Input(_mirrored(digit, channels), "ink", TEXT["input-digit"])
    passed = forward.run(network.model, digit)
    layers = _channels(passed.layers)
    name = now["layer"]
    if name not in layers:
        names = ", ".join(layers)
        raise ImpossibleError("layer", TEXT["problem-layer"].format(network=network.title, name=name, names=names))
    if now["channel"] >= layers[name]:
        raise ImpossibleError("channel", TEXT["problem-channel"].format(name=name, last=layers[name] - 1))
    maps = passed.outputs[name]
    chosen = maps[(now["channel"] + np.arange(channels)) % len(maps)]
    scale = "diverging" if chosen.min() < 0 else "sequential"
    return Input(chosen, scale, TEXT["input-map"].format(name=name, channel=now["channel"]))


def fields(now: Values, network: Network) -> list[Field]:
    """Controls of the input."""
    made = [OPTIONS["source"].field("source", now["source"])]
    if now["source"] == MAP:
        layers = _channels(forward.layers(network.model))
        made.append(Field("layer", now["layer"], tuple(layers)))
        made.append(Field("channel", now["channel"], low=0, high=layers.get(now["layer"], 1) - 1))
    if now["source"] == GRID:
        rows, columns = grid(now, 1).shape[1:]
        made += [Field("rows", rows, low=1, high=SIDE), Field("columns", columns, low=1, high=SIDE)]
    return made


def grid(now: Values, channels: int) -> NDArray[np.float32]:
    """Grid with that many channels: further ones are mirror images of the first, until the visitor edits them."""
    typed = numbers_text.read(now["grid"], (MOST_CHANNELS, SIDE, SIDE))
    return np.concatenate([typed, _mirrored(typed[:1], channels)[len(typed) :]])[:channels]


def cell_problem(problem: CellError, shape: tuple[int, ...]) -> str:
    """Sentence about a cell that is no number; `shape` of its table."""
    row, column = divmod(problem.place % (shape[0] * shape[1]), shape[1])
    return TEXT[f"cell-{problem.reason}"].format(row=row, column=column, typed=problem.typed)


def _channels(layers: Iterable[Layer]) -> dict[str, int]:
    """Number of channels of each layer with maps, by its name."""
    return {layer.name: layer.shape[0] for layer in layers if len(layer.shape) == 3}


def _mirrored(one: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Up to four channels of one (1, H, W): itself, mirrored left to right, upside down, and both."""
    return np.concatenate([one, one[:, :, ::-1], one[:, ::-1], one[:, ::-1, ::-1]])[:count]

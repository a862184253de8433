"""Digit on the pad, as every page uses it."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.digits import drawing, ink, mnist
from lenet.digits.drawing import Drawing
from lenet.errors import InputError
from playground.components.drawing_pad import PadBase, PadEvents, pad_events
from playground.components.ink_stages import ink_steps
from playground.experiment import opening_stroke
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("draw")
PAD: Final = "pad"
STAGES: Final = "stages"
OPENING_DIGIT: Final = 0
"""Index of the MNIST test digit that a new visitor finds on the pad."""
OPENING: Final = "opening"
"""Name of that ink."""
TEST_DIGIT: Final = re.compile(r"mnist-(\d{1,5})-")
"""Start of the name of a test digit's ink."""


def test_digit(index: int) -> PadBase:
    """MNIST test digit for the pad, with its label as caption.

    Raises:
        InputError: MNIST can't be read.
    """
    digits = mnist.load("test")
    label = int(digits.labels[index])
    caption = TEXT["test-digit"].format(index=index, label=label)
    return PadBase(digits.images[index], caption, f"mnist-{index}-{secrets.token_urlsafe(6)}", label=label)


def open_pad() -> None:
    """Put the initial digit on the pad of a new visitor.

    Raises:
        InputError: MNIST can't be read; the pad is then empty, but works.
    """
    pad = visitor().pad
    if not pad.opened:
        pad.opened = True
        pad.base = replace(test_digit(OPENING_DIGIT), id=OPENING, example=True)


def on_pad(events: PadEvents) -> Drawing:
    """Drawing on the pad; until the pad has sent one, the digit that was put on it."""
    base = visitor().pad.base
    return events.drawing or Drawing(base=base.ink if base else None)


def picture(network: Network) -> NDArray[np.uint8] | None:
    """Digit as the network's input, (size, size) uint8; None for an empty pad."""
    return picture_of_side(network.size)


def picture_of_side(side: int) -> NDArray[np.uint8] | None:
    """Digit as the input of a network that reads pictures of this side, (side, side) uint8; None for an empty pad."""
    drawn = drawing.rasterize(on_pad(pad_events(PAD)))
    prepared = ink.normalize(drawn, side, ink_steps(STAGES))
    return None if prepared.empty else prepared.padded


def drawn() -> int | None:
    """Number of the visitor's drawing; None if there is only what a visit starts with."""
    events = pad_events(PAD)
    if events.drawing is None or (events.base_id == OPENING and not events.drawing.strokes):
        return None
    if opening_stroke.is_on(events.drawing):
        return None
    return events.revision


def label() -> int | None:
    """Known label of the digit on the pad: that of an unchanged test digit, else None."""
    base = visitor().pad.base
    events = pad_events(PAD)
    if events.drawing is None:
        return base.label if base else None
    if events.drawing.strokes or events.drawing.base is None or events.base_id is None:
        return None
    found = TEST_DIGIT.match(events.base_id)
    index = OPENING_DIGIT if events.base_id == OPENING else int(found[1]) if found else -1
    try:
        digits = mnist.load("test")
    except InputError:
        return None
    # The name comes from the browser and is not trusted: compare the ink with that digit.
    same = 0 <= index < len(digits.labels) and np.array_equal(digits.images[index], events.drawing.base)
    return int(digits.labels[index]) if same else None

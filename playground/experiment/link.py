"""A moment of an iteration in the page's address, so that a link brings somebody else to it.

What comes from an address is not trusted: whatever doesn't fit is left out, and the page says so.
"""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.digits import batch
from lenet.record import iteration
from lenet.record.iteration import Setup
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.targets import COUNT, LABEL
from lenet.record.targets import RANDOM as RANDOM_TARGET
from playground.number_words import number
from playground.session import FILE, NETWORKS, RANDOM, SEEDS, SHIPPED, WEIGHTS
from playground.text import text

TEXT: Final = text("address")
Setting = str | int | float
Picture = NDArray[np.uint8]

PAD: Final = "pad"
SHARED: Final = "shared"
MNIST: Final = "mnist"
NOISE: Final = "noise"
INPUTS: Final = (PAD, SHARED, MNIST, NOISE)
"""Where the input comes from: the pad, a digit in the address, MNIST's test set, or random numbers."""

MAX_DIGITS: Final = 60
LAST_RATE: Final = 1e12
"""The largest learning rate: infinity is near enough from there."""
MAX_STEPS: Final = 100
"""How many steps a visitor can take one after the other: another person's page takes them all again."""
MAX_PICTURE: Final = 4_000
"""Characters of a digit in an address."""
MAX_SIDE: Final = 64

DEFAULTS: Final[dict[str, Setting]] = {
    "input": PAD,
    "digits": "0, 1, 2, 3",
    "noise": 0,
    "label": -1,
    "loss": Setup.loss,
    "target": Setup.target,
    "target_seed": 0,
    "optimizer": Setup.optimizer,
    "lr": 0.01,
    "zero_grad": iteration.TO_NONE,
    "taken": 1,
}
"""The settings of an iteration. A label of -1 is the one that is known of the digit."""


NETWORK: Final[dict[str, Setting]] = {"network": NETWORKS[0], "weights": SHIPPED, "seed": 0}
"""Settings of the sidebar, with their defaults."""

OLD_WEIGHTS: Final = {"trained, shipped": SHIPPED, "random, untrained": RANDOM, "your own file": FILE}
"""Weights as older addresses name them."""

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "network": NETWORKS,
    "weights": WEIGHTS,
    "input": INPUTS,
    "loss": tuple(LOSSES),
    "target": (LABEL, COUNT, RANDOM_TARGET),
    "optimizer": tuple(OPTIMIZERS),
    "zero_grad": iteration.ZERO_GRAD,
}
RANGES: Final[dict[str, tuple[int, int]]] = {
    "seed": (0, SEEDS - 1),
    "noise": (0, SEEDS - 1),
    "label": (0, 9),
    "target_seed": (0, SEEDS - 1),
    "taken": (1, MAX_STEPS),
}


def _among(choices: tuple[str, ...]) -> Callable[[str], Setting | None]:
    return lambda text: text if text in choices else None


def _between(low: int, high: int) -> Callable[[str], Setting | None]:
    def read_number(text: str) -> Setting | None:
        return int(text) if _is_number(text) and low <= int(text) <= high else None

    return read_number


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _rate(text: str) -> Setting | None:
    try:
        rate = float(text[:40])
    except ValueError:
        return None
    return abs(rate) if is_rate(rate) else None  # abs: −0.0 is 0


def is_rate(rate: float) -> bool:
    """Whether that can be the learning rate."""
    return 0 <= rate <= LAST_RATE


READERS: Final[dict[str, Callable[[str], Setting | None]]] = {
    **{name: _among(choices) for name, choices in CHOICES.items()},
    **{name: _between(*ends) for name, ends in RANGES.items()},
    "digits": lambda text: text if read_digits(text) is not None else None,
    "lr": _rate,
    "weights": lambda text: ((known := OLD_WEIGHTS.get(text, text)) in WEIGHTS and known) or None,
}


def allowed(name: str) -> str:
    """Sentence on the values that an address may have for a name such as `lr`."""
    if choices := CHOICES.get(name, ()):
        return TEXT["choices"].format(name=name, choices=", ".join(choices))
    low, high = RANGES.get(name, (0, 0))
    values = {"low": low, "high": high, "rate": number(LAST_RATE), "digits": batch.MOST}
    return TEXT.get(name, TEXT["range"]).format(name=name, **values)


def read(
    address: Mapping[str, str], defaults: Mapping[str, Setting] = DEFAULTS
) -> tuple[dict[str, Setting], tuple[str, ...]]:
    """The settings that an address asks for, and the names of those that can't be what it says.

    Args:
        address: the names in it with their texts.
        defaults: the settings to look for, with what they are where the address has none.
    """
    found, refused = dict(defaults), []
    for name in defaults:
        if name in address:
            value = READERS[name](address[name])
            if value is None:
                refused.append(name)
            else:
                found[name] = value
    return found, tuple(refused)


def write(settings: Mapping[str, Setting], defaults: Mapping[str, Setting] = DEFAULTS) -> dict[str, str]:
    """The address's names and values: the settings that differ from the defaults."""
    return {
        name: repr(settings[name]) if isinstance(settings[name], float) else str(settings[name])
        for name, default in defaults.items()
        if settings[name] != default
    }


def read_digits(text: str) -> tuple[int, ...] | None:
    """Numbers of test digits, separated by commas or spaces; None where the text is something else."""
    parts = text[: MAX_DIGITS + 1].replace(",", " ").split()
    if len(text) > MAX_DIGITS or not 1 <= len(parts) <= batch.MOST or not all(map(_is_number, parts)):
        return None
    return tuple(map(int, parts))


def read_stop(text: str) -> int | None:
    """The stop that an address asks for, counted from 1; None where it isn't a number."""
    return int(text) if _is_number(text.removeprefix("-")) else None


def pack_picture(picture: Picture) -> str:
    """A digit as a network gets it, (side, side) uint8, as text for an address."""
    return base64.urlsafe_b64encode(zlib.compress(picture.tobytes(), 9)).decode().rstrip("=")


def unpack_picture(text: str) -> Picture | None:
    """The digit in an address, (side, side) uint8; None where it is none."""
    if len(text) > MAX_PICTURE:
        return None
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        # No more than it may be is unpacked, whatever is in it.
        unpacker = zlib.decompressobj()
        pixels = unpacker.decompress(packed, MAX_SIDE**2 + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    side = math.isqrt(len(pixels))
    if not unpacker.eof or side * side != len(pixels) or not 28 <= side <= MAX_SIDE:
        return None
    return np.frombuffer(pixels, np.uint8).reshape(side, side)

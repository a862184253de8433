"""Texts of an address that describes an experiment: each kind of value written, and read without trust."""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.digits.batch import MOST
from lenet.digits.ink import FIELD

Picture = NDArray[np.uint8]

LAST_RATE: Final = 1e12
"""Largest learning rate or weight decay in an address: infinity is near enough from there."""
MAX_DIGITS: Final = 100
"""Characters of a list of digits in an address."""
MAX_PICTURE: Final = 4_000
"""Characters of a picture in an address."""
NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")

MAX_SIDE: Final = 64
"""Largest side of a picture in pixels."""


def pixels(picture: bytes) -> Picture:
    """The picture in an input, (side, side) uint8."""
    side = math.isqrt(len(picture))
    return np.frombuffer(picture, np.uint8).reshape(side, side)


def is_rate(rate: float) -> bool:
    """True if an address may have this learning rate or weight decay."""
    return 0 <= rate <= LAST_RATE


def is_number(text: str, digits: int = 9) -> bool:
    """True if a text is a whole number from 0 up in at most so many ASCII digits."""
    return text.isascii() and text.isdecimal() and len(text) <= digits


def read_digits(text: str) -> tuple[int, ...] | None:
    """Numbers of test digits, separated by commas or spaces; None where the text is something else."""
    parts = text[: MAX_DIGITS + 1].replace(",", " ").split()
    if len(text) > MAX_DIGITS or not 1 <= len(parts) <= MOST or not all(map(is_number, parts)):
        return None
    return tuple(map(int, parts))


def digits_text(digits: Iterable[int]) -> str:
    """Numbers of test digits as `read_digits` reads them."""
    return ", ".join(map(str, digits))


def pack_picture(picture: bytes) -> str:
    """A picture as text for an address."""
    return base64.urlsafe_b64encode(zlib.compress(picture, 9)).decode().rstrip("=")


def unpack_picture(text: str) -> bytes | None:
    """The picture in an address; None where it is none."""
    if len(text) > MAX_PICTURE:
        return None
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        # No more than a picture may have is unpacked, whatever is in it.
        unpacker = zlib.decompressobj()
        picture = unpacker.decompress(packed, MAX_SIDE**2 + 1)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return picture if unpacker.eof and is_square(len(picture)) else None


def is_square(count: int) -> bool:
    """True if a picture can have so many pixels."""
    side = math.isqrt(count)
    return side * side == count and FIELD <= side <= MAX_SIDE


def write(value: object) -> str:
    """Text of a value."""
    if isinstance(value, tuple):
        return digits_text(value)
    if isinstance(value, bytes):
        return pack_picture(value)
    return repr(value) if isinstance(value, float) else str(value)


def among(choices: tuple[str, ...]) -> Callable[[str], str | None]:
    """Reader of these texts."""
    return lambda text: text if text in choices else None


def between(low: int, high: int) -> Callable[[str], int | None]:
    """Reader of whole numbers from `low` to `high`."""
    digits = len(str(high))
    return lambda text: int(text) if is_number(text, digits) and low <= int(text) <= high else None


def read_name(text: str) -> str | None:
    """Name of letters, digits, - and _; None where the text is something else."""
    return text if NAME.fullmatch(text) else None


def read_rate(text: str) -> float | None:
    """Learning rate or weight decay in a text; None where it is none."""
    try:
        rate = float(text[:40])
    except ValueError:
        return None
    return abs(rate) if is_rate(rate) else None  # abs: −0.0 is 0

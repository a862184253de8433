"""Drawing pad: a canvas that sends the drawing during a stroke, with buttons for random digits and picture files."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.digits.drawing import MAX_BASE_SIDE, MAX_POINTS, MAX_STROKES, Drawing, parse_drawing
from lenet.digits.picture_file import WORKING_SIDE
from lenet.errors import InputError
from playground.components import mount
from playground.visitor import visitor

MAX_REVISION: Final = 2**53
MAX_PICTURE_BYTES: Final = 18_000_000
"""Largest size in bytes of a picture file: as base64 it fits into one message (`server.maxWidgetStateSize`).

The browser scales larger photographs down before it sends them, unless it can't decode them.
"""
MAX_BASE64: Final = 4 * -(-MAX_PICTURE_BYTES // 3)

_mount = mount.component("drawing_pad")


def _new_id() -> str:
    return secrets.token_urlsafe(9)


@dataclass(frozen=True)
class PadBase:
    """Ink that Python puts on the pad; undo removes it in one step.

    Attributes:
        ink: (side, side) uint8, 0 for paper to 255 for ink, side at most `lenet.digits.drawing.MAX_BASE_SIDE`.
        caption: shown under the pad as long as this ink is on it.
        id: a browser tab accepts each id once. Give the ink that a visit starts with a fixed id, so that a reload keeps
            what was drawn since.
        example: True if the pen's first stroke replaces this ink instead of adding to it.
        label: the digit's class, None if unknown.
    """

    ink: NDArray[np.uint8]
    caption: str = ""
    id: str = field(default_factory=_new_id)
    example: bool = False
    label: int | None = None


@dataclass(frozen=True)
class PadError:
    """A message under the pad, until something else is drawn.

    Attributes:
        message: text that the visitor reads.
        id: the pad shows each id once.
    """

    message: str
    id: str = field(default_factory=_new_id)


@dataclass(frozen=True)
class PadChoice:
    """Digits that were found in one picture; the visitor chooses one for the pad.

    Attributes:
        digits: at least two, from left to right.
        id: the pad shows each id once.
    """

    digits: tuple[PadBase, ...]
    id: str = field(default_factory=_new_id)


@dataclass(frozen=True)
class RandomDigit:
    """Request for a random digit.

    Attributes:
        digit: its class, None for any.
        hard: True for one that the network gets wrong, or nearly so.
    """

    digit: int | None
    hard: bool = False


@dataclass(frozen=True)
class PadPicture:
    """A picture file to turn into a drawing.

    Attributes:
        data: bytes of the file.
        number: the pad sends the file again under the same number until it is answered.
    """

    data: bytes
    number: int


@dataclass(frozen=True)
class PadEvents:
    """Checked messages from the pad.

    Attributes:
        drawing: the last valid drawing, None before the first.
        revision: number of the last drawing that was read, valid or not; pass it back to the pad as `revision`.
        base_id: `PadBase.id` of the ink under the drawing, None if there is none.
        random: request for a random digit, in this run only.
        picture: picture file to turn into a drawing, in this run only.
        error: reason why the last message can't be used, None if it can.
    """

    drawing: Drawing | None = None
    revision: int = 0
    base_id: str | None = None
    random: RandomDigit | None = None
    picture: PadPicture | None = None
    error: InputError | None = None


def pad_events(key: str) -> PadEvents:
    """Read and check what the pad with this key has sent. Call this before `drawing_pad`, whose arguments answer it."""
    sent = st.session_state.get(key)
    if not isinstance(sent, Mapping):
        sent = {}
    known, document = visitor().sent, sent.get("drawing")
    kept, error = known.drawings.get(key, PadEvents()), None
    if document != known.documents.get(key):
        try:
            kept = _read_drawing(document, kept)
            known.documents[key] = document
        except InputError as problem:
            error = problem
            kept = PadEvents(kept.drawing, _revision(document, kept.revision), kept.base_id)
        known.drawings[key] = kept
    try:
        random, picture = _read_random(sent.get("random")), _read_picture(sent.get("picture"))
    except InputError as problem:
        random, picture, error = None, None, problem
    return PadEvents(kept.drawing, kept.revision, kept.base_id, random, picture, error)


def keep_drawing(key: str, document: object) -> None:
    """Accept a drawing that the browser tab kept for a pad, which need not be on the current page.

    Args:
        key: key of the pad.
        document: drawing in the form in which the pad sends it.

    Raises:
        InputError: `document` isn't a drawing.
    """
    drawings = visitor().sent.drawings
    drawings[key] = _read_drawing(document, drawings.get(key, PadEvents()))


def drawing_pad(
    *,
    key: str,
    revision: int,
    base: PadBase | None = None,
    error: PadError | None = None,
    choice: PadChoice | None = None,
    opening: Sequence[float] | None = None,
    ticket: str | None = None,
    large: bool = False,
    session: str = "",
) -> None:
    """Show the pad.

    Args:
        key: key of the component, under which the browser tab also keeps the drawing.
        revision: `PadEvents.revision`, which lets the pad send its next drawing.
        base: ink to put on the pad. Pass it until `PadEvents.base_id` is its id; the pad accepts it once.
        error: message to show. It may be passed again; the pad shows it once.
        choice: digits to choose from, shown once; the pad puts the chosen one on itself.
        opening: points of a stroke that the pad draws by itself when it gets the ink that a visit starts with, and that
            the visitor's first stroke replaces: x0, y0, x1, y1, ... as shares of its side; None for none.
        ticket: classifier that answers drawings during a stroke, see `playground.draw.fast_path`; None to send every
            drawing through Streamlit.
        large: True if `ticket` is None because the network is too large for answers during a stroke.
        session: identifies the server's session, so that the pad notices a new one.
    """
    _mount(
        key=key,
        data={
            "storage": key,
            "revision": revision,
            "ticket": ticket,
            "large": large,
            "session": session,
            "base": base and _base(base),
            "opening": None if opening is None else list(opening),
            "choice": choice and {"id": choice.id, "digits": [_base(digit) for digit in choice.digits]},
            "error": error and {"id": error.id, "message": error.message},
            "limits": {
                "points": MAX_POINTS,
                "strokes": MAX_STROKES,
                "side": MAX_BASE_SIDE,
                "bytes": MAX_PICTURE_BYTES,
                "picture_side": WORKING_SIDE,
            },
        },
        on_drawing_change=mount.keep,
        on_random_change=mount.keep,
        on_picture_change=mount.keep,
    )


def _base(base: PadBase) -> dict[str, object]:
    return {
        "id": base.id,
        "side": base.ink.shape[0],
        "pixels": base64.b64encode(base.ink.tobytes()).decode(),
        "caption": base.caption,
        "example": base.example,
    }


def _revision(document: object, fallback: int) -> int:
    revision = document.get("revision") if isinstance(document, Mapping) else None
    return revision if type(revision) is int and 0 <= revision <= MAX_REVISION else fallback


def _read_drawing(document: object, kept: PadEvents) -> PadEvents:
    if document is None:
        return kept
    revision = _revision(document, -1)
    if revision < 0:
        raise InputError("drawing-number", what="its number")
    if revision < kept.revision:
        return kept  # outdated: a newer drawing has already been read
    drawing = parse_drawing(document)
    base = document.get("base") if isinstance(document, Mapping) else None
    name = base.get("id") if isinstance(base, Mapping) else None
    return PadEvents(drawing, revision, name if isinstance(name, str) and len(name) <= 100 else None)


def _read_random(value: object) -> RandomDigit | None:
    if value is None:
        return None
    digit, hard = (value.get("digit", ""), value.get("hard", False)) if isinstance(value, Mapping) else ("", False)
    if type(hard) is bool and (digit is None or (type(digit) is int and 0 <= digit <= 9)):
        return RandomDigit(digit, hard)
    raise InputError("random-digit")


def _read_picture(value: object) -> PadPicture | None:
    if value is None:
        return None
    data, number = (value.get("data"), value.get("n")) if isinstance(value, Mapping) else (None, None)
    if not isinstance(data, str) or type(number) is not int:
        raise InputError("picture-unreadable")
    if len(data) > MAX_BASE64:
        raise InputError("picture-bytes", limit=MAX_PICTURE_BYTES // 10**6)
    try:
        return PadPicture(base64.b64decode(data, validate=True), number)
    except (binascii.Error, ValueError):
        raise InputError("picture-unreadable") from None

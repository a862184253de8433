"""The drawing pad: a canvas that sends the drawing during the stroke, and asks for digits and pictures."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
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
"""Bytes of a picture file: as base64 within one message to Streamlit (`server.maxWidgetStateSize`).

The browser makes larger photographs smaller before it sends them, unless it can't read them.
"""
MAX_BASE64: Final = 4 * -(-MAX_PICTURE_BYTES // 3)

_mount = mount.component("drawing_pad")


def _new_id() -> str:
    return secrets.token_urlsafe(9)


@dataclass(frozen=True)
class PadBase:
    """Ink that Python puts on the pad, as one step of its undo history.

    Attributes:
        ink: (side, side) uint8, 0 paper to 255 ink, side at most `lenet.digits.drawing.MAX_BASE_SIDE`.
        caption: shown under the pad for as long as this ink is on it.
        id: the pad takes each id once in a browser tab; give a fixed one to ink that is only a start, so that a reload
            keeps what was drawn since.
        example: the pen's first stroke takes its place instead of going over it.
        label: which digit it is, where that is known.
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
        message: for people.
        id: the pad shows each id once.
    """

    message: str
    id: str = field(default_factory=_new_id)


@dataclass(frozen=True)
class PadChoice:
    """Digits that were found in one picture; the visitor chooses which one goes on the pad.

    Attributes:
        digits: left to right, two at least.
        id: the pad shows each id once.
    """

    digits: tuple[PadBase, ...]
    id: str = field(default_factory=_new_id)


@dataclass(frozen=True)
class RandomDigit:
    """The visitor asks for a digit of this class, or of any."""

    digit: int | None


@dataclass(frozen=True)
class PadEvents:
    """Events that have come from the pad, checked.

    Attributes:
        drawing: the last good one, None before the first.
        revision: number of the last drawing that was read, good or bad; goes back to the pad as `revision`.
        base_id: `PadBase.id` of the ink under the drawing, None for none.
        random: a digit is asked for, in this run only.
        picture: bytes of a picture file that is to become a drawing, in this run only.
        error: what was sent can't be used.
    """

    drawing: Drawing | None = None
    revision: int = 0
    base_id: str | None = None
    random: RandomDigit | None = None
    picture: bytes | None = None
    error: InputError | None = None


def pad_events(key: str) -> PadEvents:
    """Events of the pad under this key; call it before `drawing_pad`, whose arguments may answer them."""
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
    """Take a drawing that the browser has kept for the pad under this key, which need not be on the page.

    Args:
        key: of the pad.
        document: as the pad sends it.

    Raises:
        InputError: it isn't a drawing.
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
    ticket: str | None = None,
    session: str = "",
) -> None:
    """Show the pad.

    Args:
        key: of the component, and of the drawing that a browser tab keeps.
        revision: `PadEvents.revision`, so that the pad sends its next drawing.
        base: ink to put on the pad; keep passing it until it is there (`PadEvents.base_id`), the pad takes it once.
        error: message to show; keep passing it, the pad shows it once.
        choice: digits to choose one from; the pad shows it once and puts the chosen one on itself.
        ticket: for drawings during a stroke, see `playground.draw.fast_path`; None where there is no such route.
        session: identifies the server's session, so that the pad notices another one.
    """
    _mount(
        key=key,
        data={
            "storage": key,
            "revision": revision,
            "ticket": ticket,
            "session": session,
            "base": base and _base(base),
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
        return kept  # it was under way while a newer one came another way
    drawing = parse_drawing(document)
    base = document.get("base") if isinstance(document, Mapping) else None
    name = base.get("id") if isinstance(base, Mapping) else None
    return PadEvents(drawing, revision, name if isinstance(name, str) and len(name) <= 100 else None)


def _read_random(value: object) -> RandomDigit | None:
    if value is None:
        return None
    digit = value.get("digit", "") if isinstance(value, Mapping) else ""
    if digit is None or (type(digit) is int and 0 <= digit <= 9):
        return RandomDigit(digit)
    raise InputError("random-digit")


def _read_picture(value: object) -> bytes | None:
    if value is None:
        return None
    data = value.get("data") if isinstance(value, Mapping) else None
    if not isinstance(data, str):
        raise InputError("picture-unreadable")
    if len(data) > MAX_BASE64:
        raise InputError("picture-bytes", limit=MAX_PICTURE_BYTES // 10**6)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("picture-unreadable") from None

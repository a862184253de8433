"""Tests of pictures given to the pad: a single digit is put on it; of several, the visitor chooses one."""

from __future__ import annotations

import base64

from streamlit.testing.v1 import AppTest

from playground.experiment.pad_digit import OPENING, PAD
from tests.lenet.digits.photographs import make, make_several
from tests.playground.pages import clean, open_app, visitor


def upload(data: bytes) -> AppTest:
    """Draw page after this picture was uploaded."""
    at = clean(open_app())
    at.session_state[PAD] = {"picture": {"data": base64.b64encode(data).decode(), "n": 1}}
    return clean(at)


def test_a_single_digit_goes_onto_the_pad() -> None:
    pad = visitor(upload(make("box", 1)[0])).pad
    assert pad.base is not None
    assert pad.base.caption == "Your picture"
    assert pad.choice is None


def test_of_several_digits_none_is_taken_without_asking() -> None:
    data, labels = make_several(1)
    pad = visitor(upload(data)).pad
    assert pad.base is not None
    assert pad.base.id == OPENING
    assert pad.choice is not None
    assert len(pad.choice[1].digits) == len(labels)


def test_a_refusal_names_the_formats_that_work() -> None:
    error = visitor(upload(b"no picture")).pad.error
    assert error is not None
    for name in ("PNG", "JPEG", "WebP", "AVIF", "GIF", "BMP", "TIFF", "HEIC"):
        assert name in error.message

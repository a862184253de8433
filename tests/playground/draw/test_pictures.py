"""Tests of pictures given to the pad: a single digit is put on it; of several, the visitor chooses one."""

from __future__ import annotations

import base64

from streamlit.testing.v1 import AppTest

from playground.experiment.pad_digit import OPENING, PAD
from tests.lenet.digits.photographs import make, make_several
from tests.playground.pages import clean, open_app


def upload(data: bytes) -> AppTest:
    """Draw page after this picture was uploaded."""
    at = clean(open_app())
    at.session_state[PAD] = {"picture": {"data": base64.b64encode(data).decode(), "n": 1}}
    return clean(at)


def test_a_single_digit_goes_onto_the_pad() -> None:
    state = upload(make("box", 1)[0]).session_state
    assert state["base"].caption == "Your picture"
    assert "pad-choice" not in state


def test_of_several_digits_none_is_taken_without_asking() -> None:
    data, labels = make_several(1)
    state = upload(data).session_state
    assert state["base"].id == OPENING
    _, choice = state["pad-choice"]
    assert len(choice.digits) == len(labels)


def test_a_refusal_names_the_formats_that_work() -> None:
    message = upload(b"no picture").session_state["pad-error"].message
    for name in ("PNG", "JPEG", "WebP", "AVIF", "GIF", "BMP", "TIFF", "HEIC"):
        assert name in message

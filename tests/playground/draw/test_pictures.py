"""Tests of pictures given to the pad: a single digit is put on it; of several, the visitor chooses one."""

from __future__ import annotations

import base64

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lenet.digits import picture
from playground.experiment.pad_digit import OPENING, PAD
from tests.lenet.digits.photographs import make, make_several
from tests.playground.pages import clean, open_app, visitor


def upload(data: bytes, at: AppTest | None = None, number: int = 1) -> AppTest:
    """Draw page after this picture was uploaded."""
    at = at or clean(open_app())
    at.session_state[PAD] = {"picture": {"data": base64.b64encode(data).decode(), "n": number}}
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


def test_a_picture_that_is_sent_again_is_not_put_on_the_pad_again() -> None:
    """The pad sends it until it is answered, and the answer may be on its way."""
    data, _ = make("box", 1)
    at = upload(data)
    put = visitor(at).pad.base
    assert visitor(upload(data, at)).pad.base is put
    assert visitor(upload(data, at, 2)).pad.base is not put


def test_a_picture_is_read_again_if_another_run_has_ended_the_one_that_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = make("box", 1)
    at = clean(open_app())
    with monkeypatch.context() as patch:
        patch.setattr(picture, "read_digits", lambda data: st.stop())
        upload(data, at)
    base = visitor(upload(data, at)).pad.base
    assert base is not None
    assert base.caption == "Your picture"


def test_a_refusal_names_the_formats_that_work() -> None:
    error = visitor(upload(b"no picture")).pad.error
    assert error is not None
    for name in ("PNG", "JPEG", "WebP", "AVIF", "GIF", "BMP", "TIFF", "HEIC"):
        assert name in error.message

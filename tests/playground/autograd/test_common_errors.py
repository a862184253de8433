"""Tests of the common errors on the Autograd page without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from lenet.explain import common_errors
from lenet.explain.common_errors import ERRORS
from playground.autograd import variable_cards
from playground.markdown import literal
from playground.text import text
from tests.playground.pages import clean, codes, open_page

TEXT = text("common_errors")


def messages(at: AppTest) -> list[str]:
    return [one.value.partition(":** ")[2] for one in at.error]


@pytest.mark.parametrize("key", ERRORS)
def test_each_error_shows_its_message_and_is_mended_by_a_click(key: str) -> None:
    at = open_page("autograd", exercise="errors", error=key)
    broken = common_errors.run(key, ERRORS[key].inputs)
    assert messages(at) == ([literal(broken.error.message)] if broken.error else [])
    assert bool(at.info) or broken.error or broken.warnings
    assert broken.script.strip() in codes(at)
    at.button(key="error-mend").click()
    clean(at)
    assert not at.error
    assert [one.value for one in at.success] == [TEXT["ran"]]
    assert common_errors.run(key, ERRORS[key].inputs, mended=True).script.strip() in codes(at)
    assert at.query_params["mended"] == "1"
    at.button(key="error-mend").click()
    clean(at)
    assert len(at.error) == (broken.error is not None)
    assert "mended" not in at.query_params


def test_a_chosen_error_is_in_the_address_and_not_mended() -> None:
    at = open_page("autograd", exercise="errors", error="leaf", mended="1")
    assert at.success
    at.button_group(key="error").select("item")
    clean(at)
    assert at.query_params["error"] == "item"
    assert "mended" not in at.query_params
    assert at.error
    at.button_group(key="exercise").select("mean")
    clean(at)
    assert "error" not in at.query_params


def test_the_message_follows_the_numbers() -> None:
    at = open_page("autograd", exercise="errors", error="backward-twice")
    at.number_input(key="error-backward-twice-x[0]").set_value(3.0)
    clean(at)
    assert any("6." in one.value for one in at.markdown)
    assert any("torch.tensor([3.0, -2.0]" in code for code in codes(at))


def test_junk_in_the_address_is_said() -> None:
    at = open_page("autograd", exercise="errors", error="../x", mended="yes")
    assert at.warning
    assert at.query_params["error"] == "batch"
    assert "mended" not in at.query_params


def test_a_card_says_that_its_tensor_was_changed_in_place() -> None:
    words = text("variable_cards")
    for key, expected in (("in-place", words["changed-once"]), ("no-zero-grad", words["changed"].format(count=3))):
        (changed,) = [one for one in common_errors.run(key, ERRORS[key].inputs).variables if one.changes]
        assert expected in variable_cards.card(changed).facts

"""Tests that a session holds one object with the visitor's state, and otherwise only values of widgets."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from playground.experiment.settings import WIDGETS, key
from playground.visitor import KEY, Visitor
from tests.playground.pages import clean, open_page, visitor


def test_a_visit_leaves_nothing_else_in_the_session_than_values_of_widgets() -> None:
    at = open_page("draw")
    for page in ("step", "graph", "gradients", "autograd", "filters", "step"):
        at.switch_page(f"{page}/page.py")
        clean(at)
    at.text_input(key=key("lr")).set_value("-1")
    clean(at)
    at.button(key="preset-net-3x3").click()
    clean(at)
    state = at.session_state._state._state
    widgets = {*state._key_id_mapper._key_id_mapping, *map(key, WIDGETS), "seed"}
    assert set(state.filtered_state) - widgets == {KEY}


def test_a_fact_for_one_run_is_forgotten_after_it() -> None:
    at = open_page("step")
    at.text_input(key=key("lr")).set_value("-1")
    clean(at)
    assert len(at.warning) == 1
    assert not visitor(at).once.number_refused
    clean(at)
    assert not at.warning


def parts(value: Any) -> list[Any]:
    """List a dataclass, its dictionaries and lists, and recursively those of its parts."""
    if not is_dataclass(value):
        return [value] if isinstance(value, dict | list) else []
    found = [part for field in fields(value) for part in parts(getattr(value, field.name))]
    return found if type(value).__dataclass_params__.frozen else [value, *found]  # type: ignore[attr-defined]


def test_two_visitors_share_nothing_that_changes() -> None:
    one, other = Visitor(), Visitor()
    assert one.id != other.id
    assert len(parts(one)) > 15
    assert not {id(part) for part in parts(one)} & {id(part) for part in parts(other)}

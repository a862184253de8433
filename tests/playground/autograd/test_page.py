"""Tests of the Autograd page without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from lenet.explain import exercises, expression
from lenet.record.arrays import Values
from playground.components import number_tables
from playground.components.number_tables import Card, Table
from playground.text import text
from tests.playground.pages import clean, codes, open_page

EXERCISES = ("mean", "in-place", "jacobian", "detach", "middle", "own")
"""Those with an introduction of their own."""


def opened(exercise: str | None = None, **query: str) -> AppTest:
    return open_page("autograd", **({"exercise": exercise} if exercise else {}), **query)


def words(at: AppTest) -> str:
    return " ".join(item.value for item in (*at.markdown, *at.caption))


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_exercise_opens_by_its_address(exercise: str) -> None:
    at = opened(exercise)
    assert at.session_state["exercise"] == exercise
    assert text("autograd")[f"about-{exercise}"] in words(at)
    assert codes(at)
    assert not at.error


def test_junk_in_the_address_opens_the_first_exercise() -> None:
    at = opened("../../etc/passwd", expression="x" * 5000)
    assert at.session_state["exercise"] == "mean"
    assert not at.error


def test_calling_backward_twice_is_explained_and_its_script_follows() -> None:
    at = opened("mean")
    at.number_input(key="mean-times").set_value(2)
    at.number_input(key="mean-x[0, 1]").set_value(-3.5)
    clean(at)
    assert "gradients add up" in words(at)
    expected = exercises.run("mean", {"x": ((1.0, -3.5), (1.0, 1.0))}, times=2)
    assert expected.script.strip() in codes(at)
    assert expected.refusal in words(at)


def test_a_new_seed_draws_new_numbers_that_stay_when_coming_back() -> None:
    at = opened("jacobian")
    at.number_input(key="jacobian-seed").set_value(5)
    clean(at)
    drawn = exercises.draw(3, 5)
    assert [at.number_input(key=f"jacobian-x[{place}]").value for place in range(3)] == list(drawn)
    result = exercises.run("jacobian", {"x": drawn, "v": (0.1, 1.0, 0.0001)})
    assert f"2**{len(result.graph.nodes) - 1}" in words(at)
    assert result.refusal in words(at)


def test_doubling_zero_is_refused_and_the_last_result_stays() -> None:
    at = opened("jacobian")
    before = codes(at)
    for place in range(3):
        at.number_input(key=f"jacobian-x[{place}]").set_value(0.0)
    clean(at)
    assert "doubling leads nowhere" in at.error[0].value
    assert codes(at) == before


@pytest.mark.parametrize("typed", ["ones(100000, 100000)", "ones(2) @", "__import__('os')", "x" * 600, ""])
def test_what_cannot_be_computed_is_said_and_the_last_result_stays(typed: str) -> None:
    at = opened("own", expression="q = tensor([2., 3.])\n(q * q).sum()")
    assert any("q = torch.tensor([2.0, 3.0], requires_grad=True)" in code for code in codes(at))
    at.text_area(key="expression").set_value(typed)
    clean(at)
    assert at.error
    assert any("q = torch.tensor([2.0, 3.0], requires_grad=True)" in code for code in codes(at))


def test_a_bad_expression_in_the_address_is_said_beside_an_example() -> None:
    at = opened("own", expression="foo(3)")
    assert "foo is not a function here" in at.error[0].value
    assert codes(at)


@pytest.mark.parametrize("name", ["notes", "layer", "softmax", "vector", "infinite"])
def test_examples_are_taken_and_computed(name: str) -> None:
    at = opened("own")
    at.button_group(key="example").select(name)
    clean(at)
    typed = at.text_area(key="expression").value
    assert expression.evaluate(typed).script.strip() in codes(at)
    assert not at.error
    assert ("infinite numbers" in words(at)) == (name == "infinite")


def test_a_chosen_node_says_how_it_is_reached() -> None:
    at = opened("mean")
    at.session_state["graph-mean"] = {"picked": {"id": "n4", "revision": 1}}
    clean(at)
    assert "out.grad_fn" + ".next_functions[0][0]" * 4 in codes(at)
    for junk in (
        "text",
        {"picked": {"id": "n99", "revision": 2}},
        {"picked": {"id": 4, "revision": "x"}},
        {"picked": []},
    ):
        at.session_state["graph-mean"] = junk
        clean(at)


def test_the_warning_that_is_quoted_is_pytorchs() -> None:
    leaf = torch.ones(1, requires_grad=True)
    with pytest.warns(UserWarning, match="not a leaf") as caught:
        assert (leaf * 2).grad is None
    quoted = text("autograd")["words-middle"].partition("“")[2].partition("”")[0]
    assert str(caught[0].message).startswith(quoted)


@pytest.mark.parametrize(
    ("shape", "sent"),
    [((), (1, 1)), ((3,), (1, 3)), ((2, 2), (2, 2)), ((100, 9), (8, 8)), ((4, 2, 3), (2, 3)), ((0,), (1, 0))],
)
def test_tables_show_the_first_numbers(shape: tuple[int, ...], sent: tuple[int, int], monkeypatch: Any) -> None:
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    mounted: dict[str, Any] = {}
    monkeypatch.setattr(number_tables, "_mount", lambda data, key: mounted.update(data))
    values = Values(shape, "float32", array)
    number_tables.number_tables(key="k", cards=[Card("x", tables=[Table("v", values), Table("g", None, "why")])])
    first, second = mounted["cards"][0]["tables"]
    assert (first["rows"], first["columns"], first["shape"]) == (*sent, list(shape))
    assert second["shape"] is None
    expected = np.atleast_2d(array[0] if array.ndim == 3 else array)[:8, :8]
    assert mounted["numbers"] == expected.astype("<f4").tobytes()

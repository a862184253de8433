"""Poolings, their sizes and problems, compared with `torch.nn.functional` and with each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional as F

from lenet.convolution import apply, problems, sizes
from lenet.convolution.settings import AVERAGE, MAX, Pooling

settings = st.builds(
    Pooling,
    kind=st.sampled_from([MAX, AVERAGE]),
    size=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=st.integers(0, 3),
    ceil_mode=st.booleans(),
)
sides = st.integers(1, 9)


@given(settings, sides, sides, st.integers(-1, 1), st.integers(-1, 1))
def test_a_pooling_is_pytorchs(own: Pooling, height: int, width: int, down: int, right: int) -> None:
    assume(problems.of_pooling(own, height, width) is None)
    x = np.random.default_rng(height).integers(0, 9, (2, height, width)).astype(np.float32)
    found = apply.pool(own, x, down, right)
    names: dict[str, Any] = {"F": F, "x": torch.from_numpy(x)[None].requires_grad_()}
    exec(own.code, names)
    names["y"].sum().backward()
    np.testing.assert_array_equal(found.output, names["y"][0].detach().numpy())
    np.testing.assert_array_equal(found.gradient, names["x"].grad[0].numpy())
    assert sizes.of_pooling(own, height, width) == found.output.shape[1:]
    if own.kind == MAX:
        flat = x.reshape(2, -1)
        np.testing.assert_array_equal(
            np.take_along_axis(flat, found.winners.reshape(2, -1), 1), found.output.reshape(2, -1)
        )
        np.testing.assert_array_equal(found.winners, names["winners"][0].numpy())
        counts = [np.bincount(own.ravel(), minlength=height * width) for own in found.winners]
        np.testing.assert_array_equal(found.gradient.reshape(2, -1), counts)
    else:
        assert found.winners.size == 0
    names["x"] = apply.shifted(torch.from_numpy(x)[None], right, down)
    exec(own.code, names)
    np.testing.assert_array_equal(found.moved, names["y"][0].numpy())
    assert found.changed == (found.moved != found.output).sum()


@given(sides, sides, st.integers(-1, 1), st.integers(-1, 1))
def test_a_moved_picture_has_zeros_where_nothing_came_from(height: int, width: int, down: int, right: int) -> None:
    x = np.arange(1, height * width + 1, dtype=np.float32).reshape(1, height, width)
    moved = apply.shifted(torch.from_numpy(x)[None], right, down)[0].numpy()
    for row in range(height):
        for column in range(width):
            inside = 0 <= row - down < height and 0 <= column - right < width
            assert moved[0, row, column] == (x[0, row - down, column - right] if inside else 0)


@given(settings, sides, sides)
def test_a_size_by_its_formula(own: Pooling, height: int, width: int) -> None:
    assume(problems.of_pooling(own, height, width) is None)
    shape = sizes.of_pooling(own, height, width)
    for formula, count in zip(sizes.pooling_formula(own, height, width), shape, strict=True):
        terms, result = formula.split(" = ")
        calculated = terms.replace("·", "*").replace("−", "-").replace("⌊", "(").replace("⌋", ")").replace("/", "//")
        calculated = calculated.replace("⌈(", "-(-(").replace("⌉", ")")
        assert eval(calculated) == int(result) == count


@pytest.mark.parametrize("kind", [MAX, AVERAGE])
@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"size": 7}, "size"),
        ({"stride": 0}, "stride"),
        ({"padding": 2}, "padding"),
        ({"size": 9, "ceil_mode": True}, "size"),
    ],
    ids=str,
)
def test_a_problem_is_at_its_option_in_pytorchs_words(kind: str, changes: dict[str, Any], option: str) -> None:
    own = Pooling(kind, **changes)
    found = problems.of_pooling(own, 5, 5)
    assert found is not None
    assert found.option == option
    assert str(found.error)
    with pytest.raises(RuntimeError) as raised:
        apply.pool(own, np.zeros((1, 5, 5), np.float32))
    assert found.torch == str(raised.value).partition("\n")[0]

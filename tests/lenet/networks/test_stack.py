"""Networks as lists of layers: their names, shapes and errors, against PyTorch."""

from __future__ import annotations

import inspect
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lenet.networks import models, stack_shapes, stack_source
from lenet.networks.layer_shapes import Fit
from lenet.networks.stack import CLASSES, LONGEST, MOST, SIDES, Row, Stack, apply, read, row
from lenet.networks.stack_layers import TYPES, Option, Value
from lenet.networks.stack_shapes import build, check, module
from lenet.shapes import Shape

LENET5 = "stack-32~conv-6-5~relu~max_pool~conv-16-5~relu~max_pool~flatten~linear-120~relu~linear-84~relu~linear"


def small(option: Option) -> st.SearchStrategy[object]:
    """Values of an option that often fit."""
    if option.choices:
        return st.sampled_from(option.choices)
    if isinstance(option.default, bool):
        return st.booleans()
    if isinstance(option.default, float):
        return st.floats(option.low, option.high)
    low, high = int(option.low), min(int(option.high), 9)
    number = st.integers(low, high)
    if option.inferred:
        number = st.one_of(st.just(0), st.just(0), number)
    return st.tuples(number, number) if isinstance(option.default, tuple) else number


def layers() -> st.SearchStrategy[Row]:
    """One layer with some of its options given."""
    return st.sampled_from(list(TYPES.values())).flatmap(
        lambda kind: st.fixed_dictionaries({}, optional={option.name: small(option) for option in kind.options}).map(
            lambda values: row(kind.name, values)
        )
    )


stacks = st.builds(Stack, st.lists(layers(), max_size=8).map(tuple), st.sampled_from(SIDES))


@given(stacks)
def test_a_name_is_read_as_the_stack_that_it_is_of(stack: Stack) -> None:
    assert read(stack.name) == stack


@given(st.text(max_size=60) | st.text("stack-~32convrelu_.x0123456789n", max_size=60).map("stack-32~".__add__))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = read(text)
    assert found is None or len(found.rows) <= MOST


@pytest.mark.parametrize("kind", TYPES)
def test_the_longest_list_of_layers_is_read(kind: str) -> None:
    values: dict[str, Value] = {}
    for option in TYPES[kind].options:
        if option.choices:
            values[option.name] = max(option.choices, key=len)
        elif isinstance(option.default, bool):
            values[option.name] = not option.default
        elif isinstance(option.default, float):
            values[option.name] = 1.2345678901234567e-07 + option.low
        else:
            high = int(option.high)
            values[option.name] = (high, high - 1) if isinstance(option.default, tuple) else high
    stack = Stack((row(kind, values),) * MOST)
    assert read(stack.name) == stack


@pytest.mark.parametrize(
    "name",
    [
        "stack-30~linear",
        "stack-32~pickle",
        "stack-32~conv-0",
        "stack-32~conv-6-99",
        "stack-32~conv-6-5x5x5",
        "stack-32~dropout-2",
        "stack-32~dropout-nan",
        "stack-32~conv-6-3-1-0-1-1-1-odd",
        "stack-32~relu-1",
        "stack-32" + "~relu" * (MOST + 1),
        "stack-32~" + "0" * LONGEST,
    ],
)
def test_a_name_out_of_range_is_refused(name: str) -> None:
    assert read(name) is None


def attempt(one: Row, shape: Shape, x: torch.Tensor) -> tuple[torch.Tensor | None, int, str]:
    """PyTorch's output of a layer, its number of parameters, and the message of its error."""
    try:
        if one.type.module is None:
            return apply(one, x), 0, ""
        made = module(one, shape).eval()
        return made(x), sum(parameter.numel() for parameter in made.parameters()), ""
    except (RuntimeError, ValueError, IndexError) as error:
        return None, 0, str(error)


@settings(max_examples=1000, suppress_health_check=[HealthCheck.too_slow])
@given(stacks)
def test_shapes_and_errors_are_those_of_pytorch(stack: Stack) -> None:
    x: torch.Tensor | None = torch.zeros(1, 1, stack.side, stack.side)
    for one in check(stack):
        assert one.shape == (None if x is None else tuple(x.shape[1:]))
        if x is None or one.shape is None:
            continue
        if one.problem is not None and one.problem.key.startswith("limit"):
            return
        x, parameters, said = attempt(one.row, one.shape, x)
        assert one.output == (None if x is None else tuple(x.shape[1:])), said
        assert (one.fit.parameters if one.fit else 0) == parameters
        assert (eval_sum(one.fit.count) if one.fit and one.fit.count else 0) == parameters
        if x is None:
            assert one.problem is not None
            assert one.problem.said == said


def eval_sum(text: str) -> int:
    """Value of a sum of products."""
    return sum(math.prod(map(int, part.split("·"))) for part in text.split(" + "))


@given(stacks)
def test_mending_goes_past_the_layer(stack: Stack) -> None:
    """One change after the other leads to a network that fits."""
    for _ in range(4 * MOST):
        problem = next((one.problem for one in check(stack) if one.problem), None)
        if problem is None:
            break
        assert problem.mended is not None
        assert problem.mended != stack
        stack = problem.mended
    assert not stack.rows or stack_shapes.fits(stack)


def test_lenet5_as_a_stack_is_lenet5() -> None:
    stack = read(LENET5)
    assert stack is not None
    assert stack.name == LENET5
    model = build(stack)
    own = models.build("LeNet5", 3)
    model.load_state_dict(own.state_dict())
    x = torch.rand(4, 1, 32, 32)
    assert torch.equal(model(x), own(x))
    rows = check(stack)
    size = "⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28"
    assert rows[0].fit == Fit((6, 28, 28), (size,), "6·1·5·5 + 6", 156, 6 * 25 * 28 * 28)
    assert [one.field for one in rows[:6]] == [(5, 5), (5, 5), (6, 6), (14, 14), (14, 14), (16, 16)]
    assert rows[6].fit == Fit((400,), ("16·5·5 = 400",))
    assert rows[-1].output == (CLASSES,)


def test_lenet5_as_code_is_that_of_the_notes() -> None:
    stack = read(LENET5)
    assert stack is not None
    own = inspect.getsource(models.LeNet5)
    written = stack_source.source(stack)
    for line in written.splitlines()[1:]:
        assert line in own


@given(stacks.filter(lambda stack: all(one.output is not None for one in check(stack))))
def test_the_code_computes_what_the_network_computes(stack: Stack) -> None:
    names: dict[str, Any] = {}
    exec(stack_source.script(stack).split("\n\n\n")[0], names)
    exec(stack_source.source(stack), names)
    model, written = build(stack).eval(), names["Net"]().eval()
    written.load_state_dict(model.state_dict())
    x = torch.rand(2, 1, stack.side, stack.side)
    with torch.no_grad():
        assert torch.equal(written(x), model(x))


def test_a_wrong_number_of_features_is_said_and_mended() -> None:
    stack = read(LENET5.replace("linear-120", "linear-120-1-576"))
    assert stack is not None
    problem = check(stack)[7].problem
    assert problem is not None
    assert problem.said == "mat1 and mat2 shapes cannot be multiplied (1x400 and 576x120)"
    assert problem.facts == {"wanted": 576, "features": 400}
    assert problem.mended is not None
    assert problem.mended.name == LENET5
    assert check(stack)[8].shape is None
    without = replace(stack, rows=(*stack.rows[:6], row("linear", {"in_features": 400}), row("linear")))
    problem = check(without)[6].problem
    assert problem is not None
    assert problem.key == "features-flat"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("stack-32~linear-4096-1-100000", "limit-weights"),
        ("stack-32~conv-512-16-1-0-1-1-1-zeros-512", "limit-weights"),
        ("stack-32~conv-512-1~conv-512-3", "limit-products"),
        ("stack-32~conv-512-1-1-16", "limit-values"),
    ],
)
def test_a_layer_that_is_too_large_is_refused_before_it_is_made(
    name: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_shapes, "said_by_torch", lambda *_: pytest.fail("it was made"))
    stack = read(name)
    assert stack is not None
    problem = check(stack)[-1].problem
    assert problem is not None
    assert problem.key == key

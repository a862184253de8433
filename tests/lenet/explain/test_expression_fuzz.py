"""Any text is either refused by an `InputError` or computed within the limits."""

from __future__ import annotations

import warnings
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from lenet.errors import InputError
from lenet.explain.expression import (
    BINARY,
    CREATORS,
    FUNCTIONS,
    KEYWORDS,
    MAX_NUMBERS,
    MAX_TEXT,
    MAX_TOTAL,
    METHODS,
    evaluate,
)
from lenet.explain.operation_sizes import extent

MANY = settings(max_examples=400, deadline=None, derandomize=True)

NUMBERS = st.one_of(
    st.integers(-3, 9).map(str),
    st.sampled_from(["2**31", "2**62", "2**63", "-2**63", "10**4", "10**9", "-1", "0", "1e300", "nan", "inf", "0.5"]),
    st.sampled_from(["True", "False", "None"]),
)
LISTS = st.lists(NUMBERS, max_size=4).map(lambda items: f"[{', '.join(items)}]")
TENSORS = st.sampled_from(
    [
        *("x", "x[0]", "x[:, 1:]", "ones(2, 3)", "ones(0)", "ones(0, 5)", "tensor(2)", "tensor(1.)", "tensor([0, 1])"),
        *("tensor([True])", "ones(1, 1, 6, 6)", "ones(2, 1, 3, 3)", "ones(3, 0, 100, 100)", "tensor([nan, inf])"),
        *("ones(100, 100)", "ones(10000, 0)", "ones(0, 10000)", "ones(1, 10000)", "ones(10000, 1)"),
    ]
)
ARGUMENTS = st.one_of(NUMBERS, LISTS, TENSORS, TENSORS)
NAMED = st.builds(
    lambda name, value: f"{name}={value}",
    st.sampled_from([*KEYWORDS, "requires_grad", "seed", "generator"]),
    ARGUMENTS,
)
GIVEN = st.builds(
    lambda args, named: ", ".join([*args, *named]), st.lists(ARGUMENTS, max_size=5), st.lists(NAMED, max_size=2)
)
CALLS = st.one_of(
    st.builds(
        lambda module, name, given: f"{module}{name}({given})",
        st.sampled_from(["", "torch.", "F.", "torch.nn.functional."]),
        st.sampled_from([*CREATORS, *FUNCTIONS]),
        GIVEN,
    ),
    st.builds(lambda tensor, name, given: f"({tensor}).{name}({given})", TENSORS, st.sampled_from(METHODS), GIVEN),
    st.builds(
        lambda one, sign, other: f"({one}) {sign} ({other})",
        ARGUMENTS,
        st.sampled_from(["+", "-", "*", "/", "**", "@"]),
        ARGUMENTS,
    ),
    st.builds(
        lambda tensor, args: f"({tensor})[{', '.join(args)}]", TENSORS, st.lists(ARGUMENTS, min_size=1, max_size=3)
    ),
)
PROGRAMS = st.lists(CALLS, min_size=1, max_size=4).map(
    lambda calls: "x = ones(2, 3)\n" + "\n".join(f"y{place} = {call}" for place, call in enumerate(calls))
)


def hold(text: str) -> bool:
    """True if the expression could be computed; nothing but an `InputError` is raised otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(InputError):
            result = evaluate(text[:MAX_TEXT])
            shapes = [variable.value.shape for variable in result.variables]
            assert all(extent(shape) <= MAX_NUMBERS for shape in shapes)
            assert sum(variable.value.size for variable in result.variables) <= MAX_TOTAL
            return True
    return False


@MANY
@given(PROGRAMS)
def test_programs_of_calls(text: str) -> None:
    hold(text)


@MANY
@given(CALLS)
def test_a_call_whose_gradient_is_asked_for(call: str) -> None:
    hold(f"x = ones(2, 3)\nsum({call})")


@MANY
@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    hold(text)
    hold(f"x = ones(2)\n{text}")


def test_the_calls_are_not_all_refused() -> None:
    assert len(BINARY) == 6
    assert hold("conv2d(ones(1, 1, 6, 6), ones(2, 1, 3, 3), None, [1, 2], padding=1)")
    assert not hold("ones(0, 2**62)")

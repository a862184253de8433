"""The autograd review as a bench to play on, and a line for one's own expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lenet.errors import InputError
from lenet.explain import exercises, expression
from lenet.explain.expression import Evaluation
from lenet.record.program import Variable
from playground import kept_values, location, notices
from playground.autograd.program_graph import small_graph
from playground.autograd.variable_cards import gradient, variable_cards
from playground.code_button import code_button
from playground.components.number_tables import Card, Table, number_tables
from playground.markdown import literal
from playground.number_words import grouped, number
from playground.session import SEEDS
from playground.text import text

TEXT: Final = text("autograd")
EXERCISE: Final = "exercise"
EXPRESSION: Final = "expression"
OWN: Final = "own"
EXERCISES: Final = ("mean", "in-place", "jacobian", "detach", "middle", OWN)
LARGEST: Final = 1e6
MOST_TIMES: Final = 6
NARROW: Final = 88
"""Pixels of a field of which three stand in a row on a small screen."""
EXAMPLES: Final = {
    "notes": "x = ones(2, 2)\ny = x + 2\nz = y * y * 3\nz.mean()",
    "layer": "x = tensor([[1., -2., 0.5]], requires_grad=False)\nw = randn(2, 3, seed=1)\nb = zeros(2)\n"
    "h = relu(x @ w.T + b)\n(h * h).sum()",
    "convolution": "x = randn(1, 1, 6, 6, seed=1, requires_grad=False)\nw = randn(2, 1, 3, 3)\nb = zeros(2)\n"
    "h = F.max_pool2d(F.relu(F.conv2d(x, w, b)), 2)\nh.sum()",
    "softmax": "logits = tensor([[2., 1., -1.]])\ncross_entropy(logits, tensor([0]))",
    "vector": "x = tensor([1., 2., 3.])\nv = tensor([0.1, 1., 0.0001], requires_grad=False)\n(v * x ** 2).sum()",
    "infinite": "x = tensor([0., 1., 4.])\nsqrt(x).sum()",
}

Result = TypeVar("Result")


def show() -> None:
    """The page."""
    st.title(TEXT["title"])
    # Streamlit's own binding would put the label into the address, which changes with the language.
    asked = st.query_params.get(EXERCISE)
    if asked is not None and asked not in EXERCISES:
        notices.warn(TEXT["address"].format(choices=", ".join(EXERCISES)))
    one = kept_values.among(EXERCISES)
    kept_values.keep(EXERCISE, EXERCISES[0], one, one(asked))
    exercise = st.segmented_control(
        TEXT["exercise"],
        EXERCISES,
        required=True,
        format_func=lambda name: TEXT[f"name-{name}"],
        key=EXERCISE,
        label_visibility="collapsed",
    )
    exercise = exercise or EXERCISES[0]
    location.put({EXERCISE: exercise}, (EXERCISE,) if exercise == OWN else (EXERCISE, EXPRESSION))
    SHOW[exercise]()


def mean() -> None:
    """`x = ones(2, 2)`, and 4.5 after one backward."""
    left, right = board("mean")
    with left:
        x = matrix("mean", "x", (1.0,) * 4)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            kept_values.keep("mean-times", 1, kept_values.whole(1, MOST_TIMES))
            times = st.number_input(TEXT["times"], 1, MOST_TIMES, key="mean-times", width=150)
            kept_values.keep("mean-clear", False, kept_values.flag)
            clear = st.toggle(TEXT["clear"], key="mean-clear", help=TEXT["clear-help"])
        result = exercises.mean(x, times, clear=clear)
        words = "words-mean" if times == 1 else "words-mean-clear" if clear else "words-mean-times"
        st.markdown(TEXT[words].format(times=times))
        if times > 1:
            st.caption(TEXT["freed"].format(said=result.freed))
        grads = [Table(TEXT["after"].format(count=count + 1), grad) for count, grad in enumerate(result.grads)]
        by_hand = Table(TEXT["by-hand"], result.derivative)
        number_tables(
            key="grads-mean", cards=[Card("x.grad", TEXT["after-each"], tables=[*grads, by_hand])], legend=False
        )
        script(result)
    with right:
        small_graph("graph-mean", result.graph, 340)
    finish("mean", result)


def in_place() -> None:
    """`a.requires_grad_(True)`."""
    left, right = board("in-place")
    with left:
        names = tuple(f"a[{row}, {column}]" for row in range(2) for column in range(2))
        a = matrix("in-place", "a", exercises.draw(4, seed("in-place", names)))
        result = exercises.in_place(a)
        st.markdown(
            TEXT["words-in-place"].format(before=result.before, after=result.after, grad_fn=result["b"].grad_fn)
        )
        gradients("in-place", result["a"])
        script(result)
    with right:
        small_graph("graph-in-place", result.graph, 280)
    finish("in-place", result)


def jacobian() -> None:
    """The doubling loop, and what a Jacobian is."""
    left, right = board("jacobian")
    with left:
        x = vector("jacobian", "x", exercises.draw(3, seed("jacobian", ("x[0]", "x[1]", "x[2]"))))
        v = vector("jacobian", "v", (0.1, 1.0, 0.0001))
        result = latest("jacobian", lambda: exercises.doubling(x, v))
        if result is None:
            return
        st.markdown(
            TEXT["words-jacobian"].format(
                rounds=result.rounds,
                norm=number(result.norms[-1]),
                factor=grouped(2 ** (result.rounds + 1)),
                times=result.rounds + 1,
                agrees=TEXT["agrees" if result.agrees else "differs"],
                said=result.refusal,
            )
        )
        script(result)
    with right:
        products = [
            Table("v", result.v),
            Table(TEXT["jacobian"], result.jacobian),
            Table("v @ J", result.product),
            Table("x.grad", result["x"].grad),
        ]
        number_tables(
            key="product",
            cards=[Card(TEXT["product"], TEXT["product-note"], tables=products)],
            legend=False,
        )
        small_graph("graph-jacobian", result.graph, 420)
    finish("jacobian", result)


def detach() -> None:
    """`no_grad` and `detach`."""
    left, right = board("detach")
    with left:
        x = vector("detach", "x", (1.0, -2.0, 3.0))
        result = exercises.detach(x)
        flags = {
            "(x ** 2).requires_grad": result.squared,
            "with torch.no_grad(): (x ** 2).requires_grad": result.untracked,
            "(nn.Dropout().eval()(x) ** 2).requires_grad": result.evaluated,
            "x.detach().requires_grad": result.detached,
            "x.eq(y).all()": result.equal,
            "x.data_ptr() == y.data_ptr()": result.shared,
        }
        st.markdown(TEXT["words-detach"])
        st.table([{TEXT["asked"]: f"`{asked}`", TEXT["answer"]: f"**{flag}**"} for asked, flag in flags.items()])
        gradients("detach", result["x"])
        script(result)
    with right:
        small_graph("graph-detach", result.graph, 280, cut=TEXT["cut"])
    finish("detach", result)


def middle() -> None:
    """`.grad` of a tensor that is not a leaf."""
    left, right = board("middle")
    with left:
        x = matrix("middle", "x", (1.0,) * 4)
        kept_values.keep("middle-retain", False, kept_values.flag)
        retain = st.toggle(TEXT["retain"], key="middle-retain")
        result = exercises.non_leaf(x, retain=retain)
        st.markdown(TEXT["words-middle-retained" if retain else "words-middle"])
        gradients("middle", result["x"], result["y"])
        script(result)
    with right:
        small_graph("graph-middle", result.graph, 340)
    finish("middle", result)


def own() -> None:
    """One's own expression."""
    left, right = board("own")
    with left:
        st.pills(
            TEXT["examples"],
            list(EXAMPLES),
            format_func=lambda name: TEXT[f"example-{name}"],
            key="example",
            on_change=take_example,
            wrap=True,
        )
        asked = st.query_params.get(EXPRESSION)
        kept_values.keep(EXPRESSION, EXAMPLES["notes"], kept_values.words, asked)
        typed = st.text_area(
            TEXT["expression"],
            height=150,
            key=EXPRESSION,
            help=TEXT["expression-help"].format(
                creators=listed(expression.CREATORS),
                methods=listed(name for name in expression.METHODS if name in expression.FUNCTIONS),
                functions=listed(name for name in expression.FUNCTIONS if name not in expression.METHODS),
                numbers=grouped(expression.MAX_NUMBERS),
                operations=expression.MAX_OPERATIONS,
            ),
        )
        location.put({EXPRESSION: typed}, (EXPRESSION,))
        result = latest("own", lambda: expression.evaluate(typed)) or expression.evaluate(EXAMPLES["notes"])
        if result.text != typed.strip():
            st.caption(TEXT["still"].format(root=result.root))
        st.markdown(words_for(result))
        if result.leaves:
            gradients("own", *result.leaves)
        script(result)
    with right:
        if result.graph:
            small_graph("graph-own", result.graph, 380)
        else:
            st.info(TEXT["no-graph-leaf" if result.variables[-1].requires_grad else "no-graph"])
    finish("own", result)


def words_for(result: Evaluation) -> str:
    """What backward started from, and where it led."""
    if not result.variables[-1].requires_grad:
        return TEXT["words-own-none"].format(root=result.root)
    lines = [TEXT["words-own-vector" if result.gradient else "words-own"].format(root=result.root)]
    unreached = [leaf.name for leaf in result.leaves if leaf.grad is None]
    if unreached:
        lines.append(TEXT["words-own-unreached"].format(names=listed(unreached)))
    states = {leaf.grad.state for leaf in result.leaves if leaf.grad} | {result.variables[-1].value.state}
    lines += [TEXT[f"words-own-{state}"] for state in ("nan", "infinite") if state in states]
    return " ".join(lines)


def board(exercise: str) -> list[DeltaGenerator]:
    """What the exercise is about, and two columns."""
    st.markdown(TEXT[f"about-{exercise}"])
    return st.columns([5, 7], gap="large")


def gradients(exercise: str, *shown: Variable) -> None:
    """What backward came to, where it is seen at once."""
    tables = [gradient(variable) for variable in shown]
    number_tables(key=f"gradients-{exercise}", cards=[Card(TEXT["gradients"], tables=tables)], legend=False)


def script(result: exercises.Result | Evaluation) -> None:
    """The exercise as a script."""
    st.markdown(f"**{TEXT['script']}**")
    st.code(result.script, wrap_lines=True)


def finish(exercise: str, result: exercises.Result | Evaluation) -> None:
    """The tensors at the end, and the script to take along."""
    st.markdown(f"**{TEXT['tensors']}**")
    variable_cards(f"numbers-{exercise}", result.variables)
    code_button(lambda: result.script, TEXT["code"], "autograd")


def matrix(exercise: str, name: str, start: tuple[float, ...]) -> tuple[tuple[float, ...], ...]:
    """Four numbers to edit."""
    return tuple(
        numbers(exercise, {f"{name}[{row}, {column}]": start[2 * row + column] for column in range(2)})
        for row in range(2)
    )


def vector(exercise: str, name: str, start: tuple[float, ...]) -> tuple[float, ...]:
    """Numbers to edit."""
    return numbers(exercise, {f"{name}[{place}]": value for place, value in enumerate(start)})


def numbers(exercise: str, start: dict[str, float]) -> tuple[float, ...]:
    """A row of numbers to edit, by their names."""
    with st.container(horizontal=True, gap="xsmall"):
        width: int | Literal["stretch"] = "stretch" if len(start) < 3 else NARROW
        return tuple(_number(f"{exercise}-{name}", name, value, width) for name, value in start.items())


def _number(key: str, name: str, start: float, width: int | Literal["stretch"]) -> float:
    kept_values.keep(key, start, kept_values.number(-LARGEST, LARGEST))
    value: float = st.number_input(name, -LARGEST, LARGEST, step=0.5, format="%.4f", key=key, width=width)
    return value


def seed(exercise: str, names: tuple[str, ...]) -> int:
    """A seed; a new one draws new numbers into the fields of these names."""
    key = f"{exercise}-seed"

    def draw() -> None:
        for name, value in zip(names, exercises.draw(len(names), st.session_state[key]), strict=True):
            st.session_state[f"{exercise}-{name}"] = value

    kept_values.keep(key, 0, kept_values.whole(0, SEEDS - 1))
    value: int = st.number_input(TEXT["seed"], 0, SEEDS - 1, key=key, on_change=draw, help=TEXT["seed-help"], width=136)
    return value


def latest(exercise: str, compute: Callable[[], Result]) -> Result | None:
    """The result, or a sentence about what is wrong and the last result that there was."""
    key = f"autograd-{exercise}"
    try:
        st.session_state[key] = compute()
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
    result: Result | None = st.session_state.get(key)
    return result


def take_example() -> None:
    """Write the chosen example into the line."""
    chosen = st.session_state["example"]
    if chosen in EXAMPLES:
        st.session_state[EXPRESSION] = EXAMPLES[chosen]


def listed(names: Iterable[str]) -> str:
    """Names as code."""
    return ", ".join(f"`{name}`" for name in names)


SHOW: Final[dict[str, Callable[[], None]]] = dict(
    zip(EXERCISES, (mean, in_place, jacobian, detach, middle, own), strict=True)
)
show()

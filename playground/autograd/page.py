"""The Autograd page: interactive exercises from the autograd review, and a field for the visitor's own expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lenet.errors import InputError
from lenet.explain import exercises, expression
from lenet.explain.exercises import Exercise, Result
from lenet.explain.expression import Evaluation
from lenet.record.program import Variable
from playground import heading, kept_values, location, notices
from playground.autograd import common_errors
from playground.autograd.fields import fields
from playground.autograd.program_graph import small_graph
from playground.autograd.variable_cards import gradient, variable_cards
from playground.code_button import code_button
from playground.components.code_block import code_block
from playground.components.number_tables import Card, Table, number_tables
from playground.markdown import literal
from playground.number_words import grouped, number
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("autograd")
EXERCISE: Final = "exercise"
EXPRESSION: Final = "expression"
OWN: Final = "own"
ERRORS: Final = "errors"
EXERCISES: Final = (*exercises.EXERCISES, ERRORS, OWN)
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
QUESTIONS: Final = (
    "(x ** 2).requires_grad",
    "with torch.no_grad(): (x ** 2).requires_grad",
    "(nn.Dropout().eval()(x) ** 2).requires_grad",
    "x.detach().requires_grad",
    "x.eq(y).all()",
    "x.data_ptr() == y.data_ptr()",
)
"""Expressions whose values the exercise on detach prints first."""
HELP: Final = {"clear": "clear-help"}
"""Keys of the options' longer explanations."""

Computed = TypeVar("Computed", Result, Evaluation)
Options = Mapping[str, int]


def show() -> None:
    """Show the page."""
    heading.show(TEXT["title"], TEXT["introduction"])
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
    others = {OWN: (EXPRESSION,), ERRORS: common_errors.PARAMETERS}
    dropped = [name for key, names in others.items() if key != exercise for name in names]
    location.put({EXERCISE: exercise}, (EXERCISE, *dropped))
    if exercise == OWN:
        own()
    elif exercise == ERRORS:
        common_errors.show()
    else:
        taught(exercise)


def taught(name: str) -> None:
    """Show an exercise: fields, explanation, tables, graph and script."""
    exercise, view = exercises.EXERCISES[name], VIEWS[name]
    left, right = introduce(name)
    with left:
        inputs, options = fields(name, exercise.inputs, exercise.drawn), choices(name, exercise)
        result = latest(name, lambda: exercises.run(name, inputs, **options))
        if result is None:
            return
        view.explain(result, options)
        if not view.beside_graph:
            tables(name, view.card(result))
        script(name, result)
    with right:
        if view.beside_graph:
            tables(name, view.card(result))
        small_graph(f"graph-{name}", result.graph, view.height, cut=TEXT["cut"] if view.cut else None)
    finish(name, result)


def explain_mean(result: Result, options: Options) -> None:
    """Explain the gradient after one or more calls of `backward`."""
    times = options["times"]
    words = "words-mean" if times == 1 else "words-mean-clear" if options["clear"] else "words-mean-times"
    st.markdown(TEXT[words].format(times=times))
    if times > 1:
        st.caption(TEXT["freed"].format(said=result.refusal))


def calls(result: Result) -> Card:
    """Return a card of `x.grad` after each call of `backward`, and the derivative by hand."""
    tables = [Table(TEXT["after"].format(count=count + 1), grad) for count, grad in enumerate(result.arrays)]
    by_hand = Table(TEXT["by-hand"], result.measured["derivative"])
    return Card("x.grad", TEXT["after-each"], tables=[*tables, by_hand])


def explain_in_place(result: Result, options: Options) -> None:
    """Explain `a.requires_grad_(True)`."""
    before, after, grad_fn, _ = result.printed
    st.markdown(TEXT["words-in-place"].format(before=before, after=after, grad_fn=grad_fn))


def explain_jacobian(result: Result, options: Options) -> None:
    """Explain the doubling loop and the Jacobian."""
    times = len(result.graph.nodes) - 1
    st.markdown(
        TEXT["words-jacobian"].format(
            rounds=times - 1,
            norm=number(result.measured["norm"]),
            factor=grouped(2**times),
            times=times,
            agrees=TEXT["agrees" if result.measured["agrees"] else "differs"],
            said=result.refusal,
        )
    )


def product(result: Result) -> Card:
    """Return a card of the vector, the Jacobian, their product, and the gradient that backward computed."""
    _, jacobian, product, grad = result.arrays
    shown = {"v": result.measured["v"], TEXT["jacobian"]: jacobian, "v @ J": product, "x.grad": grad}
    return Card(TEXT["product"], TEXT["product-note"], tables=[Table(*item) for item in shown.items()])


def explain_detach(result: Result, options: Options) -> None:
    """Explain `no_grad` and `detach`."""
    st.markdown(TEXT["words-detach"])
    answers = zip(QUESTIONS, result.printed, strict=False)
    st.table([{TEXT["asked"]: f"`{asked}`", TEXT["answer"]: f"**{answer}**"} for asked, answer in answers])


def explain_middle(result: Result, options: Options) -> None:
    """Explain the `.grad` of a tensor that is not a leaf."""
    st.markdown(TEXT["words-middle-retained" if options["retain"] else "words-middle"])


def gradients_of(*names: str) -> Callable[[Result], Card]:
    """Return a function that makes a card of these tensors' gradients."""
    return lambda result: gradients(*(result[name] for name in names))


@dataclass(frozen=True)
class View:
    """Presentation of one exercise.

    Attributes:
        height: height of the graph in pixels.
        explain: shows the explanation.
        card: returns the numbers to compare.
        beside_graph: True to put the card above the graph instead of below the explanation.
        cut: True to draw a box for each None in `next_functions`.
    """

    height: int
    explain: Callable[[Result, Options], None]
    card: Callable[[Result], Card]
    beside_graph: bool = False
    cut: bool = False


VIEWS: Final = {
    "mean": View(340, explain_mean, calls),
    "in-place": View(280, explain_in_place, gradients_of("a")),
    "jacobian": View(420, explain_jacobian, product, beside_graph=True),
    "detach": View(280, explain_detach, gradients_of("x"), cut=True),
    "middle": View(340, explain_middle, gradients_of("x", "y")),
}


def own() -> None:
    """Field for an expression that the visitor types, and the result."""
    left, right = introduce("own")
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
            tables("own", gradients(*result.leaves))
        script("own", result)
    with right:
        if result.graph:
            small_graph("graph-own", result.graph, 380)
        else:
            st.info(TEXT["no-graph-leaf" if result.variables[-1].requires_grad else "no-graph"])
    finish("own", result)


def words_for(result: Evaluation) -> str:
    """Describe where backward started and which gradients it computed."""
    if not result.variables[-1].requires_grad:
        return TEXT["words-own-none"].format(root=result.root)
    lines = [TEXT["words-own-vector" if result.gradient else "words-own"].format(root=result.root)]
    unreached = [leaf.name for leaf in result.leaves if leaf.grad is None]
    if unreached:
        lines.append(TEXT["words-own-unreached"].format(names=listed(unreached)))
    states = {leaf.grad.state for leaf in result.leaves if leaf.grad} | {result.variables[-1].value.state}
    lines += [TEXT[f"words-own-{state}"] for state in ("nan", "infinite") if state in states]
    return " ".join(lines)


def introduce(exercise: str) -> list[DeltaGenerator]:
    """Show the exercise's introduction; return the two columns under it."""
    st.markdown(TEXT[f"about-{exercise}"])
    return st.columns([5, 7], gap="large")


def gradients(*shown: Variable) -> Card:
    """Return a card of the gradients of some tensors."""
    return Card(TEXT["gradients"], tables=[gradient(variable) for variable in shown])


def tables(exercise: str, card: Card) -> None:
    """Show numbers to compare."""
    number_tables(key=f"gradients-{exercise}", cards=[card], legend=False)


def script(exercise: str, result: Result | Evaluation) -> None:
    """Show the exercise as a script."""
    st.markdown(f"**{TEXT['script']}**")
    code_block(result.script, key=f"script-{exercise}")


def finish(exercise: str, result: Result | Evaluation) -> None:
    """Show the final tensors and the button for the script."""
    st.markdown(f"**{TEXT['tensors']}**")
    variable_cards(f"numbers-{exercise}", result.variables)
    code_button(lambda: result.script, TEXT["code"], "autograd")


def choices(name: str, exercise: Exercise) -> dict[str, int]:
    """Show the options of an exercise."""
    chosen: dict[str, int] = {}
    if exercise.counts or exercise.switches:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            for option, most in exercise.counts.items():
                key = f"{name}-{option}"
                kept_values.keep(key, 1, kept_values.whole(1, most))
                chosen[option] = st.number_input(TEXT[option], 1, most, key=key, width=150)
            for option in exercise.switches:
                key = f"{name}-{option}"
                kept_values.keep(key, False, kept_values.flag)
                chosen[option] = st.toggle(TEXT[option], key=key, help=HELP.get(option) and TEXT[HELP[option]])
    return chosen


def latest(exercise: str, compute: Callable[[], Computed]) -> Computed | None:
    """Compute a result; if that fails, show the error and return the last result that succeeded."""
    results = visitor().autograd.results
    try:
        results[exercise] = compute()
    except InputError as problem:
        st.error(literal(problem), icon=":material/error:")
    return results.get(exercise)


def take_example() -> None:
    """Write the chosen example into the expression field."""
    chosen = st.session_state["example"]
    if chosen in EXAMPLES:
        st.session_state[EXPRESSION] = EXAMPLES[chosen]


def listed(names: Iterable[str]) -> str:
    """Format names as Markdown code, separated by commas."""
    return ", ".join(f"`{name}`" for name in names)


show()

"""Panels under the player: the computation of the loss, the update of a parameter, the result of the step."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import numpy as np
import streamlit as st

from lenet.digits import mnist
from lenet.errors import InputError
from lenet.explain import update_table
from lenet.record import optimizers
from lenet.record.arrays import FINITE, state_of
from lenet.train import evaluate
from playground import session
from playground.experiment import loss_table, missing_gradients
from playground.experiment.recording import Recording
from playground.experiment.step_line import loss_name
from playground.markdown import literal
from playground.number_words import distinct, number
from playground.step import step_figures
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("step")
TRIED: Final = 1_000
"""Number of test digits on which the accuracy before and after the step is computed."""


def loss(made: Recording, digit: int) -> None:
    """Show how the loss of one digit of the batch is computed, class by class."""
    done = made.iteration
    outcome, target = done.outcome_before, done.target
    if outcome is None or target is None:
        return
    st.subheader(TEXT["loss-title"], anchor=False)
    st.markdown(loss_table.sentence(done, outcome, digit))
    rows = loss_table.rows(done, outcome, target, digit)
    columns = {TEXT["class"]: list(rows)}
    columns |= {str(place): list(values) for place, values in enumerate(zip(*rows.values(), strict=True))}
    st.dataframe(columns, hide_index=True, key=f"loss-{made.revision}-{digit}", height="content")


def update(made: Recording) -> None:
    """Show all entries of a parameter before and after the step, and the update formula worked out for one."""
    done = made.iteration
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader(TEXT["update-title"], anchor=False)
        name = st.selectbox(TEXT["parameter"], list(done.before.parameters), key="update-parameter", width=220)
    numbers = update_table.table(done, name)
    if numbers is None:
        key = "no-step" if done.after is None else "no-gradient" if done.gradients[name] is None else "no-numbers"
        words = [TEXT[key].format(name=name), missing_gradients.sentence(done, name)]
        st.info(" ".join(filter(None, words)), icon=":material/info:")
        return
    # Put the row that is worked out initially first; the others follow in index order.
    order = np.concatenate(([numbers.largest], np.delete(np.arange(len(numbers.before)), numbers.largest)))
    # With the optimizer's state, the table needs the whole width.
    left, right = (st.container(), st.container()) if numbers.state else st.columns([3, 2], gap="small")
    with left:
        arrays = {
            TEXT["value"]: numbers.before,
            TEXT["gradient"]: numbers.gradient,
            **{numbers.names[symbol]: values for symbol, values in numbers.state.items()},
            TEXT["new"]: numbers.after,
            TEXT["change"]: numbers.change,
        }
        columns: dict[str, object] = {TEXT["index"]: [str(list(numbers.index(row))) for row in order]}
        shown = {}
        for label, unordered in arrays.items():
            values = unordered[order]
            width = 84 if len(label) < 12 else 130  # momentum_buffer
            if np.isfinite(values).all():
                columns[label] = values
                shown[label] = st.column_config.NumberColumn(format="%.6g", width=width)
            else:  # as numbers, NaN would be shown as None
                columns[label] = [number(float(value), 6) for value in values]
                shown[label] = st.column_config.Column(width=width)
        event = st.dataframe(
            columns,
            hide_index=True,
            column_config=shown,
            key=f"update-{made.revision}-{name}",
            on_select="rerun",
            selection_mode="single-row",
            selection_default={"selection": {"rows": [0]}},
            height=180 if numbers.state else 320,
        )
    chosen = event["selection"]["rows"]
    row = int(order[chosen[0]]) if chosen and 0 <= chosen[0] < len(order) else numbers.largest
    with right:
        place = ", ".join(map(str, numbers.index(row)))
        terms = update_table.work(done, numbers, row)
        given = {"w": (TEXT["value"], numbers.before[row]), "g": (TEXT["gradient"], numbers.gradient[row])}
        given["lr"] = TEXT["lr"], made.setup.lr
        if made.setup.weight_decay is not None:
            given["λ"] = TEXT["weight-decay"], made.setup.weight_decay
        given |= {symbol: (numbers.names[symbol], values[row]) for symbol, values in numbers.state.items()}
        title = TEXT["work-first" if row == numbers.largest else "work"]
        st.markdown(title.format(name=name, index=f"[{place}]"))
        st.dataframe(
            {
                TEXT["symbol"]: [*given, *(term.symbol for term in terms)],
                TEXT["formula"]: [*(what for what, _ in given.values()), *(f"= {term.formula}" for term in terms)],
                TEXT["result"]: [
                    *(number(float(value), 7) for _, value in given.values()),
                    *(number(term.value, 7) for term in terms),
                ],
            },
            hide_index=True,
            column_config={TEXT["symbol"]: st.column_config.Column(width=46)},
            key=f"work-{made.revision}-{name}",
            height="content",
        )
        used = optimizers.find(made.setup.optimizer, made.setup.weight_decay)
        gradient = next((term.value for term in terms if term.symbol == "g"), numbers.gradient[row])
        if used.sign_first and not numbers.state and gradient != 0:
            # AdamW without weight decay is Adam.
            sentence = TEXT[f"first-step-{used.key if used.decays or not used.decoupled else 'Adam'}"]
            st.caption(sentence.format(lr=f"{made.setup.lr:g}", decay=f"{used.defaults['weight_decay']:g}"))
        st.caption(TEXT["work-note"].format(recorded=number(float(numbers.after[row]), 7)))


def prepare(made: Recording) -> None:
    """Compute the slow part of what `outcome` shows."""
    with suppress(InputError):  # `outcome` shows the error
        _accuracies(made)


def outcome(made: Recording, digit: int) -> None:
    """Show loss, probabilities and accuracy before and after the step, and the first-order prediction of the change."""
    done = made.iteration
    before, after = done.outcome_before, done.outcome_after
    if before is None or after is None:
        return
    st.subheader(TEXT["outcome-title"], anchor=False)
    state = state_of([before.loss, after.loss])
    if state != FINITE:
        st.warning(TEXT["non-finite"].format(what=TEXT[f"what-{state}"]), icon=":material/warning:")
    name = loss_name(made.setup)
    numbers, picture = st.columns([5, 3], gap="medium")
    with numbers:
        rows: list[tuple[str, ...]] = [
            (name, *distinct([before.loss, after.loss], 5), number(after.loss - before.loss))
        ]
        rows.append((TEXT["predicted"], "", "", number(done.predicted_change)))
        unread = None
        try:
            right = _accuracies(made)
        except InputError as problem:
            right, unread = None, problem
        if right is not None:
            counts = [share * TRIED for share in right]
            rows.append((TEXT["accuracy"], *map(number, counts), number(counts[1] - counts[0])))
        labels = (TEXT["what"], TEXT["value"], TEXT["new"], TEXT["change"])
        st.dataframe(
            {label: [row[place] for row in rows] for place, label in enumerate(labels)},
            hide_index=True,
            key=f"outcome-{made.revision}",
        )
        st.caption(TEXT["predicted-help"].format(name=name))
        if unread is not None:
            st.caption(f":material/error: {literal(unread)}")
    with picture:
        st.plotly_chart(
            step_figures.probabilities(before.probabilities[digit], after.probabilities[digit], session.theme()),
            key=f"probabilities-{made.revision}-{digit}",
            config={"displayModeBar": False},
        )
    _probabilities(made, digit)
    if made.after(digit) is None:
        st.caption(TEXT["no-after"])


def _probabilities(made: Recording, digit: int) -> None:
    """Show a table of all probabilities of one digit of the batch."""
    done = made.iteration
    outcomes = [outcome for outcome in (done.outcome_before, done.outcome_after) if outcome is not None]
    classes = outcomes[0].probabilities.shape[1]
    table: dict[str, list[str]] = {TEXT["percent"]: [TEXT["before"], TEXT["after"]]}
    for place in range(classes):
        table[str(place)] = distinct([100 * float(outcome.probabilities[digit, place]) for outcome in outcomes], 3)
    st.dataframe(table, hide_index=True, key=f"percent-{made.revision}-{digit}")


def history(made: Recording) -> None:
    """Show a chart of the loss before the first step and after each one."""
    st.caption(TEXT["history-varied" if made.varied else "history"].format(name=loss_name(made.setup)))
    st.plotly_chart(
        step_figures.history(made.losses, session.theme()),
        key=f"history-{made.revision}",
        config={"displayModeBar": False},
    )


def _accuracies(made: Recording) -> tuple[float, float] | None:
    """Accuracy before and after the step, computed once per recording; None if the iteration ended early.

    Raises:
        InputError: MNIST can't be read.
    """
    own = visitor().step
    if own.accuracies is not None and own.accuracies[0] == made.revision:
        return own.accuracies[1]
    done = made.iteration
    if done.after is None:
        return None
    digits = mnist.load("test")
    tried = mnist.Digits(digits.images[:TRIED], digits.labels[:TRIED])
    before, after = (evaluate.accuracy_in(made.network.model, state, tried) for state in (done.before, done.after))
    own.accuracies = made.revision, (before, after)
    return before, after

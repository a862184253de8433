"""Panel that compares training mode with evaluation mode: the same batch, the same network, two answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import streamlit as st

from lenet.digits import mnist
from lenet.errors import InputError
from lenet.explain import mode_gap
from lenet.explain.mode_gap import BATCHES, Cause, Gap
from lenet.record import modes
from lenet.record.modes import EVAL, MODES, TRAIN
from playground import session, widgets
from playground.experiment.preset_buttons import COMPARED
from playground.experiment.recording import Recording
from playground.experiment.step_line import loss_name
from playground.markdown import literal
from playground.number_words import distinct, grouped, number
from playground.step import step_figures
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("mode_panel")
TRIED: Final = 200
"""Number of test digits that are classified in each mode."""


def button(made: Recording) -> None:
    """Show the switch for the comparison, where the modes differ."""
    if modes.differences(made.network.model).differ:
        widgets.give(COMPARED, False)
        st.toggle(TEXT["compare"], key=COMPARED, help=TEXT["compare-help"])


def show(made: Recording, digit: int) -> None:
    """Show the comparison if the visitor has asked for it."""
    if not modes.differences(made.network.model).differ or not st.session_state.get(COMPARED):
        return
    with st.container(border=True, key="mode-gap"):
        st.subheader(TEXT["title"], anchor=False)
        try:
            gap = _gap(made)
            shares = _accuracies(made)
        except InputError as problem:
            st.info(literal(problem), icon=":material/info:")
            return
        numbers, picture = st.columns([5, 4], gap="medium")
        with numbers:
            st.dataframe(_table(made, gap, shares, digit), hide_index=True, key="mode-gap-table", height="content")
            for said in gap.failures.values():
                st.warning(TEXT["failed"].format(message=literal(said)), icon=":material/warning:")
        with picture:
            if len(gap.outcomes) == len(MODES):
                train, evaluated = (gap.outcomes[mode].probabilities[digit] for mode in MODES)
                st.plotly_chart(
                    step_figures.probabilities(
                        train, evaluated, session.theme(), tuple(TEXT[f"mode-{mode}"] for mode in MODES)
                    ),
                    key=f"mode-gap-{made.revision}-{digit}",
                    config={"displayModeBar": False},
                )
        st.markdown("\n".join(f"- {sentence}" for sentence in _reasons(gap)))


def _gap(made: Recording) -> Gap:
    """The comparison, computed once per recording."""
    own = visitor().step
    if own.gap is None or own.gap[0] != made.revision:
        own.gap = made.revision, mode_gap.compare(made.network.model, made.iteration)
    return own.gap[1]


def _accuracies(made: Recording) -> tuple[float | None, ...]:
    own = visitor().step
    if own.gap_accuracies is None or own.gap_accuracies[0] != made.revision:
        digits = mnist.load("test")
        tried = mnist.Digits(digits.images[:TRIED], digits.labels[:TRIED])
        own.gap_accuracies = made.revision, mode_gap.accuracies(made.network.model, made.iteration, tried)
    return own.gap_accuracies[1]


def _table(made: Recording, gap: Gap, shares: tuple[float | None, ...], digit: int) -> dict[str, list[str]]:
    """Loss, answer, probability of the label and test digits, in a column for each mode."""
    outcomes = [gap.outcomes.get(mode) for mode in MODES]
    labels = gap.labels
    rows = [(loss_name(made.setup), *_both([None if one is None else one.loss for one in outcomes]))]
    answers = [None if one is None else int(one.probabilities[digit].argmax()) for one in outcomes]
    rows.append((TEXT["answer"], *map(_or_fails, answers)))
    if labels is not None:
        label = int(labels[digit])
        chances = [None if one is None else 100 * float(one.probabilities[digit, label]) for one in outcomes]
        rows.append((TEXT["probability"].format(label=label), *_both(chances)))
        if len(labels) > 1:
            right = [None if one is None else int((one.probabilities.argmax(1) == labels).sum()) for one in outcomes]
            rows.append((TEXT["right"].format(count=len(labels)), *map(_or_fails, right)))
    by_batch = dict(zip(BATCHES, shares, strict=True))
    for mode, batch in BATCHES:
        if mode == TRAIN:  # in evaluation mode it doesn't matter how many go through at once
            name = TEXT["accuracy" if batch > 1 else "accuracy-one"].format(count=TRIED, batch=batch)
            found = (by_batch[TRAIN, batch], by_batch[EVAL, BATCHES[0][1]])
            rows.append((name, *(_or_fails(None if one is None else f"{100 * one:.4g} %") for one in found)))
    labels_of = (TEXT["what"], *(TEXT[f"mode-{mode}"] for mode in MODES))
    return {label: [row[place] for row in rows] for place, label in enumerate(labels_of)}


def _or_fails(value: object) -> str:
    return TEXT["nothing"] if value is None else str(value)


def _both(values: list[float | None]) -> list[str]:
    """Numbers with as many digits as tell them apart."""
    known = [value for value in values if value is not None]
    written = iter(distinct(known, 4))
    return [TEXT["nothing"] if value is None else next(written) for value in values]


def _reasons(gap: Gap) -> Iterator[str]:
    """Sentences on why the two differ."""
    for cause in gap.causes:
        yield TEXT[f"cause-{cause.kind}"].format(**_values(cause))
    if gap.others:
        yield TEXT["others"].format(layers=", ".join(gap.others))
    yield TEXT["moral"]


def _values(cause: Cause) -> dict[str, object]:
    return {
        "layer": cause.layer,
        "count": grouped(cause.count),
        "dropped": grouped(cause.dropped),
        "channel": cause.channel,
        "mean": number(cause.batch[0]),
        "spread": number(cause.batch[1]),
        "running_mean": number(cause.running[0]),
        "running_spread": number(cause.running[1]),
    }

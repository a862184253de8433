"""The Step page: one recorded training iteration, stop by stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.explain import recorded_layers
from lenet.networks import forward
from lenet.scripts import page_scripts
from playground import heading, notices
from playground.code_button import code_button
from playground.components.network_view import network_view
from playground.components.network_view.step_data import RecordedStep
from playground.components.step_view import step_view
from playground.experiment import (
    ablation,
    bar,
    large_network,
    link,
    preset_buttons,
    recording,
    run_step,
    settings,
    stop_words,
)
from playground.experiment.recording import Recording
from playground.experiment.step_line import step_line
from playground.number_words import grouped
from playground.step import mode_panel, panels, statistics_panel
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("step")
PLAYER: Final = "player"
PICTURE: Final = "step-network"
SPARE: Final = 84
"""Pixels to leave free under the network's picture, for its legend."""
STOP: Final = "stop"
"""Query parameter of the stop, counted from 1 as on the page."""
OLD_STOP: Final = "step"
"""Query parameter of the stop in older links."""


def show() -> None:
    """Show the page."""
    heading.show(TEXT["title"], TEXT["introduction"])
    made = bar.show("step")
    if made is None:
        return
    here = visitor()
    if here.once.recorded_again:
        said = TEXT["recorded"].format(number=here.step.records, line=step_line(made))
        st.toast(said, icon=":material/fiber_manual_record:")
    done = made.iteration
    if made.stops[open_at(len(made.stops))].phase == "re-evaluate":
        panels.prepare(made)  # compute the slow parts first, so that the whole page changes at once
    controls(made)
    digit = choose_digit(made)
    mode_panel.show(made, digit)
    with st.container(key="stage"):
        player(made, digit)
        passed = recorded_layers.passed(done, digit)
        if passed is None:
            if done.failure is None:
                _forward_alone(made, digit)
            return
        network_view(
            key=PICTURE,
            layers=done.layers,
            passed=passed,
            revision=made.revision,
            numbers=recorded_layers.numbers(done, digit),
            gradients=recorded_layers.gradients(done, digit),
            follow="step",
            spare=SPARE,
            off=ablation.shown(made.network, done.layers),
            step=RecordedStep(
                made.weights,
                made.after(digit),
                recorded_layers.numbers_after(done, made.after(digit), digit),
                recorded_layers.target(done, digit),
            ),
        )
    code_button(lambda: code(made), TEXT["code"], "step", run_step.without_script(made))


def _forward_alone(made: Recording, digit: int) -> None:
    """Show the forward pass before the step, of a network so large that its arrays are not part of the record."""
    network = made.network
    passed = forward.run(network.model, made.batch.inputs[digit])
    st.info(TEXT["forward-alone"], icon=":material/info:")
    view = large_network.overview(PICTURE, network, passed, passed.layers)
    network_view(
        key=PICTURE,
        layers=passed.layers if view is None else view.passed.layers,
        passed=passed if view is None else view.passed,
        overview=view,
        names=network.class_names,
        revision=made.revision,
        numbers=network.numbers,
        spare=SPARE,
    )


def code(made: Recording) -> str:
    """PyTorch script that takes the same steps; if one failed, only those before it."""
    experiment = replace(made.experiment, steps=max(1, len(made.losses) - 1))
    remembered = made.begin is not None and bool(made.begin.optimizer)
    return page_scripts.step(made.network.model, made.network.script, made.batch, experiment, remembered)


def controls(made: Recording) -> None:
    """Show the buttons and the losses so far."""
    with st.container(horizontal=True, vertical_alignment="center", key="step-controls"):
        with st.container(horizontal=True, vertical_alignment="center", width="content", key="step-buttons"):
            st.button(
                TEXT["record"],
                icon=":material/fiber_manual_record:",
                on_click=record_again,
                disabled=made.stale,
            )
            st.button(
                TEXT["again"],
                icon=":material/redo:",
                on_click=settings.step_further,
                disabled=made.stale or made.steps >= made.most or made.iteration.failure is not None,
            )
            st.button(
                TEXT["over"],
                icon=":material/restart_alt:",
                on_click=settings.start_over,
                disabled=made.stale or made.steps == 1,
            )
            st.markdown(step_line(made), width="content")
            mode_panel.button(made)
        st.space("stretch")
        preset_buttons.offer()


def record_again() -> None:
    """Record the first step again and go to its first stop."""
    settings.start_over()
    recording.forget()
    here = visitor()
    here.step.at, here.once.recorded_again = 0, True
    here.step.records += 1


def open_at(count: int) -> int:
    """Index of the stop at which the player opens: the visitor's last one, or on arrival the one in the address."""
    own = visitor().step
    older = st.query_params.pop(OLD_STOP, None)
    if own.at is None:
        asked = st.query_params.get(STOP, older)
        own.at = 0
        if asked is not None:
            at = link.read_stop(asked)
            if at is None:
                notices.warn(TEXT["stop-number"].format(count=count))
            elif not 1 <= at <= count:
                notices.warn(TEXT["stop-range"].format(asked=at, count=count))
            own.at = max(0, (at or 1) - 1)
    own.at = min(own.at, count - 1)
    return own.at


def choose_digit(made: Recording) -> int:
    """Show the choice of the batch's digit that the picture shows; return its index, counted from 0."""
    every, count = len(made.iteration.inputs), made.iteration.shown
    if every == 1:
        return 0
    labels = made.batch.labels
    return st.segmented_control(
        TEXT["digit"] if count == every else TEXT["digit-first"].format(shown=count, count=grouped(every)),
        range(count),
        format_func=lambda place: f"{place}: {labels[place]}" if labels is not None else str(place),
        default=0,
        required=True,
        key=f"step-digit-{count}",
    )


@st.fragment
def player(made: Recording, digit: int) -> None:
    """Show the player, and under it the panel of the phase at which the visitor has come to rest."""
    frames = stop_words.frames(made.iteration, made.stops, made.listing)
    own = visitor().step
    own.at = at = step_view(
        key=PLAYER, frames=frames, listing=made.listing.lines, at=own.at or 0, revision=made.revision, address=STOP
    )
    phase, layer = made.stops[at].phase, made.stops[at].layer
    if phase == "forward" and not frames[at].numbers:
        return
    with st.container(key=f"panel-{phase}"):
        if phase == "loss":
            panels.loss(made, digit)
        elif phase == "forward" and layer is not None:
            statistics_panel.show(made, layer)
        elif phase == "step":
            panels.update(made)
            statistics_panel.show(made)
        elif phase == "re-evaluate":
            panels.outcome(made, digit)
            if len(made.losses) > 2:
                panels.history(made)


show()

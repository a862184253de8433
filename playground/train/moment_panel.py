"""Timelines of one or two runs: the network's picture at each checkpoint, and the way from there to the other pages."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

import streamlit as st

from lenet.digits import batch
from lenet.errors import InputError
from lenet.networks import forward, weights
from lenet.record.experiment import RUN, Weights
from playground import errors, served, session, sidebar
from playground.components.network_view import network_view, opened_unit
from playground.components.run_timeline import chosen_moment, run_timeline
from playground.experiment import pad_digit, run_step, settings
from playground.markdown import literal
from playground.runs.moments import Moments, View
from playground.runs.runs import Run
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("train")
TIMELINE: Final = "run-timeline"
VIEW: Final = "run-view"
OTHER: Final = "other-"
"""Start of the keys of the run that is compared."""
PAGES: Final = ("draw", "step", "graph", "gradients", "filters")


def show(run: Run, other: Run | None) -> None:
    """Show the timeline, if the run has a checkpoint, and that of another run beside it."""
    if not run.history.checkpoints:
        return
    st.subheader(TEXT["timeline"], anchor=False)
    if other is None or not other.history.checkpoints:
        st.fragment(_show)(run)
        return
    same = run.settings.network == other.settings.network
    st.caption(TEXT["side-by-side" if same else "side-by-side-networks"])
    for column, one, prefix in zip(st.columns(2, gap="medium"), (run, other), ("", OTHER), strict=True):
        with column:
            st.markdown(f"**{literal(one.title)}**")
            st.fragment(_show)(one, prefix, "runs" if same else None)


def _show(run: Run, prefix: str = "", group: str | None = None) -> None:
    steps = tuple(run.history.checkpoints)
    views = visitor().train.views
    at = _chosen(run, prefix)
    try:
        network = session.at_moment(run, at)
    except InputError as problem:
        st.error(errors.say(problem), icon=":material/error:")
        return
    model = network.model
    picture = pad_digit.picture(network)
    given = None if picture is None else batch.of_pictures(picture[None], None).inputs[0]
    passed = None if given is None else forward.run(model, given)
    layers = passed.layers if passed else forward.layers(model)
    opened = opened_unit(prefix + VIEW, layers)
    view = views.get(prefix + VIEW)
    if view is None or view.run is not run:  # a late answer about another run must not be shown
        view = views[prefix + VIEW] = View(run)
    revision = view.show(Moments(run, given, opened))
    ticket = view.ticket if served.is_served() else None
    run_timeline(
        key=prefix + TIMELINE,
        run=run.id,
        steps=steps,
        at=at,
        per_epoch=run.settings.per_epoch,
        ticket=ticket,
        revision=revision,
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(TEXT["open-on"], width="content")
        for name in PAGES:
            opening = partial(_open, run, prefix, name)
            if st.button(TEXT[f"open-{name}"], key=f"{prefix}open-{name}", type="tertiary", on_click=opening):
                st.switch_page(f"{name}/page.py")
    network_view(
        key=prefix + VIEW,
        layers=layers,
        passed=passed,
        revision=revision,
        numbers=weights.numbers(model),
        ticket=ticket,
        group=group,
    )


def _chosen(run: Run, prefix: str) -> int:
    """Moment at which the slider is: the last one before the visitor has moved it."""
    steps = run.history.checkpoints
    at = chosen_moment(prefix + TIMELINE, run.id, steps)
    return steps[-1] if at is None else at


def _open(run: Run, prefix: str, page: str) -> None:
    """Choose the slider's moment, which may have moved since the page was built, as the network of all pages, and for a
    page with an iteration the run's next step.
    """
    step = _chosen(run, prefix)
    here = visitor()
    chosen = Weights(RUN, run=run.id, moment=step)
    sidebar.choose(replace(here.experiment, network=run.settings.network, weights=chosen))
    if page in settings.PAGES:
        with suppress(InputError):  # after the last step there is none; the page then keeps its input
            settings.take_run_step(run.id, run_step.at(run, step))

"""The Gradients page: biases as bars, weights as pictures, and the explanation and numerical check of any entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.explain import gradient_terms
from lenet.explain.gradient_terms import Part
from lenet.networks import kinds
from lenet.record.arrays import FINITE, Values
from lenet.record.iteration import Iteration
from lenet.scripts import gradients_script
from playground import figures, heading, kept_values, notices, session
from playground.code_button import code_button
from playground.components.reveal import reveal
from playground.experiment import ablation, bar, missing_gradients, run_step
from playground.experiment.step_line import step_line
from playground.gradients import explanation, gradient_figures, selected_entry
from playground.gradients.check_panel import check_panel
from playground.gradients.input_gradient_panel import input_gradient_panel
from playground.gradients.selected_entry import Entry
from playground.markdown import literal
from playground.number_words import number
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("gradients")
BARE: Final = {"displayModeBar": False}
ORIGIN: Final = "gradients-origin"


def show() -> None:
    """Show the page."""
    heading.show(TEXT["title"], TEXT["introduction"])
    recording = bar.show("gradients")
    if recording is None:
        return
    iteration = recording.iteration
    st.markdown(step_line(recording))
    if not iteration.gradients:
        st.info(TEXT["no-backward"], icon=":material/info:")
        return
    entry, problem = selected_entry.current(iteration)
    if problem:
        notices.warn(TEXT["address"].format(reason=literal(problem)))
    selected_entry.share(entry)
    odd = [name for name, values in iteration.gradients.items() if values is not None and values.state != FINITE]
    if odd:
        st.warning(TEXT["not-finite"].format(names=", ".join(f"`{name}`" for name in odd)), icon=":material/warning:")
    if missing := missing_gradients.sentences(iteration):
        st.info("\n\n".join(missing), icon=":material/info:")
    if recording.network.off:
        st.markdown(TEXT["switched-off"].format(names=ablation.names(recording.network)))
    biases(iteration, entry)
    with st.container(key=ORIGIN):
        explain(iteration, entry)
    reveal(key="gradients-reveal", target=ORIGIN, revision=visitor().gradients.clicks)
    if iteration.gradients[entry.parameter] is not None:
        check_panel(recording, entry)
    weights(iteration, entry)
    input_gradient_panel(recording)
    code_button(
        lambda: gradients_script.gradients(
            recording.network.model,
            recording.network.script,
            recording.batch,
            recording.experiment,
            entry.parameter,
            entry.index,
        ),
        TEXT["code"],
        "gradients",
        run_step.without_script(recording),
    )


def biases(iteration: Iteration, entry: Entry) -> None:
    """Show a chart of each bias's gradient, with its state before and after backward."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        shapes = {name: values.shape for name, values in iteration.before.parameters.items()}
        scales = any(layer.weight and len(shapes[layer.weight]) == 1 for layer in iteration.layers)
        st.subheader(TEXT["biases-and-scales" if scales else "biases"], anchor=False)
        kept_values.keep("gradients-same-scale", True, kept_values.flag)
        same = st.toggle(TEXT["same-scale"], key="gradients-same-scale", help=TEXT["same-scale-help"])
    found = {
        name: array(values)
        for name, values in iteration.gradients.items()
        if len(iteration.before.parameters[name].shape) == 1
    }
    ends = {name: gradient_figures.reach(values) for name, values in found.items() if values is not None}
    if same:
        ends = dict.fromkeys(ends, max(ends.values(), default=1.0))
    for name, values in found.items():
        left, right = st.columns([2, 7], gap="small", vertical_alignment="center")
        with left, st.container(gap=None):
            st.markdown(f"**{name}**")
            st.caption("  \n".join(states(iteration, name)))
            zeros(name, values)
        with right:
            if values is None:
                if iteration.gradients[name] is not None:
                    st.caption(TEXT["large"])
                continue
            unit = TEXT[f"unit-{next(iter(axes(iteration, name)), 'output')}"]
            held = array(iteration.cleared.get(name))
            st.plotly_chart(
                gradient_figures.bars(
                    values,
                    held if held is not None and held.any() else None,
                    [unit.format(number=place, count=len(values)) for place in range(len(values))],
                    ends[name],
                    entry.index[0] if entry.parameter == name else None,
                    session.theme(),
                ),
                key=f"gradients-bars-{name}",
                config=BARE,
                on_select=click(name),
                selection_mode="points",
            )


def states(iteration: Iteration, name: str) -> list[str]:
    """Short lines on the content of a bias's `.grad` before and after backward."""
    held, values = iteration.cleared.get(name), iteration.gradients[name]
    if held is None:
        lines = [TEXT["before-none"]]
    elif held.norm == 0:
        lines = [TEXT["before-zeros"]]
    else:
        lines = [TEXT["before-left"].format(norm=norm(held))]
    if values is None:
        return [*lines, TEXT["after-none"]]
    lines.append(TEXT["after"].format(norm=norm(values)))
    numbers = array(values)
    if numbers is not None:
        counts = {"nan": np.isnan(numbers).sum(), "infinite": np.isinf(numbers).sum()}
        lines += [TEXT[key].format(count=count, total=numbers.size) for key, count in counts.items() if count]
    weight = next((layer.weight for layer in iteration.layers if layer.bias == name), None)
    if weight is not None:
        lines.append(TEXT["weight-norm"].format(name=weight, norm=norm(iteration.gradients[weight])))
    return lines


def zeros(name: str, values: NDArray[Any] | None) -> None:
    """Show how many entries of a bias's gradient are exactly 0, and on a click their indices."""
    if values is None or values.all():
        return
    places = np.flatnonzero(values == 0)
    with st.popover(
        TEXT["zeros"].format(count=len(places), total=len(values)), type="tertiary", key=f"gradients-zeros-{name}"
    ):
        st.markdown(TEXT["zeros-at"].format(name=name, places=", ".join(map(str, places))))


def click(name: str) -> Callable[[], None]:
    """Callback for a click on a bar of this bias."""

    def take() -> None:
        points = st.session_state[f"gradients-bars-{name}"].selection.points
        # A second click on a bar clears Plotly's selection, but the entry stays chosen.
        own = visitor().gradients
        place = points[0].get("x") if points else own.clicked.get(name)
        if isinstance(place, int | float) and not isinstance(place, bool) and np.isfinite(place):
            own.clicked[name] = int(place)
            selected_entry.choose(Entry(name, (int(place),)))
            own.clicks += 1

    return take


def explain(iteration: Iteration, entry: Entry) -> None:
    """Show an entry, the widgets that choose another one, and its explanation in words, pictures and a table."""
    reason = missing_gradients.sentence(iteration, entry.parameter)
    held = array(iteration.gradients[entry.parameter])
    value = number(None if held is None else float(held[entry.index]), 6)
    title = TEXT["origin-none" if reason else "origin"].format(name=entry.parameter, entry=entry.code, value=value)
    st.subheader(title, anchor=False)
    shapes = {name: values.shape for name, values in iteration.before.parameters.items()}
    selected_entry.controls(entry, shapes, axes(iteration, entry.parameter))
    if reason:
        st.markdown(reason)
        return
    try:
        found = gradient_terms.of(iteration, entry.parameter, entry.index)
    except InputError as problem:
        st.info(literal(problem))
        return
    mapped = any(part.arriving.ndim == 3 for part in found.parts)
    left, right = st.columns([5, 8] if mapped else 2, gap="large")
    with left:
        for sentence in explanation.sentences(found):
            st.markdown(sentence)
    with right:
        for place, part in enumerate(found.parts):
            pictures(part, place)
            if len(part.terms) > 1:
                st.dataframe(explanation.table(part, iteration.labels), hide_index=True, key=f"gradients-table-{place}")


def axes(iteration: Iteration, parameter: str) -> tuple[str, ...]:
    """Names of a parameter's axes; empty if the kind of its layer is unknown."""
    layer = next((layer for layer in iteration.layers if parameter in (layer.weight, layer.bias)), None)
    kind = kinds.of(layer) if layer else None
    return kind.axes.get(len(iteration.before.parameters[parameter].shape), ()) if kind else ()


def pictures(part: Part, place: int) -> None:
    """Show the maps whose sum is the entry of a convolution's gradient, and the maps from which they were computed."""
    if part.arriving.ndim != 3:
        return
    shown = [(TEXT["map-arriving"].format(operation=part.operation), part.arriving)]
    if part.reads.size:
        shown = [(TEXT["map-reads"], part.reads), *shown, (TEXT["map-terms"], part.terms)]
    elif part.gate is not None and part.gate.read.size:
        shown = [
            (TEXT["map-output"].format(operation=part.operation), part.gate.read),
            (TEXT["map-reached"].format(operation=part.gate.operation), part.gate.arrived),
            *shown,
        ]
    # Three single maps fit beside each other; three rows of maps don't.
    columns = st.columns(len(shown), gap="small") if len(part.arriving) == 1 else [st.container() for _ in shown]
    for row, (column, (title, values)) in enumerate(zip(columns, shown, strict=True)):
        with column, st.container(gap=None):
            st.caption(title)
            figure = gradient_figures.maps(values, gradient_figures.reach(values), session.theme())
            st.plotly_chart(figure, key=f"gradients-map-{place}-{row}", config=BARE)
    if not explanation.finite(part.terms):
        st.caption(TEXT["map-not-finite"])


def weights(iteration: Iteration, entry: Entry) -> None:
    """Show the gradient of one weight as a picture."""
    found = {
        name: numbers
        for name, values in iteration.gradients.items()
        if (numbers := array(values)) is not None and numbers.ndim in (2, 4)
    }
    if not found:
        return
    st.subheader(TEXT["weights"], anchor=False)
    own = next((layer.weight for layer in iteration.layers if entry.parameter in (layer.weight, layer.bias)), None)
    name = st.segmented_control(
        TEXT["parameter"],
        list(found),
        default=own if own in found else next(iter(found)),
        required=True,
        key=f"gradients-weight-{own}",
        label_visibility="collapsed",
    )
    st.markdown(TEXT["weights-of"].format(name=f"**{name}**", norm=norm(iteration.gradients[name])))
    st.plotly_chart(
        figures.weights(found[name], gradient_figures.reach(found[name]), session.theme()),
        key=f"gradients-picture-{name}",
        config=BARE,
    )
    if said := figures.part_sentence(found[name]):
        st.caption(said)
    single = found[name].ndim == 4 and found[name].shape[1] == 1
    rows = found[name].reshape(len(found[name]), -1)
    zeros = TEXT["rows-zero"].format(count=int((rows == 0).all(1).sum()), total=len(rows))
    st.caption(f"{TEXT[f'reading-{found[name].ndim}-single' if single else f'reading-{found[name].ndim}']} {zeros}")
    if not explanation.finite(found[name]):
        st.caption(TEXT["map-not-finite"])


def norm(values: Values | None) -> str:
    """Format the L2 norm of a gradient with three digits."""
    return number(values.norm if values else None, 3)


def array(values: Values | None) -> NDArray[Any] | None:
    """Array of recorded values, None if they were not kept."""
    return None if values is None else values.array


show()

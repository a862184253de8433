"""The Build page: a network as a list of layers to edit, with every shape worked out, in use on all pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.errors import InputError
from lenet.networks import stack, stack_errors, stack_examples, stack_shapes, stack_source
from lenet.networks.layer_shapes import times
from lenet.networks.stack import Row, Stack
from lenet.networks.stack_layers import TYPES
from lenet.networks.stack_shapes import Checked
from lenet.record.experiment import RANDOM, Weights
from playground import errors, heading, location, notices, sidebar
from playground.build.partial_network import partial_network
from playground.components.code_block import code_block
from playground.components.layer_list import Problem, Shown, layer_list, take_edit
from playground.number_words import grouped
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("build")
LIST: Final = "layer-list"
LAYERS: Final = "layers"
"""Query parameter: layers that don't fit; those that do are the network of the address."""
ERROR: Final = "error"
"""Query parameter: key of a common error, in place of the layers that have it."""
MOST_UNDO: Final = 200
SCRIPT: Final = "build-script"
EMPTY: Final = Stack()


def show() -> None:
    """Show the page."""
    page = visitor().build
    arrive()
    heading.show(TEXT["title"], TEXT["introduction"])
    layers = page.layers
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="build-start"):
        st.caption(TEXT["start"], width="content")
        for name in stack_examples.EXAMPLES:
            st.button(
                name, key=f"build-{name}", type="tertiary", on_click=_begin, args=(stack_examples.EXAMPLES[name],)
            )
        st.button(TEXT["nothing"], key="build-nothing", type="tertiary", on_click=_begin, args=(EMPTY,))
        st.button(TEXT["undo"], key="build-undo", icon=":material/undo:", disabled=not page.before, on_click=_undo)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content", key="build-errors"):
        st.caption(TEXT["errors"], width="content")
        for name in stack_errors.ERRORS:
            st.button(
                TEXT[f"error-{name}"],
                key=f"build-error-{name}",
                type="tertiary",
                on_click=_begin,
                args=(stack_errors.ERRORS[name],),
            )
        st.page_link("autograd/page.py", label=TEXT["errors-more"], query_params={"exercise": "errors"})
    checked = stack_shapes.check(layers)
    st.markdown(_summary(layers, checked))
    shown = [_words(*one) for one in zip(range(len(checked)), checked, layers.attributes(), strict=True)]
    labels = {name: TEXT[f"layer-{name}"] for name in TYPES}
    layer_list(key=LIST, layers=layers, shown=shown, labels=labels, on_change=_edit)
    fits = stack_shapes.fits(layers)
    error = stack_errors.key_of(layers)
    location.put({} if fits else {ERROR: error} if error else {LAYERS: layers.name}, (LAYERS, ERROR))
    partial_network(layers, checked)
    left, _ = st.columns([3, 1])
    with left:
        st.subheader(TEXT["code"], anchor=False)
        st.caption(TEXT["code-note"])
        code_block(stack_source.source(layers), key=SCRIPT)
        st.download_button(
            TEXT["download"],
            stack_source.script(layers),
            "network.py",
            "text/x-python",
            icon=":material/download:",
            on_click="ignore",
            key="build-download",
        )


def arrive() -> None:
    """Read the layers from the address; without any, and after another choice in the sidebar, take the network's."""
    here = visitor()
    page, network = here.build, here.experiment.network
    error = st.query_params.get(ERROR)
    asked = st.query_params.get(LAYERS) if error is None else stack_errors.ERRORS.get(error, "")
    found = stack.read(asked) if asked is not None and (not page.read or location.went_back()) else None
    if asked is not None and not page.read and found is None:
        notices.warn(TEXT["address"])
    if found is not None and stack_shapes.fits(found):
        # The sidebar, which has been shown already, reads the address anew.
        location.put({"network": stack_examples.name_of(found) or found.name}, (LAYERS, ERROR))
        here.network.read = False
        st.rerun()
    if found is not None:
        page.layers = found
    elif not page.read or network != page.network:
        page.layers = stack.read(stack_examples.EXAMPLES.get(network, network)) or EMPTY
    page.read, page.network = True, network


def _edit() -> None:
    """Take a change of the list."""
    edit = take_edit(LIST)
    if edit is None:
        return
    layers = edit.stack
    if edit.mend is not None:
        one = stack_shapes.check(layers)[edit.mend]
        reason = one.problem or one.advice
        layers = (reason and reason.mended) or layers
    _take(layers)


def _take(layers: Stack) -> None:
    """Show these layers, and use them as the network if they fit."""
    page = visitor().build
    if layers == page.layers:
        return
    page.before = [*page.before[-MOST_UNDO:], page.layers]
    _use(layers)


def _use(layers: Stack) -> None:
    page, here = visitor().build, visitor()
    page.layers = layers
    if not stack_shapes.fits(layers):
        return
    own = stack_examples.name_of(layers)
    weights = Weights() if own else Weights(RANDOM, here.experiment.weights.seed)
    page.network = own or layers.name
    sidebar.choose(replace(here.experiment, network=page.network, weights=weights))


def _begin(name: Stack | str) -> None:
    layers = name if isinstance(name, Stack) else stack.read(name)
    if layers is not None:
        _take(layers)


def _undo() -> None:
    page = visitor().build
    if page.before:
        _use(page.before.pop())


def _summary(layers: Stack, checked: tuple[Checked, ...]) -> str:
    """Sentence about the whole network."""
    problem = next(((place, one.problem) for place, one in enumerate(checked) if one.problem), None)
    if not layers.rows:
        return TEXT["empty"]
    if problem is not None:
        place, reason = problem
        return TEXT["classes" if reason.key == "classes" else "stops"].format(
            place=place, layer=_label(layers.rows[place])
        )
    return TEXT["fits"].format(
        count=len(checked),
        parameters=grouped(sum(one.fit.parameters for one in checked if one.fit)),
        products=grouped(sum(one.fit.products for one in checked if one.fit)),
    )


def _label(row: Row) -> str:
    return TEXT[f"layer-{row.kind}"]


def _words(place: int, one: Checked, attribute: str) -> Shown:
    """Numbers and shapes of a layer, in words."""
    inferred = {}
    for option in one.row.type.options:
        if option.inferred and one.shape is not None:
            channels, features = one.shape[0], one.shape[-1]
            sizes = {"channels": channels, "features": features, "kernel": TEXT["kernel"]}
            inferred[option.name] = str(sizes[option.inferred])
    problem = _reason(place, one.row, one.problem)
    own = one.fit
    if own is None:
        return Shown(attribute, inferred=inferred, problem=problem)
    return Shown(
        attribute,
        own.output,
        times(own.output),
        own.sizes,
        f"{own.count} = {grouped(own.parameters)}" if own.count else "",
        grouped(own.products) if own.products else "",
        TEXT["whole"] if one.field is None else times(one.field),
        inferred,
        problem,
        _reason(place, one.row, one.advice),
    )


def _reason(place: int, row: Row, reason: stack_shapes.Problem | None) -> Problem | None:
    """Reason why a layer doesn't fit or should go, in words."""
    if reason is None:
        return None
    words = errors.say(InputError(f"model-{reason.key}", number=place, layer=_label(row), **reason.facts))
    return Problem(reason.key, reason.said, words, reason.mended is not None)


show()

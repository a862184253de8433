"""The Initialisation page: spread of activations and gradients over the depth of a network, before any training."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import streamlit as st

from lenet.errors import InputError
from lenet.explain import depth_spread
from lenet.explain.depth_spread import Depth, Spread
from lenet.networks import initialisation, stack
from lenet.networks.initialisation import Formula
from lenet.scripts import initialisation_script, page_scripts
from playground import heading, kept_values, session
from playground.code_button import code_button
from playground.initialisation import choices, spread_figures
from playground.initialisation.choices import OWN, Choices
from playground.markdown import literal
from playground.number_words import number
from playground.session import Network
from playground.text import text

TEXT: Final = text("initialisation")
BARE: Final = {"displayModeBar": False}
LARGE: Final = 20
"""Factor over all layers from which signals are said to vanish or to explode."""


def show() -> None:
    """Show the page."""
    heading.show(TEXT["title"], TEXT["introduction"])
    chosen = choices.choose()
    network = session.current()
    try:
        model, found = _measured(chosen, network)
    except InputError as problem:
        st.info(literal(problem), icon=":material/info:")
        return
    formulas = depth_spread.formulas(model, chosen.init, chosen.activation, chosen.factor) if chosen.drawn else {}
    st.markdown(" ".join(_verdict(chosen, found)))
    st.plotly_chart(spread_figures.spreads(found, session.theme()), key="initialisation-spreads", config=BARE)
    names = [one.layer for one in found.spreads]
    layer = f"initialisation-layer-{chosen.layers}-{len(names)}"
    kept_values.keep(layer, names[len(names) // 2], kept_values.among(names))
    name = st.selectbox(TEXT["layer"], names, key=layer, width=200)
    one = next(spread for spread in found.spreads if spread.layer == name)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(TEXT["histogram-forward"].format(name=one.output))
        st.plotly_chart(
            spread_figures.histogram(one.forward, 0, session.theme()), key="initialisation-forward", config=BARE
        )
    with right:
        st.markdown(TEXT["histogram-backward"].format(name=one.layer))
        st.plotly_chart(
            spread_figures.histogram(one.backward, 2, session.theme()), key="initialisation-backward", config=BARE
        )
    if name in formulas:
        _formula(formulas[name], one)
    st.subheader(TEXT["table"], anchor=False)
    st.dataframe([_row(spread) for spread in found.spreads], hide_index=True, key="initialisation-table", height=320)
    st.caption(TEXT["table-note"])
    code_button(lambda: _code(chosen, network, model), TEXT["code"], "initialisation")


def _measured(chosen: Choices, network: Network) -> tuple[Any, Depth]:
    """Network with the chosen weights, and its spread for the batch.

    Raises:
        InputError: the batch can't be sent through the network.
    """
    if chosen.layers == OWN:
        return _own(network, chosen)
    return _plain(chosen)


@st.cache_resource(show_spinner=False, max_entries=32)
def _plain(chosen: Choices) -> tuple[Any, Depth]:
    return depth_spread.of_plain(
        chosen.layers, chosen.depth, chosen.activation, chosen.init, chosen.factor, chosen.seed, chosen.count
    )


@st.cache_resource(show_spinner=False, max_entries=16, hash_funcs={Network: id})
def _own(network: Network, chosen: Choices) -> tuple[Any, Depth]:
    init = chosen.init if chosen.drawn else None
    return depth_spread.of_network(network.model, init, chosen.activation, chosen.factor, chosen.seed, chosen.count)


def _verdict(chosen: Choices, found: Depth) -> Iterator[str]:
    """Sentences on how the spreads change from layer to layer."""
    forward, backward = found.growth
    count = len(found.spreads) - 1
    if math.isnan(forward) or math.isnan(backward):
        zero = all(one.gradients == 0 for one in found.spreads[:-1])
        yield TEXT["verdict-zero" if zero and count else "verdict-none"].format(loss=number(found.loss))
    else:
        in_all = forward ** (count - 1), backward ** (count - 1)
        yield TEXT["verdict"].format(
            forward=number(forward),
            backward=number(backward),
            all_forward=number(in_all[0]),
            all_backward=number(in_all[1]),
            loss=number(found.loss),
        )
        yield TEXT[
            "verdict-vanish"
            if min(in_all) < 1 / LARGE
            else "verdict-explode"
            if max(in_all) > LARGE
            else "verdict-even"
        ]
    dead = sum(one.dead or 0 for one in found.spreads)
    total = sum(one.units for one in found.spreads if one.dead is not None)
    if total:
        yield TEXT["verdict-dead"].format(
            dead=dead, total=total, share=number(100 * dead / total, 3), count=chosen.count
        )


def _formula(formula: Formula, one: Spread) -> None:
    """Show the formula of a layer's weights with its numbers."""
    st.subheader(TEXT["formula-title"].format(name=one.layer), anchor=False)
    given = {
        "fan_in": formula.fan_in,
        "fan_out": formula.fan_out,
        "gain": number(formula.gain),
        "bound": number(formula.bound),
        "std": number(formula.std),
        "plain_bound": number(None if formula.bound is None else formula.bound / formula.factor),
        "plain_std": number(formula.std / formula.factor),
        "factor": f"{formula.factor:g}",
        "measured": number(one.weights),
    }
    st.markdown(TEXT[f"formula-{formula.scheme}"].format(**given))
    if formula.factor != 1 and formula.std:
        st.markdown(TEXT["formula-factor"].format(**given))
    st.markdown(TEXT["formula-measured"].format(**given))


def _row(one: Spread) -> dict[str, str]:
    return {
        TEXT["column-layer"]: one.layer,
        TEXT["column-weights"]: number(one.weights),
        TEXT["column-outputs"]: number(one.outputs),
        TEXT["column-activations"]: f"{number(one.activations)}",
        TEXT["column-differences"]: number(one.differences),
        TEXT["column-gradients"]: number(one.gradients),
        TEXT["column-dead"]: "" if one.dead is None else TEXT["dead"].format(dead=one.dead, units=one.units),
    }


def _code(chosen: Choices, network: Network, model: Any) -> str:
    """Script that prints the table's numbers."""
    drawn = initialisation.code(chosen.init, chosen.activation, chosen.factor, chosen.seed) if chosen.drawn else ""
    if chosen.layers != OWN:
        made = initialisation.plain_code(chosen.layers, chosen.depth, chosen.activation)
    elif drawn:
        made = f"model = {stack.short(network.name)}()"
    else:
        made = page_scripts.made(network.name, network.origin, network.names)
    lines = "\n".join(part for part in (made, drawn) if part)
    return initialisation_script.depth(
        model, lines, depth_spread.digits(chosen.count, network.size if chosen.layers == OWN else initialisation.SIDE)
    )


show()

"""The Filters page: every convolution's kernels and the linear weights, beside a fresh initialisation."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from lenet.networks import weights
from lenet.networks.weights import LayerWeights
from lenet.record.experiment import SEEDS, SHIPPED
from lenet.scripts import page_scripts
from playground import figures, heading, kept_values, session
from playground.code_button import code_button
from playground.number_words import grouped, number, shape
from playground.session import Network
from playground.text import text

TEXT: Final = text("filters")


def show() -> None:
    """Show the page."""
    network = session.current()
    layers = {layer.name: layer for layer in weights.of(network.model)}
    words = heading.show(TEXT["title"])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        layer = f"layer-{network.name}"
        first = kept_values.keep(layer, next(iter(layers)), kept_values.among(layers))
        name = st.segmented_control(TEXT["layer"], list(layers), required=True, key=layer) or first
        kept_values.keep("fresh-seed", 0, kept_values.whole(0, SEEDS - 1))
        seed = st.number_input(TEXT["seed"], 0, SEEDS - 1, key="fresh-seed", help=TEXT["seed-help"], width=220)
        kept_values.keep("same-scale", True, kept_values.flag)
        same = st.toggle(TEXT["same-scale"], key="same-scale", help=TEXT["same-scale-help"])
    fresh = {layer.name: layer for layer in weights.of(session.random(network.name, seed).model)}
    words.markdown(introduction(network, layers[name], fresh[name], seed))
    shown = TEXT[f"own-{_origin(network)}"].format(network=network.title)
    compare(layers[name], fresh[name], (shown, TEXT["fresh"].format(seed=seed)), same)
    code_button(lambda: page_scripts.weights(network.model, network.script), TEXT["code"], "filters")


def introduction(network: Network, own: LayerWeights, fresh: LayerWeights, seed: int) -> str:
    """Introductory sentence about the two layers that are compared."""
    same = np.array_equal(own.weight, fresh.weight) and np.array_equal(own.bias, fresh.bias)
    key = f"introduction-{_origin(network)}"
    return TEXT.get(f"{key}-same" if same else key, TEXT[key]).format(seed=network.seed, fresh=seed)


def _origin(network: Network) -> str:
    """Part of the keys of texts about the origin of the weights."""
    return "given" if network.weights == SHIPPED and network.own is not None else network.weights


def compare(one: LayerWeights, other: LayerWeights, names: tuple[str, str], same_scale: bool) -> None:
    """Show one layer of two networks side by side: weights, histograms, statistics."""
    st.subheader(describe(one), anchor=False)
    reaches = [one.reach, other.reach]
    if same_scale:
        reaches = [max(reaches)] * 2
    theme = session.theme()
    shown = zip(st.columns(2, gap="large"), (one, other), names, reaches, strict=True)
    for place, (column, layer, name, reach) in enumerate(shown):
        with column:
            st.markdown(f"**{name}**")
            st.plotly_chart(
                figures.weights(layer.weight, reach, theme),
                key=f"weights-{place}-{layer.name}",
                config={"displayModeBar": False},
            )
    if said := figures.part_sentence(one.weight):
        st.caption(said)
    words = text(f"kind_{one.kind}")
    single = one.weight.shape[1] == 1
    st.caption(words["reading-single" if single and "reading-single" in words else "reading"])
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{TEXT['histogram']}**")
        edges, *counts = weights.histograms(one.weight, other.weight)
        figure = figures.histograms(edges, list(zip(names, counts, strict=True)), one.bound, theme)
        st.plotly_chart(figure, key=f"histogram-{one.name}", config={"displayModeBar": False})
        st.caption(TEXT["initialisation"].format(fan_in=one.fan_in, bound=number(one.bound)))
    with right:
        st.markdown(f"**{TEXT['numbers']}**")
        st.dataframe(table(one, other, names), hide_index=True, key=f"numbers-{one.name}")


def describe(layer: LayerWeights) -> str:
    """Name and shape of a layer, in words."""
    outputs, inputs, *window = layer.weight.shape
    words = text(f"kind_{layer.kind}")["weights"]
    return words.format(name=layer.name, outputs=outputs, inputs=inputs, kernel=shape(window))


def table(one: LayerWeights, other: LayerWeights, names: tuple[str, str]) -> list[dict[str, str]]:
    """Statistics of both layers, a table row for each."""
    rows = []
    for kind in ("weight", "bias"):
        for name, layer in zip(names, (one, other), strict=True):
            values = getattr(layer, kind)
            if values.size == 0:
                continue
            summary = weights.summarize(values)
            numbers = (summary.mean, summary.std, summary.minimum, summary.maximum)
            labels = (TEXT["mean"], TEXT["std"], TEXT["minimum"], TEXT["maximum"])
            rows.append(
                {TEXT["set"]: f"{layer.name}.{kind}", TEXT["network"]: name, TEXT["count"]: grouped(summary.count)}
                | {label: number(value) for label, value in zip(labels, numbers, strict=True)}
            )
    return rows


show()

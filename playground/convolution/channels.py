"""Part of the Convolution page on channels: an output channel put together, and the parameters that it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import streamlit as st

from lenet.convolution import channel_sums, counts
from lenet.convolution.channel_sums import ONE_BY_ONE, ChannelSums
from lenet.errors import InputError
from lenet.networks import ablation, forward
from lenet.networks.ablation import Channel
from lenet.networks.forward import Layer
from lenet.scripts import convolution_scripts
from playground import kept_values, session
from playground.code_button import code_button
from playground.components.code_block import code_block
from playground.components.map_board import Map, Result, map_board, picked_cell
from playground.convolution import addressed
from playground.convolution.shown_digit import Digit, digit_in, reach, with_convolution
from playground.number_words import Count, number, shape
from playground.session import Network
from playground.text import text

TEXT: Final = text("convolution_channels")
PART: Final = "channels"
TILES: Final = "convolution-channels-tiles"
SIDE: Final = 144
SMALL: Final = 48
"""Largest width in pixels of the maps of an input channel."""
MANY: Final = 12
"""Number of input channels from which their list scrolls."""
TALLEST: Final = 380
"""Height of that list in pixels."""
SEEDS: Final = 9999


def show() -> None:
    """Show the part."""
    digit = with_convolution()
    if digit is None:
        return
    code = _experiment(digit)
    _table()
    code_button(code, TEXT["code"], "convolution-channels")


@st.fragment
def _experiment(digit: Digit) -> Callable[[], str]:
    st.markdown(TEXT["introduction"])
    names = [*digit.convolutions, ONE_BY_ONE]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        deepest = list(digit.convolutions)[-1]
        first = addressed.value("layer", deepest, kept_values.among(names))
        name = st.segmented_control(TEXT["layer"], names, required=True, format_func=_name, key=addressed.key("layer"))
        name = name or first
        channels = channel_sums.NARROW if name == ONE_BY_ONE else digit.layer(name).shape[0]
        addressed.value("channel", 0, kept_values.whole(0, channels - 1))
        channel = st.number_input(
            TEXT["channel"].format(last=channels - 1), 0, channels - 1, key=addressed.key("channel"), width=190
        )
        seed = 0
        if name == ONE_BY_ONE:
            addressed.value("seed", 0, kept_values.whole(0, SEEDS))
            seed = st.number_input(TEXT["seed"], 0, SEEDS, key=addressed.key("seed"), width=150)
    wide = _wide_digit(digit) if name == ONE_BY_ONE else digit
    found, source = _sums(wide, name, channel, seed)
    count = len(found.reads)
    picked = picked_cell(TILES)
    if picked is not None and picked[0] // 3 < count:
        st.session_state[addressed.key("added")] = picked[0] // 3
    added = addressed.value("added", count - 1, kept_values.whole(0, count - 1))
    if count > 1:
        added = st.slider(TEXT["added"], 0, count - 1, key=addressed.key("added"), width=420)
    values: dict[str, str | int | float] = {"layer": name, "channel": channel, "added": added}
    addressed.publish(values | ({"seed": seed} if name == ONE_BY_ONE else {}), PART)
    if name == ONE_BY_ONE:
        st.caption(TEXT["one-by-one"].format(network=wide.network.title, source=source.name, shape=shape(source.shape)))
    _sentences(digit, found)
    map_board(key="convolution-channels", maps=_sum_maps(found, added), result=_result(found, source), side=SIDE)
    st.caption(TEXT["rounding"].format(difference=number(found.difference, 2)))
    st.markdown(f"**{TEXT['tiles'].format(count=count)}**")
    with st.container(height=TALLEST if count > MANY else "content", border=False):
        map_board(key=TILES, maps=_tiles(found, added), side=SMALL)
    code_block(_line(found), key="convolution-channels-line")

    def code() -> str:
        return convolution_scripts.channels(
            wide.network.model, wide.network.script, wide.picture, found, None if name != ONE_BY_ONE else seed
        )

    return code


def _name(name: str) -> str:
    return TEXT["1x1"] if name == ONE_BY_ONE else name


def _sums(digit: Digit, name: str, channel: int, seed: int) -> tuple[ChannelSums, Layer]:
    """Output channel, and the layer that its convolution reads."""
    if name == ONE_BY_ONE:
        source = _widest(digit.passed.layers)
        return channel_sums.one_by_one(source, digit.passed.outputs[source.name], channel, seed), source
    layer = digit.layer(name)
    return channel_sums.of(digit.passed, digit.network.model, layer, channel), digit.layer(layer.sources[0])


def _widest(layers: tuple[forward.Layer, ...]) -> Layer:
    """Convolution with the most channels; of several, the first."""
    return max(filter(counts.is_convolution, layers), key=lambda one: one.shape[0])


def _wide_digit(digit: Digit) -> Digit:
    """The digit in the network with the most channels of all."""
    own = digit.network
    found = max([own, *map(_shipped, session.NETWORKS)], key=lambda one: _widest(forward.layers(one.model)).shape[0])
    return digit if found is own else digit_in(found)


def _shipped(name: str) -> Network:
    try:
        return session.shipped(name)
    except InputError:  # the sidebar says so where it is chosen
        return session.random(name, 0)


def _sentences(digit: Digit, found: ChannelSums) -> None:
    """Say what is special about the channel."""
    off = ablation.by_layer(digit.network.off)
    if Channel(found.layer.name, found.channel) in digit.network.off:
        st.info(TEXT["off"].format(layer=found.layer.name, channel=found.channel), icon=":material/info:")
    elif off:
        st.caption(TEXT["some-off"])
    if found.layer.groups > 1:
        st.caption(TEXT["groups"].format(groups=found.layer.groups, count=len(found.reads)))


def _sum_maps(found: ChannelSums, added: int) -> list[Map]:
    """Sum before a channel, the channel's part, the sum after it, and the output."""
    end = reach(found.sums, found.parts, found.output)
    legend = TEXT["legend-sums"]
    before = found.sums[added - 1] if added else np.zeros_like(found.sums[0])
    first, own = int(found.reads[0]), int(found.reads[added])
    done = TEXT["sum-before"].format(first=first, last=own - 1) if added else TEXT["sum-none"]
    last = added == len(found.reads) - 1
    sign = "+" if found.bias >= 0 else "−"
    maps = [
        Map(done, before, end, legend),
        Map(TEXT["part"].format(channel=own), found.parts[added], end, legend, sign="+"),
        Map(TEXT["sum-after"].format(first=first, last=own), found.sums[added], end, legend, sign="="),
    ]
    title = TEXT["output"].format(channel=found.channel, sign=sign, bias=number(abs(found.bias)))
    return [*maps, Map(title, found.output, end, legend, sign="→" if last else "…")]


def _tiles(found: ChannelSums, added: int) -> list[Map]:
    """Input map, kernel and part of each input channel."""
    inputs, kernels, parts = reach(found.inputs), reach(found.kernels), reach(found.parts, found.sums, found.output)
    unsigned = bool((found.inputs >= 0).all())
    maps: list[Map] = []
    for place, channel in enumerate(found.reads):
        group = TEXT["tile"].format(channel=channel)
        if place <= added:
            group = TEXT["tile-added"].format(channel=channel)
        maps += [
            Map(
                TEXT["tile-input"],
                found.inputs[place],
                inputs,
                TEXT["legend-inputs"],
                "sequential" if unsigned else "diverging",
                picks="press",
                group=group,
            ),
            Map(
                TEXT["tile-kernel"],
                found.kernels[place],
                kernels,
                TEXT["legend-kernels"],
                sign="∗",
                picks="press",
                group=group,
            ),
            Map(
                TEXT["tile-part"], found.parts[place], parts, TEXT["legend-sums"], sign="=", picks="press", group=group
            ),
        ]
    return maps


def _result(found: ChannelSums, source: Layer) -> Result:
    """Number of parameters, beside that of a fully connected layer."""
    own, dense = counts.shared(found.layer, source).parameters, counts.dense(found.layer, source).parameters
    sentence = TEXT["result"].format(
        layer=TEXT["the-1x1"] if found.layer.name == ONE_BY_ONE else found.layer.name,
        inputs=source.shape[0],
        outputs=found.layer.shape[0],
        formula=own.formula,
        before=shape(source.shape),
        after=shape(found.layer.shape),
        dense=Count(dense.value),
        dense_formula=dense.formula,
    )
    return Result(f"{Count(own.value):,}", sentence)


def _line(found: ChannelSums) -> str:
    settings = convolution_scripts.settings(found.layer, len(found.reads))
    bias = f" + bias[{found.channel}]" if found.layer.bias else ""
    return f"parts = F.conv2d(x, weight[{found.channel}].unsqueeze(1){settings})\noutput = parts.sum(1){bias}"


@st.fragment
def _table() -> None:
    st.subheader(TEXT["table"], anchor=False)
    names = [*session.NETWORKS, counts.RESNET]
    own = session.current().name
    chosen = st.segmented_control(
        TEXT["table-network"],
        names,
        default=own if own in names else names[0],
        required=True,
        key=f"convolution-table-{own}",
        label_visibility="collapsed",
    )
    rows, total = counts.of_network(chosen or names[0])
    st.dataframe(
        [
            {
                TEXT["column-layer"]: row.layer.name,
                TEXT["column-shapes"]: f"{shape(row.source)} → {shape(row.layer.shape)}",
                TEXT["column-formula"]: row.parameters.formula,
                TEXT["column-parameters"]: f"{Count(row.parameters.value):,}",
                TEXT["column-dense-formula"]: row.dense.formula,
                TEXT["column-dense"]: f"{Count(row.dense.value):,}",
            }
            for row in rows
        ],
        hide_index=True,
        key="convolution-counts",
    )
    dense = sum(row.dense.value for row in rows)
    st.markdown(TEXT["total"].format(network=chosen, total=Count(total), dense=Count(dense)))
    if (listed := sum(row.parameters.value for row in rows)) != total:
        st.caption(TEXT["not-listed"].format(count=Count(total - listed)))

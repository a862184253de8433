"""Part of the Convolution page on parameter sharing: one weight is changed, and every place that uses it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from lenet.convolution import counts, sharing
from lenet.convolution.sharing import Change
from lenet.networks.forward import Layer
from lenet.scripts import convolution_scripts
from playground import kept_values
from playground.code_button import code_button
from playground.components.code_block import code_block
from playground.components.map_board import Map, Result, map_board, picked_cell
from playground.convolution import addressed
from playground.convolution.shown_digit import Digit, reach, with_convolution
from playground.number_words import Count, number
from playground.text import text

TEXT: Final = text("convolution_sharing")
PART: Final = "sharing"
BOARD: Final = "convolution-sharing"
LARGEST: Final = 1.0
"""Largest change of a weight."""


def show() -> None:
    """Show the part."""
    digit = with_convolution()
    if digit is None:
        return
    code = _experiment(digit)
    code_button(code, TEXT["code"], "convolution-sharing")


@st.fragment
def _experiment(digit: Digit) -> Callable[[], str]:
    st.markdown(TEXT["introduction"])
    names = list(digit.convolutions)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = addressed.value("layer", names[0], kept_values.among(names))
        name = st.segmented_control(TEXT["layer"], names, required=True, key=addressed.key("layer")) or first
        layer = digit.layer(name)
        source = digit.layer(layer.sources[0])
        outputs, inputs = layer.shape[0], source.shape[0] // layer.groups
        addressed.value("channel", 0, kept_values.whole(0, outputs - 1))
        channel = st.number_input(TEXT["output"], 0, outputs - 1, key=addressed.key("channel"), width=150)
        addressed.value("input", 0, kept_values.whole(0, inputs - 1))
        reads = st.number_input(TEXT["input"], 0, inputs - 1, key=addressed.key("input"), width=150)
        addressed.value("by", 0.5, kept_values.number(-LARGEST, LARGEST))
        by = st.slider(TEXT["by"], -LARGEST, LARGEST, step=0.05, key=addressed.key("by"), width=220)
    row, column = _weight(layer)
    addressed.publish({"layer": name, "channel": channel, "input": reads, "row": row, "column": column, "by": by}, PART)
    found = sharing.change(digit.passed, digit.network.model, layer, (channel, reads, row, column), by)
    if digit.network.off:
        st.caption(TEXT["off"])
    map_board(
        key=BOARD,
        maps=_maps(found),
        result=_result(found, layer),
        name="sharing",
        facts={"changed": str(found.changed)},
    )
    code_block(_line(layer, found), key="convolution-sharing-line")
    st.markdown(f"**{TEXT['table'].format(layer=name)}**")
    _table(layer, source)
    return lambda: convolution_scripts.sharing(
        digit.network.model, digit.network.script, digit.picture, layer, source, found.index, by
    )


def _weight(layer: Layer) -> tuple[int, int]:
    """Row and column of the weight that the visitor has chosen in the kernel, by default the middle one."""
    high, wide = layer.kernel or (1, 1)
    picked = picked_cell(BOARD)
    if picked is not None and picked[1] < high and picked[2] < wide:
        st.session_state[addressed.key("row")] = picked[1]
        st.session_state[addressed.key("column")] = picked[2]
    row = addressed.value("row", high // 2, kept_values.whole(0, high - 1))
    column = addressed.value("column", wide // 2, kept_values.whole(0, wide - 1))
    return row, column


def _maps(found: Change) -> list[Map]:
    channel, reads, row, column = found.index
    end = reach(found.before, found.after)
    kernel = found.kernel.copy()
    kernel[row, column] = found.new
    return [
        Map(
            TEXT["kernel"].format(output=channel, input=reads),
            kernel,
            reach(found.kernel, kernel),
            TEXT["legend-kernel"],
            note=TEXT["kernel-note"].format(row=row, column=column, old=number(found.old), new=number(found.new)),
            picks="move",
            selected=(row, column),
        ),
        Map(TEXT["after"], found.after, end, TEXT["legend-output"]),
        Map(TEXT["before"], found.before, end, TEXT["legend-output"], sign="−"),
        Map(TEXT["difference"], found.difference, reach(found.difference), TEXT["legend-difference"], sign="="),
    ]


def _result(found: Change, layer: Layer) -> Result:
    channel = found.index[0]
    places = found.before.size
    key = "result" if found.elsewhere == 0 else "result-elsewhere"
    sentence = TEXT[key].format(
        layer=layer.name, channel=channel, places=Count(places), same=Count(places - found.changed)
    )
    if found.changed < places:
        sentence += " " + TEXT["result-same"].format(same=Count(places - found.changed))
    return Result(f"{Count(found.changed):,}", f"{sentence} {TEXT['result-without']}")


def _table(layer: Layer, source: Layer) -> None:
    """Parameters and multiply-adds with sharing, without it, and fully connected."""
    rows = [
        ("shared", counts.shared(layer, source)),
        ("unshared", counts.unshared(layer, source)),
        ("dense", counts.dense(layer, source)),
    ]
    st.dataframe(
        [
            {
                TEXT["column-kind"]: TEXT[f"kind-{key}"],
                TEXT["column-parameters"]: f"{Count(cost.parameters.value):,}",
                TEXT["column-formula"]: cost.parameters.formula,
                TEXT["column-multiply-adds"]: f"{Count(cost.multiply_adds.value):,}",
                TEXT["column-multiply-formula"]: cost.multiply_adds.formula,
            }
            for key, cost in rows
        ],
        hide_index=True,
        key="convolution-sharing-table",
    )
    st.caption(TEXT["table-note"])


def _line(layer: Layer, found: Change) -> str:
    settings = convolution_scripts.settings(layer, layer.groups)
    index = ", ".join(map(str, found.index))
    return (
        f"changed = weight.clone()\nchanged[{index}] += {found.new - found.old:.4g}\n"
        f"difference = F.conv2d(x, changed, bias{settings}) - F.conv2d(x, weight, bias{settings})"
    )

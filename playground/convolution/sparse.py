"""Part of the Convolution page on sparse interactions: what an output depends on, and what a pixel can reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import streamlit as st

from lenet.convolution import measured_field, receptive_field
from lenet.convolution.receptive_field import Mask
from lenet.errors import InputError
from lenet.networks.forward import Layer
from lenet.networks.kinds import INPUT, SOFTMAX
from lenet.scripts import convolution_scripts, page_scripts
from playground import kept_values
from playground.code_button import code_button
from playground.components.code_block import code_block
from playground.components.map_board import Map, Result, map_board, picked_cell
from playground.convolution import addressed
from playground.convolution.shown_digit import Digit, reach, with_convolution
from playground.markdown import literal
from playground.number_words import Count, shape
from playground.text import text

TEXT: Final = text("convolution_sparse")
PART: Final = "sparse"
BOARD: Final = "convolution-sparse"
BACK: Final = "back"
FORWARD: Final = "forward"
SIDE: Final = 150


def show() -> None:
    """Show the part."""
    digit = with_convolution()
    if digit is None:
        return
    code = _experiment(digit)
    code_button(code, TEXT["code"], "convolution-sparse")


@st.fragment
def _experiment(digit: Digit) -> Callable[[], str]:
    st.markdown(TEXT["introduction"])
    layers = [layer for layer in digit.passed.layers if layer.name not in (INPUT, SOFTMAX)]
    names = [layer.name for layer in layers]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = addressed.value("direction", BACK, kept_values.among((BACK, FORWARD)))
        direction = st.segmented_control(
            TEXT["direction"],
            [BACK, FORWARD],
            required=True,
            format_func=lambda name: TEXT[name],
            key=addressed.key("direction"),
            label_visibility="collapsed",
        )
        direction = direction or first
        deepest = list(digit.convolutions)[-1]
        addressed.value("layer", deepest, kept_values.among(names))
        name = st.selectbox(TEXT[f"layer-{direction}"], names, key=addressed.key("layer"), width=200)
    target = digit.layer(name)
    pointed = target if direction == BACK else digit.layer(INPUT)
    row, column = _cell(pointed, digit)
    addressed.publish({"direction": direction, "layer": name, "row": row, "column": column}, PART)
    if digit.network.off:
        st.caption(TEXT["off"])

    def code() -> str:
        own = digit.network
        made = page_scripts.made(own.name, own.origin, own.names)
        return convolution_scripts.sparse(
            own.model, made, digit.passed.layers, name, row, column, back=direction == BACK
        )

    try:
        if direction == BACK:
            _back(digit, target, row, column)
        else:
            _forward(digit, target, row, column)
    except InputError as problem:
        st.info(literal(problem), icon=":material/info:")
    return code


def _cell(layer: Layer, digit: Digit) -> tuple[int, int]:
    """Cell that the visitor has pointed at, by default the middle one."""
    picked = picked_cell(BOARD)
    rows, columns = receptive_field.sides(layer)
    if picked is not None:
        _, high, wide = picked
        if not receptive_field.is_map(layer):
            high, wide = 0, high * _grid(layer)[1] + wide
        if high < rows and wide < columns:
            st.session_state[addressed.key("row")] = high
            st.session_state[addressed.key("column")] = wide
    row = addressed.value("row", rows // 2, kept_values.whole(0, rows - 1))
    column = addressed.value("column", columns // 2, kept_values.whole(0, columns - 1))
    return row, column


def _back(digit: Digit, target: Layer, row: int, column: int) -> None:
    """Show what a cell depends on, layer by layer back to the image, as computed and as measured."""
    network = digit.network
    found = receptive_field.backwards(digit.passed.layers, target.name, receptive_field.cell(target, row, column))
    gradient = measured_field.backwards(
        measured_field.positive(digit.network.whole or digit.network.model), digit.input.shape, target.name, row, column
    )
    own = measured_field.own_gradient(network.model, digit.input, target.name, 0, row, column)[0]
    computed, measured = found[INPUT], gradient != 0
    maps = _maps(digit, found, target, (row, column))
    maps += [
        Map(
            TEXT["measured"],
            gradient / (np.abs(gradient).max() or 1),
            1,
            TEXT["legend-measured"],
            marks=measured,
            note=TEXT["measured-note"].format(count=Count(measured.sum())),
            group=TEXT["group-measured"],
        ),
        Map(
            TEXT["own"],
            own,
            reach(own),
            TEXT["legend-own"],
            note=TEXT["own-note"].format(count=Count((own != 0).sum())),
            group=TEXT["group-measured"],
        ),
    ]
    pixels = int(computed.sum())
    words = "same" if np.array_equal(computed, measured) else "other"
    high, wide = (int(computed.any(axis).sum()) for axis in (1, 0))
    sentence = TEXT["result-back"].format(
        all=Count(computed.size), cell=_cell_name(target, row, column), high=high, wide=wide
    )
    agree = TEXT[f"agree-{words}"].format(count=Count(measured.sum()))
    linear = TEXT["linear-back"].format(all=Count(computed.size))
    map_board(
        key=BOARD,
        maps=maps,
        result=Result(f"{Count(pixels):,}", f"{sentence} {agree} {linear}"),
        side=SIDE,
        name="sparse",
        facts={"at": f"{row},{column}", "computed": str(pixels), "measured": str(int(measured.sum()))},
    )
    st.caption(TEXT["how"])
    at = f"0, :, {row}, {column}" if receptive_field.is_map(target) else f"0, {column}"
    line = f"(gradient,) = torch.autograd.grad({_variable(target)}[{at}].sum(), x)"
    code_block(f"{line}\n(gradient != 0).sum()", key="convolution-sparse-line")


def _forward(digit: Digit, target: Layer, row: int, column: int) -> None:
    """Show which outputs a pixel can reach, layer by layer, as computed and as measured."""
    source = digit.layer(INPUT)
    found = receptive_field.forwards(digit.passed.layers, INPUT, receptive_field.cell(source, row, column))
    measured = measured_field.forwards(
        measured_field.positive(digit.network.whole or digit.network.model), digit.input.shape, row, column
    )[target.name]
    computed = found[target.name]
    channels = target.shape[0] if receptive_field.is_map(target) else 1
    reached, outputs = int(computed.sum()) * channels, math.prod(target.shape)
    words = "same" if np.array_equal(computed, measured) else "other"
    cells = Count(computed.sum())
    sentence = TEXT["result-forward" if channels > 1 else "result-forward-single"].format(
        all=Count(outputs), layer=target.name, row=row, column=column, cells=cells, channels=channels
    )
    agree = TEXT[f"agree-{words}"].format(count=Count(int(measured.sum()) * channels))
    linear = TEXT["linear-forward"].format(all=Count(outputs))
    map_board(
        key=BOARD,
        maps=_maps(digit, found, target, (row, column)),
        result=Result(f"{Count(reached):,}", f"{sentence} {agree} {linear}"),
        side=SIDE,
        name="sparse",
        facts={"at": f"{row},{column}", "computed": str(reached), "measured": str(int(measured.sum()) * channels)},
    )
    st.caption(TEXT["how-forward"])
    line = f"x = torch.zeros({', '.join(map(str, (1, *digit.input.shape)))})\nx[0, :, {row}, {column}] = 1"
    code_block(f"{line}\n({_variable(target)} != 0).sum()", key="convolution-sparse-line")


def _maps(digit: Digit, found: Mapping[str, Mask], target: Layer, at: tuple[int, int]) -> list[Map]:
    """Channel 0 of each layer up to the target, with the cells that were found."""
    back = at if target.name in found else None
    pointed = target.name if INPUT not in found or found[INPUT].sum() != 1 else INPUT
    maps = []
    for layer in digit.passed.layers:
        if layer.name not in found:
            continue
        values, marks = digit.passed.outputs[layer.name], found[layer.name]
        shown = values[0] if receptive_field.is_map(layer) else values.reshape(_grid(layer))
        count = Count(marks.sum())
        cells = Count(marks.size)
        selected = back if layer.name == pointed else None
        if selected and not receptive_field.is_map(layer):
            selected = divmod(selected[1], _grid(layer)[1])
        signed = bool((shown < 0).any())
        maps.append(
            Map(
                TEXT["map"].format(layer=layer.name, shape=shape(layer.shape)),
                shown,
                reach(shown),
                scale="diverging" if signed else "ink" if layer.name == INPUT else "sequential",
                marks=marks.reshape(shown.shape),
                note=TEXT["note"].format(count=count, all=cells),
                picks="move" if layer.name == pointed else "",
                selected=selected,
                group=TEXT["group-computed"],
            )
        )
        if layer.name == target.name:
            break
    return maps


def _grid(layer: Layer) -> tuple[int, int]:
    """Rows and columns in which the units of a layer without any are arranged: as square as possible."""
    count = layer.shape[-1]
    rows = next(rows for rows in range(math.isqrt(count), 0, -1) if count % rows == 0)
    return rows, count // rows


def _cell_name(layer: Layer, row: int, column: int) -> str:
    key = "cell" if receptive_field.is_map(layer) else "unit"
    return TEXT[key].format(layer=layer.name, row=row, column=column)


def _variable(layer: Layer) -> str:
    return layer.name.replace(".", "_")

"""Part of the Convolution page on equivariance: move a digit before a convolution, or its output after it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from lenet.convolution import equivariance
from lenet.convolution.equivariance import (
    FURTHEST,
    LARGEST_SCALE,
    LEAST_SCALE,
    MOTIONS,
    NONE,
    PADDINGS,
    POOL,
    POOLINGS,
    ROTATION,
    SCALING,
    SHIFT,
    STRIDES,
    Comparison,
    Experiment,
    Shifts,
)
from lenet.networks.forward import Layer
from lenet.scripts import convolution_scripts
from playground import kept_values
from playground.code_button import code_button
from playground.components.code_block import code_block
from playground.components.map_board import Map, Result, map_board, picked_cell
from playground.convolution import addressed
from playground.convolution.shifted_answers import shifted_answers
from playground.convolution.shown_digit import Digit, reach, with_convolution
from playground.number_words import Count, number, shape
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("convolution_equivariance")
PART: Final = "equivariance"
SHIFTS: Final = "convolution-shifts"
SIDE: Final = 140
SHIFTS_SIDE: Final = 252


def show() -> None:
    """Show the part."""
    digit = with_convolution()
    if digit is None:
        return
    code = _experiment(digit)
    shifted_answers(digit)
    code_button(code, TEXT["code"], "convolution-equivariance")


@st.fragment
def _experiment(digit: Digit) -> Callable[[], str]:
    st.markdown(TEXT["introduction"])
    layer = next(iter(digit.convolutions.values()))
    _take_shift()
    experiment, channel = _settings(layer.shape[0])
    weight, bias = equivariance.kernel(digit.network.model, layer, channel)
    picture = digit.passed.outputs[layer.sources[0]][0]
    found = equivariance.compare(picture, weight, bias, experiment)
    map_board(
        key="convolution-equivariance",
        maps=_maps(found, experiment),
        result=_result(found, experiment),
        side=SIDE,
        name="equivariance",
        facts={"difference": f"{found.largest:.9g}"},
    )
    code_block(_line(experiment), key="convolution-equivariance-line")
    if experiment.motion == SHIFT:
        _where(_over_shifts(digit, layer, channel, experiment), experiment, len(picture))
    return lambda: convolution_scripts.equivariance(
        digit.network.model, digit.network.script, digit.picture, layer, channel, experiment
    )


def _take_shift() -> None:
    """Take the shift that the visitor has chosen on the map of all shifts."""
    picked = picked_cell(SHIFTS)
    if picked is not None and max(picked[1:]) <= 2 * FURTHEST:
        st.session_state[addressed.key("dy")] = picked[1] - FURTHEST
        st.session_state[addressed.key("dx")] = picked[2] - FURTHEST


def _settings(channels: int) -> tuple[Experiment, int]:
    """Widgets of the experiment: its settings, and the channel whose kernel it uses."""
    values: dict[str, str | int | float] = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        first = addressed.value("motion", SHIFT, kept_values.among(MOTIONS))
        motion = st.segmented_control(
            TEXT["motion"], MOTIONS, required=True, format_func=lambda one: TEXT[one], key=addressed.key("motion")
        )
        values["motion"] = motion or first
        if values["motion"] == SHIFT:
            for name in ("dx", "dy"):
                addressed.value(name, getattr(Experiment, name), kept_values.whole(-FURTHEST, FURTHEST))
                values[name] = st.slider(TEXT[name], -FURTHEST, FURTHEST, key=addressed.key(name), width=180)
        elif values["motion"] == ROTATION:
            addressed.value("angle", Experiment.angle, kept_values.number(-180, 180))
            values["angle"] = st.slider(
                TEXT["angle"], -180.0, 180.0, step=5.0, format="%d°", key=addressed.key("angle"), width=220
            )
        else:
            addressed.value("factor", Experiment.factor, kept_values.number(LEAST_SCALE, LARGEST_SCALE))
            values["factor"] = st.slider(
                TEXT["factor"], LEAST_SCALE, LARGEST_SCALE, step=0.05, key=addressed.key("factor"), width=220
            )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        for name, choices in (("padding", PADDINGS), ("stride", STRIDES), ("pooling", POOLINGS)):
            values[name] = _choice(name, choices)
        addressed.value("channel", 0, kept_values.whole(0, channels - 1))
        channel = st.number_input(TEXT["channel"], 0, channels - 1, key=addressed.key("channel"), width=150)
    addressed.publish(values | {"channel": channel}, PART)
    return Experiment(**values), channel  # type: ignore[arg-type]


def _choice(name: str, choices: tuple[str | int, ...]) -> str | int:
    default: str | int = getattr(Experiment, name)
    addressed.value(name, default, kept_values.among(choices))
    chosen: str | int = st.selectbox(
        TEXT[name],
        choices,
        format_func=lambda one: TEXT.get(f"{name}-{one}", str(one)),
        key=addressed.key(name),
        width=150,
    )
    return chosen


def _maps(found: Comparison, experiment: Experiment) -> list[Map]:
    """Both ways to a moved output, and their difference."""
    end = reach(found.output, found.of_moved)
    move, convolution = TEXT[f"name-{experiment.motion}"], "pool(conv" if experiment.pooling != NONE else "conv"
    close = "))" if experiment.pooling != NONE else ")"
    one, two = TEXT["group-moved-first"], TEXT["group-moved-last"]
    legend = TEXT["legend-output"]
    return [
        Map("x", found.digit, 1, TEXT["legend-ink"], "ink", group=one),
        Map(f"{move}(x)", found.moved, 1, TEXT["legend-ink"], "ink", sign="→", group=one),
        Map(f"{convolution}({move}(x){close}", found.of_moved, end, legend, sign="→", group=one),
        Map(f"{convolution}(x{close}", found.output, end, legend, group=two),
        Map(f"{move}({convolution}(x{close})", found.moved_output, end, legend, sign="→", group=two),
        Map(
            TEXT["difference"],
            found.difference,
            end,
            legend,
            group=TEXT["group-difference"],
            note=shape(found.difference.shape),
        ),
    ]


def _result(found: Comparison, experiment: Experiment) -> Result:
    if not np.isfinite(found.largest):
        key = "not-finite"
    elif experiment.motion != SHIFT:
        key = f"{experiment.motion}-zero" if found.largest == 0 else experiment.motion
    elif found.largest == 0:
        key = "zero-no-shift" if experiment.dx == experiment.dy == 0 else "zero"
    elif experiment.dx % experiment.step or experiment.dy % experiment.step:
        key = "step"
    elif experiment.padding != "circular":
        key = "border"
    else:
        key = "fit"
    words = TEXT[f"result-{key}"].format(
        step=experiment.step, padding=TEXT[f"padding-{experiment.padding}"], largest=number(reach(found.of_moved))
    )
    return Result(number(found.largest), f"{TEXT['result']} {words}")


def _over_shifts(digit: Digit, layer: Layer, channel: int, experiment: Experiment) -> Shifts:
    """Differences for all shifts, kept until something else than the shift changes."""
    own, still = visitor().convolution, replace(experiment, dx=0, dy=0)
    key = digit.network, digit.picture.tobytes(), channel, still
    if own.shifts is None or own.shifts[0] != key:
        picture = digit.passed.outputs[layer.sources[0]][0]
        own.shifts = (
            key,
            equivariance.over_shifts(picture, *equivariance.kernel(digit.network.model, layer, channel), still),
        )
    return own.shifts[1]


def _where(shifts: Shifts, experiment: Experiment, side: int) -> None:
    """Show at which shifts it holds."""
    all_shifts = shifts.differences.size
    multiple = shifts.multiple
    if shifts.holds == all_shifts:
        words = TEXT["holds-all"]
    elif multiple is not None:
        words = TEXT["holds-multiples"].format(multiple=multiple)
    elif experiment.padding != "circular":
        words = TEXT["holds-border"]
    else:
        words = TEXT["holds-fit"].format(step=experiment.step, side=side)
    map_board(
        key=SHIFTS,
        maps=[
            Map(
                TEXT["shifts"],
                shifts.differences,
                reach(shifts.differences),
                TEXT["legend-difference"],
                "sequential",
                marks=_some(shifts.differences == 0),
                veiled=False,
                picks="move",
                selected=(experiment.dy + FURTHEST, experiment.dx + FURTHEST),
                start=(-FURTHEST, -FURTHEST),
                note=TEXT["shifts-note"],
            )
        ],
        result=Result(f"{Count(shifts.holds)} / {Count(all_shifts)}", f"{TEXT['holds']} {words}"),
        side=SHIFTS_SIDE,
        beside=True,
        name="equivariance-shifts",
        facts={"holds": str(shifts.holds)},
    )


def _some(marks: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Marks, unless all cells are marked or none is: then they would tell nothing."""
    return marks if marks.any() and not marks.all() else None


def _line(experiment: Experiment) -> str:
    motion = {
        SHIFT: f"x.roll(({experiment.dy}, {experiment.dx}), (2, 3))",
        ROTATION: "turn(x)",
        SCALING: "turn(x)",
    }[experiment.motion]
    after = {
        SHIFT: f"conv(x).roll(({experiment.dy // experiment.step}, {experiment.dx // experiment.step}), (2, 3))",
        ROTATION: "turn(conv(x))",
        SCALING: "turn(conv(x))",
    }[experiment.motion]
    mode = "constant" if experiment.padding == "zeros" else experiment.padding
    pool = {NONE: "", "max": f"F.max_pool2d(…, {POOL})", "average": f"F.avg_pool2d(…, {POOL})"}[experiment.pooling]
    call = f'F.conv2d(F.pad(x, around, mode="{mode}"), weight, bias, stride={experiment.stride})'
    call = pool.replace("…", call) if pool else call
    turn = "turn = lambda x: F.grid_sample(x, F.affine_grid(theta, x.shape))\n"
    theta = {
        SHIFT: "",
        ROTATION: f"a = math.radians({experiment.angle:g})\n"
        f"theta = torch.tensor([[[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0]]])\n{turn}",
        SCALING: f"theta = torch.eye(2, 3)[None] / {experiment.factor:g}\n{turn}",
    }[experiment.motion]
    return f"{theta}conv = lambda x: {call}\n(conv({motion}) - {after}).abs().max()"

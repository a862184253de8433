"""Pooling: the window's largest value or average, what one pixel changes, and the gradient's way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from lenet.convolution import apply, problems, sizes
from lenet.convolution.apply import Pooled
from lenet.convolution.settings import AVERAGE, MAX, Pooling
from lenet.errors import InputError
from lenet.scripts import convolution_script
from playground import session
from playground.code_button import code_button
from playground.components.convolution_bench import convolution_bench, pack_picture, taken_changes
from playground.convolution import bench_input, options, pin
from playground.convolution.bench_input import Input
from playground.convolution.options import ImpossibleError, Problems, Values
from playground.errors import say
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("convolution")
PART: Final = "pooling"
BENCH: Final = "convolution-pooling"
MOVES: Final = {"right": (0, 1), "left": (0, -1), "down": (1, 0), "up": (-1, 0)}
"""Rows and columns by which the input is moved."""
OPTIONS: Final = {
    **bench_input.OPTIONS,
    "kind": options.choice(MAX, (MAX, AVERAGE)),
    "size": options.whole(2, 1, 8),
    "stride": options.whole(2, 0, 8),
    "padding": options.whole(0, 0, 4),
    "ceil_mode": options.flag(False),
    "move": options.choice("right", MOVES),
    "pin": options.words("", pin.is_pin),
}


@dataclass(frozen=True)
class Shown:
    """Picture that the page shows: its input, the settings, the move of the input, and what comes of them."""

    given: Input
    settings: Pooling
    move: tuple[int, int]
    pooled: Pooled


def show() -> None:
    """Show the part."""
    bench()
    code_button(code, TEXT["code-pooling"], "pooling")


@st.fragment
def bench() -> None:
    """Show the component, the fragment that runs again when an option changes."""
    network = session.current()
    now, said = read()
    pages = visitor().convolution.shown
    try:
        try:
            pages[PART] = picture(now, network)
        except ImpossibleError as problem:
            said |= problem.problems
            if PART not in pages:
                pages[PART] = picture(defaults(), network)
    except InputError as problem:
        st.error(say(problem), icon=":material/error:")
        return
    shown = pages[PART]
    window = [OPTIONS[name].field(name, now[name]) for name in ("kind", "size", "stride", "padding", "ceil_mode")]
    move = [OPTIONS["move"].field("move", now["move"])]
    convolution_bench(
        key=BENCH,
        kind=shown.settings.kind,
        groups=[("input", bench_input.fields(now, shown.given)), ("pooling", window), ("move", move)],
        problems=said,
        picture=drawn(shown, now),
    )
    options.publish(PART, OPTIONS, now)  # after the picture, which then comes sooner


def read() -> tuple[dict[str, Any], Problems]:
    """Values of the options, after the visitor's last changes, and the problems with these."""
    changes = taken_changes(BENCH)
    said: Problems = {}
    if changes:
        changes, said = bench_input.take(changes, options.values(PART, OPTIONS), 1)
        said |= options.take(PART, OPTIONS, changes)
    return options.values(PART, OPTIONS), said


def defaults() -> dict[str, Any]:
    """Values of the options to begin with."""
    return {name: option.default for name, option in OPTIONS.items()}


def picture(now: Values, network: Network) -> Shown:
    """Picture that the options stand for.

    Raises:
        ImpossibleError: there is none.
        InputError: MNIST can't be read.
    """
    given = bench_input.of(now, network, 1)
    settings = Pooling(now["kind"], now["size"], now["stride"], now["padding"], now["ceil_mode"])
    problem = problems.of_pooling(settings, *given.x.shape[1:])
    if problem:
        raise ImpossibleError(problem.option, say(problem.error), problem.torch)
    move = MOVES[now["move"]]
    return Shown(given, settings, move, apply.pool(settings, given.x, *move))


def drawn(shown: Shown, now: Values) -> dict[str, object]:
    """Data of a picture for the component."""
    settings, pooled, x = shown.settings, shown.pooled, shown.given.x
    return {
        **pack_picture(
            x=x,
            output=pooled.output,
            scale=shown.given.scale,
            caption=shown.given.caption,
            window={
                "kernel": [settings.size, settings.size],
                "stride": settings.stride,
                "padding": settings.padding,
                "mode": "zeros",
                "dilation": 1,
            },
            channel=0,
            formulas=sizes.pooling_formula(settings, *x.shape[1:]),
            code=settings.code,
            pin=pin.cell(now["pin"], pooled.output.shape[1:]),
            editable=now["source"] == bench_input.GRID,
            winners=pooled.winners,
            moved=pooled.moved,
            gradient=pooled.gradient,
        ),
        "changed": pooled.changed,
        "move": now["move"],
    }


def code() -> str:
    """Script of the picture on the page."""
    shown = visitor().convolution.shown[PART]
    now = options.values(PART, OPTIONS)
    row, column = pin.cell(now["pin"], shown.pooled.output.shape[1:]) or [
        side // 2 for side in shown.pooled.output.shape[1:]
    ]
    return convolution_script.pooling(shown.settings, shown.given.x, shown.move, (row, column))

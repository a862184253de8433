"""Pooling: the window's largest value or average, what one pixel changes, and the gradient's way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from lenet.convolution import apply, problems, sizes
from lenet.convolution.apply import Pooled
from lenet.convolution.settings import AVERAGE, MAX, Pooling
from lenet.scripts import convolution_script
from playground.code_button import code_button
from playground.components.convolution_bench import Field, pack_picture
from playground.convolution import bench_input, options, pin
from playground.convolution.bench import Part, Picture, bench
from playground.convolution.bench_input import Input
from playground.convolution.options import ImpossibleError, Problems, Values
from playground.errors import say
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("convolution")
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


def take(changes: Values, now: Values, _: Network) -> tuple[dict[str, Any], Problems]:
    """Changes of options from those of the controls, and their problems."""
    return bench_input.take(changes, now, 1)


def shown(now: Values, network: Network, picture: Picture) -> Shown:
    """Pooling that the options stand for.

    Raises:
        ImpossibleError: there is none.
        InputError: MNIST can't be read.
    """
    given = bench_input.of(now, network, picture, 1)
    settings = Pooling(now["kind"], now["size"], now["stride"], now["padding"], now["ceil_mode"])
    problem = problems.of_pooling(settings, *given.x.shape[1:])
    if problem:
        raise ImpossibleError(problem.option, say(problem.error), problem.torch)
    move = MOVES[now["move"]]
    return Shown(given, settings, move, apply.pool(settings, given.x, *move))


def fields(now: Values, network: Network) -> list[tuple[str, list[Field]]]:
    """Controls, in groups."""
    window = [OPTIONS[name].field(name, now[name]) for name in ("kind", "size", "stride", "padding", "ceil_mode")]
    move = [OPTIONS["move"].field("move", now["move"])]
    return [("input", bench_input.fields(now, network)), ("pooling", window), ("move", move)]


def packed(shown: Shown, now: Values) -> dict[str, object]:
    """Data of a picture for the component."""
    settings, pooled, x = shown.settings, shown.pooled, shown.given.x
    return {
        **pack_picture(
            kind=settings.kind,
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
    kept = visitor().convolution.shown[PART.name]
    row, column = pin.cell_or_middle(options.values(PART.name, OPTIONS)["pin"], kept.pooled.output.shape[1:])
    return convolution_script.pooling(kept.settings, kept.given.x, kept.move, (row, column))


PART: Final = Part("pooling", OPTIONS, take, shown, fields, packed)


def show() -> None:
    """Show the part."""
    bench(PART)
    code_button(code, TEXT["code-pooling"], "pooling")

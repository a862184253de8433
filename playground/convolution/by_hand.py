"""One convolution by hand: input, kernel and output, and the arithmetic of each cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet.convolution import apply, kernels, problems, sizes
from lenet.convolution.settings import MODES, Convolution
from lenet.scripts import convolution_script
from playground.code_button import code_button
from playground.components.convolution_bench import Field, pack_picture
from playground.convolution import bench_input, kernel_choice, options, pin
from playground.convolution.bench import Part, Picture, bench
from playground.convolution.bench_input import MOST_CHANNELS, Input
from playground.convolution.kernel_choice import SIDE, TRAINED, TYPED
from playground.convolution.options import ImpossibleError, Problems, Values
from playground.errors import say
from playground.session import Network
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("convolution")
OPTIONS: Final = {
    **bench_input.OPTIONS,
    **kernel_choice.OPTIONS,
    "in": options.whole(1, 1, MOST_CHANNELS),
    "out": options.whole(1, 1, MOST_CHANNELS),
    "shown": options.whole(0, 0, MOST_CHANNELS - 1),
    "groups": options.whole(1, 0, MOST_CHANNELS),
    "height": options.whole(3, 1, SIDE),
    "width": options.whole(3, 1, SIDE),
    "stride": options.whole(1, 0, 8),
    "padding": options.whole(1, 0, 12),
    "mode": options.choice("zeros", MODES),
    "dilation": options.whole(1, 0, 6),
    "bias": options.flag(False),
    "flipped": options.flag(False),
    "transposed": options.flag(False),
    "output_padding": options.whole(0, 0, 8),
    "pin": options.words("", pin.is_pin),
}


@dataclass(frozen=True)
class Shown:
    """Picture that the page shows.

    Attributes:
        given: its input.
        settings: of the convolution.
        weight: float32 of `settings.weight_shape`.
        bias: (C_out,) float32.
        output: (C_out, OH, OW) float32.
        channel: number of the output channel that is seen.
    """

    given: Input
    settings: Convolution
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    output: NDArray[np.float32]
    channel: int


def take(changes: Values, now: Values, network: Network) -> tuple[dict[str, Any], Problems]:
    """Changes of options from those of the controls, and their problems."""
    made, problems = bench_input.take(changes, now, now["in"])
    made, more = kernel_choice.take(made, now, network)
    return made, problems | more


def shown(now: Values, network: Network, picture: Picture) -> Shown:
    """Convolution that the options stand for.

    Raises:
        ImpossibleError: there is none.
        InputError: MNIST can't be read.
    """
    given = bench_input.of(now, network, picture, now["in"])
    kernel = kernel_choice.of(now, network)
    settings = settings_of(now)
    problem = problems.of_convolution(settings, *given.x.shape[1:])
    if problem:
        raise ImpossibleError(problem.option, say(problem.error), problem.torch)
    weight = weight_of(settings, kernel)
    bias = np.full(settings.outputs, now["b"] if settings.bias else 0, np.float32)
    output = apply.convolve(settings, given.x, weight, bias)
    return Shown(given, settings, weight, bias, output, min(now["shown"], now["out"] - 1))


def settings_of(now: Values) -> Convolution:
    """Settings that the options stand for."""
    return Convolution(
        inputs=now["in"],
        outputs=now["out"],
        height=now["height"],
        width=now["width"],
        stride=now["stride"],
        padding=now["padding"],
        mode=now["mode"],
        dilation=now["dilation"],
        groups=now["groups"],
        bias=now["bias"],
        flipped=now["flipped"],
        transposed=now["transposed"],
        output_padding=now["output_padding"] if now["transposed"] else 0,
    )


def weight_of(settings: Convolution, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weight, as PyTorch has it, of the kernels (out, in / groups, height, width)."""
    if not settings.transposed:
        return kernel
    parts = np.split(kernel, settings.groups)  # each (out / groups, in / groups, height, width)
    return np.concatenate([part.swapaxes(0, 1) for part in parts])


def packed(shown: Shown, now: Values) -> dict[str, object]:
    """Data of a picture for the component."""
    settings, x = shown.settings, shown.given.x
    return pack_picture(
        kind="transposed" if settings.transposed else "convolution",
        x=x,
        output=shown.output,
        scale=shown.given.scale,
        caption=shown.given.caption,
        window={
            "kernel": [settings.height, settings.width],
            "stride": settings.stride,
            "padding": settings.padding,
            "mode": settings.mode,
            "dilation": settings.dilation,
            "groups": settings.groups,
            "flipped": settings.flipped,
        },
        channel=shown.channel,
        formulas=sizes.convolution_formula(settings, *x.shape[1:]),
        code=settings.code,
        pin=pin.cell(now["pin"], shown.output.shape[1:]),
        editable=now["source"] == bench_input.GRID,
        weight=shown.weight,
        bias=shown.bias[: settings.outputs * settings.bias],
    )


def fields(now: Values, network: Network) -> list[tuple[str, list[Field]]]:
    """Controls, in groups: those that matter at the moment."""
    written = kernel_choice.entry(now)
    kind = kernel_choice.preset(written)
    kernel = [Field("preset", kind, (*kernels.NAMES, TRAINED, *([TYPED] if kind == TYPED else [])))]
    if kind == kernels.LINE:
        kernel.append(Field("angle", kernel_choice.angle(written), low=0, high=180, step=15))
    if kind == TRAINED:
        own, layers = kernel_choice.trained(written), kernel_choice.layers(network)
        outputs, inputs = layers[own.layer].weight.shape[:2] if own.layer in layers else (1, 1)
        kernel += [
            Field("from_layer", own.layer, tuple(layers)),
            Field("from_output", own.output, low=0, high=outputs - 1),
            Field("from_input", own.input, low=0, high=inputs - 1),
        ]
    kernel += [_option("height", now), _option("width", now), _option("bias", now)]
    kernel += [Field("b", now["b"])] if now["bias"] else []
    window = [_option(name, now) for name in ("stride", "padding", "mode", "dilation")]
    channels = [_option(name, now) for name in ("in", "out", "groups")]
    if now["out"] > 1:
        channels.append(Field("shown", min(now["shown"], now["out"] - 1), low=0, high=now["out"] - 1))
    form = [_option("flipped", now), _option("transposed", now)]
    form += [_option("output_padding", now)] if now["transposed"] else []
    return [
        ("input", bench_input.fields(now, network)),
        ("kernel", kernel),
        ("window", window),
        ("channels", channels),
        ("form", form),
    ]


def _option(name: str, now: Values) -> Field:
    return OPTIONS[name].field(name, now[name])


def code() -> str:
    """Script of the picture on the page."""
    kept = visitor().convolution.shown[PART.name]
    row, column = pin.cell_or_middle(options.values(PART.name, OPTIONS)["pin"], kept.output.shape[1:])
    return convolution_script.convolution(
        kept.settings, kept.given.x, kept.weight, kept.bias, (kept.channel, row, column)
    )


PART: Final = Part("by-hand", OPTIONS, take, shown, fields, packed)


def show() -> None:
    """Show the part."""
    bench(PART)
    code_button(code, TEXT["code-by-hand"], "convolution")

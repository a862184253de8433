"""Settings that are impossible: the setting concerned, PyTorch's own words about it, and plain ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import nn

from lenet.convolution import apply, sizes
from lenet.convolution.settings import ZEROS, Convolution, Pooling
from lenet.errors import InputError

LARGEST: Final = 96
"""Largest side of an output, which is all that a page can show."""


@dataclass(frozen=True)
class Problem:
    """Reason why settings are impossible.

    Attributes:
        option: attribute of the settings that has to change.
        error: the sentence in plain words.
        torch: PyTorch's own message, "" where the limit is the page's.
    """

    option: str
    error: InputError
    torch: str


def of_convolution(settings: Convolution, height: int, width: int) -> Problem | None:
    """Problem of a convolution of a picture of this size, None if it is possible."""
    said = _asked(lambda: _try(settings, height, width))
    if said is not None:
        return _convolution(settings, height, width, said)
    rows, columns = sizes.of_convolution(settings, height, width)
    return _large(rows, columns, "stride" if settings.transposed else "padding")


def of_pooling(settings: Pooling, height: int, width: int) -> Problem | None:
    """Problem of a pooling of a picture of this size, None if it is possible."""
    said = _asked(lambda: apply.run_pooling(settings, torch.zeros(1, 1, height, width)))
    if said is None:
        return None
    facts = {"size": settings.size, "padding": settings.padding, "height": height, "width": width}
    if settings.stride < 1:
        return Problem("stride", InputError("convolution-stride"), said)
    if settings.padding > settings.size // 2:
        return Problem("padding", InputError("convolution-pool-padding", most=settings.size // 2, **facts), said)
    return Problem("size", InputError("convolution-pool-size", **facts), said)


def _try(settings: Convolution, height: int, width: int) -> None:
    """Have PyTorch check the settings as a module, and then compute with zeros."""
    made = nn.ConvTranspose2d if settings.transposed else nn.Conv2d
    made(
        settings.inputs,
        settings.outputs,
        (settings.height, settings.width),
        padding_mode=settings.mode,
        groups=settings.groups,
        device="meta",  # draws no random numbers
    )
    apply.run(settings, torch.zeros(1, settings.inputs, height, width), torch.zeros(1, *settings.weight_shape), None)


def _convolution(settings: Convolution, height: int, width: int, said: str) -> Problem:
    """Problem of settings that PyTorch refuses with this message."""
    facts = {"height": height, "width": width, "padding": settings.padding, "groups": settings.groups}
    reach = [settings.dilation * (kernel - 1) + 1 for kernel in (settings.height, settings.width)]
    if settings.groups < 1 or settings.inputs % settings.groups or settings.outputs % settings.groups:
        facts |= {"inputs": settings.inputs, "outputs": settings.outputs}
        return Problem("groups", InputError("convolution-groups", **facts), said)
    for option, least in (("stride", settings.stride), ("dilation", settings.dilation)):
        if least < 1:
            return Problem(option, InputError(f"convolution-{option}"), said)
    if settings.transposed:
        if settings.mode != ZEROS:
            return Problem("mode", InputError("convolution-transposed-mode", mode=settings.mode), said)
        most = max(settings.stride, settings.dilation) - 1
        if settings.output_padding > most:
            return Problem("output_padding", InputError("convolution-output-padding", most=most), said)
        return Problem("padding", InputError("convolution-transposed-padding", **facts), said)
    if settings.padding and settings.mode in ("reflect", "circular"):
        most = min(height, width) - (settings.mode == "reflect")
        if settings.padding > most:
            return Problem("padding", InputError(f"convolution-{settings.mode}", most=most, **facts), said)
    room = height + 2 * settings.padding, width + 2 * settings.padding
    option = "height" if reach[0] > room[0] else "width"
    facts = {"reach": reach[option == "width"], "room": room[option == "width"]}
    key = "convolution-kernel" if settings.dilation == 1 else "convolution-kernel-dilated"
    return Problem(option, InputError(key, **facts), said)


def _large(rows: int, columns: int, option: str) -> Problem | None:
    if max(rows, columns) <= LARGEST:
        return None
    return Problem(option, InputError("convolution-large", rows=rows, columns=columns, limit=LARGEST), "")


def _asked(call: Callable[[], object]) -> str | None:
    """PyTorch's message about a call, None if the call is possible."""
    try:
        with torch.no_grad():
            call()
    except (RuntimeError, ValueError) as problem:
        return str(problem).partition("\n")[0]
    return None

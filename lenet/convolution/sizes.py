"""Size of an output: as numbers, and by its formula with the numbers in place."""

from __future__ import annotations

from lenet.convolution.settings import Convolution, Pooling


def of_convolution(settings: Convolution, height: int, width: int) -> tuple[int, int]:
    """Height and width of the output of a possible convolution of a picture of this size."""
    return _convolved(settings, height, settings.height), _convolved(settings, width, settings.width)


def of_pooling(settings: Pooling, height: int, width: int) -> tuple[int, int]:
    """Height and width of the output of a possible pooling of a picture of this size."""
    return _pooled(settings, height), _pooled(settings, width)


def convolution_formula(settings: Convolution, height: int, width: int) -> tuple[str, str]:
    """Formulas of the height and of the width, such as `⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28`."""
    rows, columns = of_convolution(settings, height, width)
    return (
        f"{_convolution_terms(settings, height, settings.height)} = {rows}",
        f"{_convolution_terms(settings, width, settings.width)} = {columns}",
    )


def pooling_formula(settings: Pooling, height: int, width: int) -> tuple[str, str]:
    """Formulas of the height and of the width, such as `⌊(28 + 2·0 − 2) / 2⌋ + 1 = 14`."""
    first, last = "⌈⌉" if settings.ceil_mode else "⌊⌋"
    made = []
    for side, count in zip((height, width), of_pooling(settings, height, width), strict=True):
        less = " − 1" if settings.ceil_mode and _rounded_up(settings, side) > count else ""
        terms = f"{first}({side} + 2·{settings.padding} − {settings.size}) / {settings.stride}{last} + 1{less}"
        made.append(f"{terms} = {count}")
    return made[0], made[1]


def _convolved(settings: Convolution, side: int, kernel: int) -> int:
    stride, padding, reach = settings.stride, settings.padding, settings.dilation * (kernel - 1)
    if settings.transposed:
        return (side - 1) * stride - 2 * padding + reach + settings.output_padding + 1
    return (side + 2 * padding - reach - 1) // stride + 1


def _convolution_terms(settings: Convolution, side: int, kernel: int) -> str:
    stride, padding, reach = settings.stride, settings.padding, f"{settings.dilation}·({kernel} − 1)"
    if settings.transposed:
        return f"({side} − 1)·{stride} − 2·{padding} + {reach} + {settings.output_padding} + 1"
    return f"⌊({side} + 2·{padding} − {reach} − 1) / {stride}⌋ + 1"


def _pooled(settings: Pooling, side: int) -> int:
    if not settings.ceil_mode:
        return (side + 2 * settings.padding - settings.size) // settings.stride + 1
    count = _rounded_up(settings, side)
    # A last window that would start behind the input, in its padding, is left out.
    return count - ((count - 1) * settings.stride >= side + settings.padding)


def _rounded_up(settings: Pooling, side: int) -> int:
    return -(-(side + 2 * settings.padding - settings.size) // settings.stride) + 1

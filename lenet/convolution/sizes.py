"""Size of an output: as numbers, and by its formula with the numbers in place."""

from __future__ import annotations

from lenet.convolution.settings import Convolution, Pooling
from lenet.networks.windows import Side, output_side


def of_convolution(settings: Convolution, height: int, width: int) -> tuple[int, int]:
    """Height and width of the output of a possible convolution of a picture of this size."""
    rows, columns = _convolved(settings, height, settings.height), _convolved(settings, width, settings.width)
    return rows.places, columns.places


def of_pooling(settings: Pooling, height: int, width: int) -> tuple[int, int]:
    """Height and width of the output of a possible pooling of a picture of this size."""
    return _pooled(settings, height).places, _pooled(settings, width).places


def convolution_formula(settings: Convolution, height: int, width: int) -> tuple[str, str]:
    """Formulas of the height and of the width, such as `⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28`."""
    rows, columns = _convolved(settings, height, settings.height), _convolved(settings, width, settings.width)
    return rows.formula, columns.formula


def pooling_formula(settings: Pooling, height: int, width: int) -> tuple[str, str]:
    """Formulas of the height and of the width, such as `⌊(28 + 2·0 − 1·(2 − 1) − 1) / 2⌋ + 1 = 14`."""
    return _pooled(settings, height).formula, _pooled(settings, width).formula


def _convolved(settings: Convolution, side: int, kernel: int) -> Side:
    stride, padding, dilation = settings.stride, settings.padding, settings.dilation
    if not settings.transposed:
        return output_side(side, kernel, stride, padding, dilation)
    more = settings.output_padding
    count = (side - 1) * stride - 2 * padding + dilation * (kernel - 1) + more + 1
    return Side(count, f"({side} − 1)·{stride} − 2·{padding} + {dilation}·({kernel} − 1) + {more} + 1 = {count}")


def _pooled(settings: Pooling, side: int) -> Side:
    return output_side(side, settings.size, settings.stride, settings.padding, ceil_mode=settings.ceil_mode)

"""The scripts of a convolution and a pooling run by themselves and print the page's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lenet.convolution import apply
from lenet.convolution.settings import AVERAGE, MAX, Convolution, Pooling
from lenet.scripts import convolution_script
from tests.lenet.run_script import run_all

CONVOLUTIONS = (
    Convolution(),
    Convolution(inputs=4, outputs=2, groups=2, stride=2, dilation=2, padding=2, mode="circular", flipped=True),
    Convolution(inputs=2, outputs=3, height=2, width=4, padding=0, bias=False),
    Convolution(inputs=2, outputs=2, transposed=True, stride=2, output_padding=1, groups=2),
)
POOLINGS = (Pooling(), Pooling(size=3, padding=1, ceil_mode=True), Pooling(AVERAGE, 3))


def number(lines: list[str], start: str) -> float:
    (found,) = (line for line in lines if line.startswith(start))
    return float(found.rpartition(" ")[2])


def test_scripts_print_the_pages_numbers(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(4, 8, 7)).astype(np.float32)
    sources, wanted = [], []
    for settings in CONVOLUTIONS:
        weight = random.normal(size=settings.weight_shape).astype(np.float32)
        bias = random.normal(size=settings.outputs).astype(np.float32)
        cell = settings.outputs - 1, 0, 2
        sources.append(convolution_script.convolution(settings, x[: settings.inputs], weight, bias, cell))
        wanted.append(apply.convolve(settings, x[: settings.inputs], weight, bias)[cell])
    pooled = [apply.pool(settings, x[:1], -1, 0) for settings in POOLINGS]
    sources += [convolution_script.pooling(settings, x[:1], (-1, 0), (1, 2)) for settings in POOLINGS]
    printed = run_all(sources, tmp_path)
    for lines, value in zip(printed, wanted, strict=False):
        assert number(lines, "PyTorch:") == pytest.approx(value, abs=1e-7)
        assert number(lines, "sum:") == pytest.approx(value, abs=1e-5)
    for lines, found, settings in zip(printed[len(wanted) :], pooled, POOLINGS, strict=True):
        assert number(lines, "value:") == pytest.approx(found.output[0, 1, 2])
        assert f"changed by the move: {found.changed} of {found.output.size}" in lines
        if settings.kind == MAX:
            row, column = divmod(int(found.winners[0, 1, 2]), x.shape[2])
            assert f"winner: row {row} column {column}" in lines

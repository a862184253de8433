"""The cases with which tests/components/convolution_bench.test.js compares the browser's arithmetic are PyTorch's."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from lenet.convolution import apply, stages
from lenet.convolution.settings import Convolution

FILE: Final = Path(__file__).parents[2] / "convolution_cells.json"
"""Made by `python -m tests.playground.components.test_convolution_bench`."""
SETTINGS: Final = (
    Convolution(),
    Convolution(inputs=2, outputs=2, height=2, width=3, stride=2, padding=2, mode="reflect", bias=True),
    Convolution(inputs=4, outputs=2, groups=2, padding=2, mode="circular", dilation=2, flipped=True),
    Convolution(inputs=3, outputs=3, groups=3, padding=3, mode="replicate", stride=3, bias=False),
    Convolution(inputs=2, outputs=2, transposed=True, stride=2, output_padding=1),
    Convolution(inputs=4, outputs=2, groups=2, transposed=True, stride=3, padding=0, dilation=2, flipped=True),
)


def cases() -> list[dict[str, Any]]:
    """Cells of a convolution of each of the settings, in the corners and in between."""
    random = np.random.default_rng(5)
    found = []
    for settings in SETTINGS:
        x, weight, bias = (
            random.integers(-40, 40, shape).astype(np.float32) / 16
            for shape in ((settings.inputs, 5, 6), settings.weight_shape, (settings.outputs,))
        )
        output = apply.convolve(settings, x, weight, bias)
        shape = output.shape
        middle = shape[0] // 2, shape[1] // 2, shape[2] // 2
        for channel, row, column in ((0, 0, 0), middle, (shape[0] - 1, shape[1] - 1, 0)):
            own = stages.of_cell(settings, x, weight, bias, channel, row, column)
            found.append(
                {
                    "settings": asdict(settings),
                    "x": x.ravel().tolist(),
                    "weight": weight.ravel().tolist(),
                    "bias": bias.tolist(),
                    "inShape": list(x.shape),
                    "outShape": list(shape),
                    "cell": [channel, row, column],
                    "patch": np.where(own.inside, own.patch, 0).ravel().tolist(),
                    "products": own.products.ravel().tolist(),
                    "inside": own.inside.ravel().astype(int).tolist(),
                    "padded": own.padded.ravel().astype(int).tolist(),
                    "sums": own.sums.tolist(),
                    "value": float(output[channel, row, column]),
                }
            )
    return found


def test_the_cases_are_pytorchs() -> None:
    kept = json.loads(FILE.read_text("utf-8"))
    made = cases()
    assert len(kept) == len(made)
    for one, other in zip(kept, made, strict=True):
        assert one.keys() == other.keys()
        assert one["settings"] == other["settings"]
        for name in one.keys() - {"settings"}:
            assert one[name] == pytest.approx(other[name], abs=1e-6)


if __name__ == "__main__":
    FILE.write_text(json.dumps(cases()) + "\n", "utf-8")

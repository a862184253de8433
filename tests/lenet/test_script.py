"""The scripts that a page hands out run by themselves and print the page's numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from torch import nn

from lenet import checkpoint, forward, script
from lenet.models import MODELS, build, input_size

ROOT = Path(__file__).parents[2]


def run(source: str, folder: Path) -> list[float]:
    """The ten probabilities that a script prints, run without the project on Python's path."""
    file = folder / "script.py"
    file.write_text(source)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(file)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [float(line.split()[1]) for line in done.stdout.splitlines()[-10:]]


@pytest.mark.parametrize("name", list(MODELS))
def test_a_seeded_network(name: str, tmp_path: Path) -> None:
    model = build(name, seed=4).eval()
    side = input_size(model)
    picture = np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)
    printed = run(script.forward(model, picture, script.seeded_weights(model, 4)), tmp_path)
    assert printed == pytest.approx(probabilities(model, picture), abs=1e-6)


def test_the_shipped_weights(tmp_path: Path) -> None:
    model = checkpoint.load("LeNet5")
    picture = np.random.default_rng(1).integers(0, 256, (32, 32), np.uint8)
    printed = run(script.forward(model, picture, script.shipped_weights("LeNet5")), tmp_path)
    assert printed == pytest.approx(probabilities(model, picture), abs=1e-6)


def probabilities(model: nn.Module, picture: NDArray[np.uint8]) -> list[float]:
    return forward.run(model, picture[None].astype(np.float32) / 255).probabilities.tolist()

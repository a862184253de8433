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

from lenet import checkpoint, forward, script, weights
from lenet.models import MODELS, build, input_size

ROOT = Path(__file__).parents[2]


def run(source: str, folder: Path) -> list[str]:
    """What a script prints, run without the project on Python's path."""
    file = folder / "script.py"
    file.write_text(source, "utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(file)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def printed_probabilities(source: str, folder: Path) -> list[float]:
    return [float(line.split()[1]) for line in run(source, folder)[-10:]]


def probabilities(model: nn.Module, picture: NDArray[np.uint8]) -> list[float]:
    return forward.run(model, picture[None].astype(np.float32) / 255).probabilities.tolist()


@pytest.mark.parametrize("name", list(MODELS))
def test_a_pass_through_a_seeded_network(name: str, tmp_path: Path) -> None:
    model = build(name, seed=4).eval()
    side = input_size(model)
    picture = np.random.default_rng(0).integers(0, 256, (side, side), np.uint8)
    printed = printed_probabilities(script.forward(model, script.seeded(name, 4), picture), tmp_path)
    assert printed == pytest.approx(probabilities(model, picture), abs=1e-6)


def test_a_pass_with_the_shipped_weights(tmp_path: Path) -> None:
    model = checkpoint.load("LeNet5")
    picture = np.random.default_rng(1).integers(0, 256, (32, 32), np.uint8)
    printed = printed_probabilities(script.forward(model, script.shipped("LeNet5"), picture), tmp_path)
    assert printed == pytest.approx(probabilities(model, picture), abs=1e-6)


def test_the_weights_of_a_file_whose_name_is_odd(tmp_path: Path) -> None:
    model = build("LeNet5", seed=9)
    path = tmp_path / 'it\'s "mine" {0}.safetensors'
    checkpoint.save(model, path, {})
    lines = run(script.weights(model, script.from_file("LeNet5", str(path))), tmp_path)
    expected = [
        (f"{layer.name}.{kind}", weights.summarize(getattr(layer, kind)), layer.bound)
        for layer in weights.of(model)
        for kind in ("weight", "bias")
    ]
    assert len(lines) == len(expected)
    for line, (name, summary, bound) in zip(lines, expected, strict=True):
        words = line.split()
        assert (words[0], int(words[1])) == (name, summary.count)
        numbers = [float(words[i]) for i in (3, 5, 7, 9, 11)]
        assert numbers == pytest.approx([summary.mean, summary.std, summary.minimum, summary.maximum, bound], abs=6e-5)

"""The Gradients page's script runs by itself and prints the recorded gradients and the page's check."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from lenet.digits.batch import Batch, of_noise, of_pictures, with_label
from lenet.explain import finite_differences, input_gradient
from lenet.networks import checkpoint
from lenet.networks.models import build
from lenet.record import recorder
from lenet.record.arrays import Values
from lenet.record.experiment import Experiment
from lenet.record.iteration import Iteration, Setup
from lenet.record.losses import LOSSES
from lenet.scripts import gradients_script, page_scripts
from tests.lenet.run_script import run, run_all


def inputs(name: str, noise: bool) -> Batch:
    size = 28 if name == "DigitCNN" else 32
    if noise:
        return with_label(of_noise(2, size), 3)
    pictures = np.random.default_rng(2).integers(0, 256, (2, size, size), np.uint8)
    return of_pictures(pictures, np.array([3, 8]))


def record(model: nn.Module, batch: Batch, setup: Setup, steps: int) -> Iteration:
    done = recorder.record(model, batch.inputs, batch.labels, setup)
    for _ in range(steps - 1):
        done = recorder.record(model, batch.inputs, batch.labels, setup, start=done.after)
    return done


def printed(lines: list[str], name: str, when: str) -> list[float] | None:
    start = f"{name}.grad {when} backward: "
    (line,) = [line for line in lines if line.startswith(start)]
    rest = line.removeprefix(start)
    return None if rest == "None" else [float(word) for word in rest.split()]


def numbers(values: Values | None) -> list[float] | None:
    return None if values is None or values.array is None else values.array.tolist()


CASES: list[tuple[str, Setup, int, bool]] = [
    ("LeNet5", Setup("mse", "count", optimizer="Adam"), 3, True),
    ("DigitCNN", Setup("mse", "random", 7, "by-hand", zero_grad="left-out"), 2, False),
    ("LightNet", Setup("cross_entropy", "random", 5, zero_grad="zeros"), 2, True),
    *(("LeNet5", Setup(key, list(loss.targets)[-1], 3), 1, False) for key, loss in LOSSES.items()),
]


def test_they_print_the_recorded_gradients_and_the_check(tmp_path: Path) -> None:
    parameter, index = "conv2.weight", (3, 1, 0, 2)
    sources, expected = [], []
    for name, setup, steps, noise in CASES:
        model, batch = build(name, seed=4).eval(), inputs(name, noise)
        recorded = record(model, batch, setup, steps)
        weights = page_scripts.seeded(name, 4)
        experiment = Experiment(setup=setup, steps=steps)
        sources.append(gradients_script.gradients(model, weights, batch, experiment, parameter, index))
        at_input = input_gradient.of(model, recorded)
        expected.append((recorded, at_input, finite_differences.check(model, recorded, parameter, index)))
    for lines, (recorded, at_input, check) in zip(run_all(sources, tmp_path), expected, strict=True):
        for bias, values in recorded.gradients.items():
            if bias.endswith("bias"):
                for when, wanted in (("before", numbers(recorded.cleared[bias])), ("after", numbers(values))):
                    shown = printed(lines, bias, when)
                    assert (shown is None) == (wanted is None), f"{bias} {when}"
                    if wanted is not None:
                        assert shown == pytest.approx(wanted, rel=1e-4, abs=1e-6 * max(map(abs, wanted), default=0))
        for digit, pixels in enumerate(at_input):
            (line,) = [line for line in lines if line.startswith(f"gradient at input {digit}: ")]
            norm, largest, row, column = map(float, re.findall(r"-?\d[\d.e-]*", line.partition(": ")[2]))
            assert norm == pytest.approx(float(np.linalg.norm(pixels)), rel=1e-4)
            assert largest == pytest.approx(float(pixels[0, int(row), int(column)]), rel=1e-4)
            assert abs(largest) == pytest.approx(float(np.abs(pixels).max()), rel=1e-4)
        (line,) = [line for line in lines if line.startswith(f"{parameter}.grad[3, 1, 0, 2] by autograd")]
        assert float(line.split()[-1]) == pytest.approx(check.autograd, rel=1e-4)
        differences = [line.split() for line in lines if line.startswith("h = ")]
        assert [float(words[2]) for words in differences] == pytest.approx(check.steps.tolist())
        found = [float(words[3]) for words in differences[1:6]]
        assert found == pytest.approx(check.differences[1:6].tolist(), rel=1e-3)


def test_the_shipped_weights(tmp_path: Path) -> None:
    model = checkpoint.load("LeNet5")
    batch = inputs("LeNet5", noise=False)
    recorded = record(model, batch, Setup(), 1)
    code = gradients_script.gradients(model, page_scripts.shipped("LeNet5"), batch, Experiment(), "fc3.bias", (4,))
    check = finite_differences.check(model, recorded, "fc3.bias", (4,))
    (line,) = [line for line in run(code, tmp_path) if line.startswith("h = 1e-04")]
    assert float(line.split()[3]) == pytest.approx(check.differences[3], rel=1e-9)

"""The Convolution page's scripts run by themselves and print the page's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lenet.convolution import channel_sums, counts, equivariance, receptive_field, sharing
from lenet.convolution.equivariance import MOTIONS, Experiment
from lenet.digits import batch
from lenet.networks import checkpoint, forward, models
from lenet.networks.kinds import INPUT
from lenet.scripts import convolution_scripts, page_scripts
from tests.lenet.run_script import run_all


def last(line: str) -> float:
    return float(line.rpartition(" ")[2])


@pytest.mark.parametrize("name", ["LightNet", "DigitCNN"])
def test_the_scripts_print_the_numbers_of_the_page(name: str, tmp_path: Path) -> None:
    model, weights = checkpoint.load(name), page_scripts.shipped(name)
    given = batch.of_mnist([0], models.input_size(model))
    assert given.pictures is not None
    picture, passed = given.pictures[0], forward.run(model, given.inputs[0])
    layers = {layer.name: layer for layer in passed.layers}
    first, *_, deepest = [layer for layer in passed.layers if counts.is_convolution(layer)]
    one = channel_sums.of(passed, model, deepest, 3)
    other = channel_sums.one_by_one(deepest, passed.outputs[deepest.name], 2, seed=7)
    source = layers[deepest.sources[0]]
    change = sharing.change(passed, model, deepest, (1, 2, 0, 1), 0.25)
    experiments = [Experiment(motion, padding="zeros", stride=2, pooling="max") for motion in MOTIONS]
    scripts = [
        convolution_scripts.channels(model, weights, picture, one, None),
        convolution_scripts.channels(model, weights, picture, other, 7),
        convolution_scripts.sparse(model, weights, passed.layers, deepest.name, 1, 2, back=True),
        convolution_scripts.sparse(model, weights, passed.layers, "fc2", 0, 5, back=True),
        convolution_scripts.sparse(model, weights, passed.layers, deepest.name, 9, 4, back=False),
        convolution_scripts.sharing(model, weights, picture, deepest, source, change.index, 0.25),
        *(convolution_scripts.equivariance(model, weights, picture, first, 1, one) for one in experiments),
    ]
    summed, wide, back, vector, reach, shared, *moved = run_all(scripts, tmp_path)

    for lines, found in ((summed, one), (wide, other)):
        printed = next(line for line in lines if line.startswith("output: "))
        assert last(printed) == pytest.approx(float(found.output.max()), rel=1e-4)
        assert sum(line.startswith("sum up to") for line in lines) == len(found.reads)
        assert lines[-1] == f"parameters of all: {models.count_parameters(model)}"
    assert f"parameters of the convolution: {counts.shared(deepest, source).parameters.value}" in summed
    for row in counts.table(passed.layers):
        assert f"parameters of {row.layer.name}: {row.parameters.value}" in summed

    cells = receptive_field.backwards(passed.layers, deepest.name, receptive_field.cell(deepest, 1, 2))[INPUT]
    assert back == [f"pixels that the output depends on: {cells.sum()} of {cells.size}"]
    fc2 = receptive_field.cell(layers["fc2"], 0, 5)
    seen = receptive_field.backwards(passed.layers, "fc2", fc2)[INPUT].sum()
    assert vector == [f"pixels that the output depends on: {seen} of {cells.size}"]
    reached = receptive_field.forwards(passed.layers, INPUT, receptive_field.cell(passed.layers[0], 9, 4))
    count = reached[deepest.name].sum() * deepest.shape[0]
    assert reach == [f"outputs that the pixel reaches: {count} of {np.prod(deepest.shape)}"]

    assert shared[0] == f"outputs that have changed: {change.changed} of {np.prod(deepest.shape)}"
    for line, cost in zip(shared[2:], (counts.shared, counts.unshared, counts.dense), strict=True):
        expected = cost(deepest, source)
        assert f" {expected.parameters.value} parameters, {expected.multiply_adds.value} multiply-adds" in line

    weight, bias = equivariance.kernel(model, first, 1)
    for lines, experiment in zip(moved, experiments, strict=True):
        found = equivariance.compare(given.inputs[0, 0], weight, bias, experiment)
        assert last(lines[0]) == pytest.approx(found.largest, rel=1e-4)
    over = equivariance.over_shifts(given.inputs[0, 0], weight, bias, experiments[0])
    assert moved[0][1] == f"shifts with a difference of exactly 0: {over.holds} of 441"

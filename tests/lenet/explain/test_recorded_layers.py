"""The picture of a recorded iteration holds its own numbers."""

from __future__ import annotations

import numpy as np

from lenet.explain import recorded_layers
from lenet.networks import models, weights
from lenet.record.iteration import Setup
from tests.lenet.recordings import recorded


def test_the_picture_of_a_recorded_iteration() -> None:
    done = recorded()
    model = models.build("LeNet5", 0)
    for digit in range(2):
        passed = recorded_layers.passed(done, digit)
        assert passed is not None
        for layer in passed.layers:
            assert passed.outputs[layer.name].shape == layer.shape
        gradients = recorded_layers.gradients(done, digit)
        assert gradients["input"] is None
        assert gradients["softmax"] is None
        assert done.outcome_before is not None
        expected = done.outcome_before.probabilities[digit].copy()
        expected[digit] -= 1  # the labels are 0 and 1
        assert gradients["fc3"] is not None
        np.testing.assert_allclose(gradients["fc3"], expected / 2, atol=1e-7)
    layer = next(layer for layer in done.layers if layer.name == "conv2")
    weight, bias = weights.numbers_of_unit(layer, recorded_layers.numbers(done), 3)
    assert np.array_equal(weight, model.get_parameter("conv2.weight")[3].detach().numpy())
    assert float(bias) == float(model.get_parameter("conv2.bias").detach()[3])


def test_the_target_is_the_class_with_whose_probability_the_loss_compares() -> None:
    assert [recorded_layers.target(recorded(), digit) for digit in range(2)] == [0, 1]
    assert recorded_layers.target(recorded(setup=Setup(loss="label_smoothing"))) == 0
    for loss, target in (("mse", "label"), ("none", "random")):
        assert recorded_layers.target(recorded(setup=Setup(loss=loss, target=target))) is None

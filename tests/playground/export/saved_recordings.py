"""Recordings to save."""

from __future__ import annotations

from lenet.networks import models
from lenet.record import experiment
from lenet.record.experiment import RANDOM, Experiment, Input, Weights
from playground.experiment.recording import Recording
from playground.session import Network


def recording(name: str = "LeNet5", digits: tuple[int, ...] = (0,)) -> Recording:
    """One step with MNIST digits; a network that is built has random weights."""
    known = name in models.MODELS
    asked = Experiment(
        network=name, weights=Weights() if known else Weights(RANDOM), input=Input("mnist", digits=digits)
    )
    model = asked.model()
    network = Network(name, asked.weights.source, model)
    return Recording(network, experiment.run(asked, model, asked.batch(network.size)), 1)

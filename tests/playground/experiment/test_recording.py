"""Tests of the visitor's recording: a further step continues from the last one if possible."""

from __future__ import annotations

import numpy as np
import pytest

from lenet.digits.batch import Batch
from lenet.record.experiment import Experiment
from playground.experiment import recording
from playground.session import Network
from tests.lenet.record.odd_models import FailsAfterStep


def test_a_step_more_does_not_go_on_from_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {})
    network = Network("LeNet5", "random", FailsAfterStep())
    digits = Batch(np.ones((1, 1, 28, 28), np.float32), np.array([3]))
    first = recording.make(network, Experiment(), digits)
    assert first.iteration.failure is not None
    assert first.iteration.failure.phase == "re-evaluate"
    assert first.iteration.after is not None
    second = recording.make(network, Experiment(steps=2), digits)
    assert second.iteration.failure == first.iteration.failure, "the first step failed, and there is no second one"
    assert second.losses == first.losses
    assert second.revision > first.revision

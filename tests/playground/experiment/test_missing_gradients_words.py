"""Sentences on parameters that got no gradient."""

from __future__ import annotations

import numpy as np

from lenet.record.iteration import MISSING, Setup
from lenet.record.recorder import record
from playground.experiment import missing_gradients
from tests.lenet.record.odd_models import Branched


def test_a_sentence_for_each_reason_names_the_parameters() -> None:
    pictures = np.random.default_rng(0).standard_normal((2, 1, 8, 8)).astype(np.float32)
    iteration = record(Branched(), pictures, np.array([0, 1]), Setup())
    sentences = missing_gradients.sentences(iteration)
    assert len(sentences) == len(MISSING)
    (unused,) = [one for one in sentences if "not used in the forward pass" in one]
    assert "`asked.weight`, `asked.bias`" in unused
    assert missing_gradients.sentence(iteration, "scale").startswith("No gradient for `scale`: a path leads there")
    assert missing_gradients.sentence(iteration, "last.weight") == ""

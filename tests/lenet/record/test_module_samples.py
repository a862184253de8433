"""Every module of PyTorch's own database is recorded as plain PyTorch runs it."""

from __future__ import annotations

import numpy as np
import pytest
from torch.testing._internal.common_modules import ModuleInfo

from tests.lenet.record.module_samples import MODULES, Classifier, Sample, samples
from tests.lenet.record.properties import violations

pytestmark = pytest.mark.uncovered

FEW = 6
"""Samples of a module and mode that `make test` takes; `make test-all` takes all of them."""

PICTURES = np.random.default_rng(0).standard_normal((3, 1, 8, 8)).astype(np.float32)
LABELS = np.array([0, 1, 0])


def differences(chosen: list[Sample]) -> dict[str, list[str]]:
    """Differences from plain PyTorch, by sample; checks that recordings leave nothing in memory."""
    found = {
        sample.name: violations(sample.make(), PICTURES, LABELS, shown=place % 2 or None)  # of three pictures
        for place, sample in enumerate(chosen)
    }
    if len(Classifier.alive):
        found["afterwards"] = [f"{len(Classifier.alive)} models are still in memory"]
    return {name: sentences for name, sentences in found.items() if sentences}


def test_the_database_is_there() -> None:
    assert len(MODULES) >= 114
    assert sum(len(samples(info, training)) for info in MODULES for training in (True, False)) >= 3600


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("info", MODULES, ids=lambda info: info.name)
def test_a_few_samples(info: ModuleInfo, training: bool) -> None:
    """Samples taken evenly from the first to the last."""
    found = samples(info, training)
    places = np.linspace(0, len(found) - 1, min(FEW, len(found))).round().astype(int)
    assert differences([found[place] for place in places]) == {}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("info", MODULES, ids=lambda info: info.name)
def test_all_samples(info: ModuleInfo, training: bool) -> None:
    assert differences(samples(info, training)) == {}

"""The listing of an iteration: every stop has its lines, and they do what was recorded."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.explain import timeline
from lenet.networks import models
from lenet.record import optimizers
from lenet.record.iteration import Setup, record
from lenet.scripts import code_listing
from tests.lenet.recordings import recorded


@pytest.mark.parametrize("optimizer", list(optimizers.OPTIMIZERS))
@pytest.mark.parametrize(("loss", "target"), [("cross_entropy", "label"), ("mse", "count"), ("none", "random")])
def test_every_stop_has_lines_in_the_listing(loss: str, target: str, optimizer: str) -> None:
    setup = Setup(loss, target, optimizer=optimizer, zero_grad="zeros")
    done = recorded(setup=setup)
    code = code_listing.listing(models.build("LeNet5"), done)
    for stop in timeline.stops(done):
        lines = code.at(stop, done)
        assert lines
        assert all(0 <= line < len(code.lines) for line in lines)
        if stop.operation is not None:
            source = done.operations[stop.operation].source
            assert source is not None
            assert code.lines[lines[0]].strip() == source.text
    assert any("backward(" in code.lines[line] for line in code.phases["backward"])


@pytest.mark.parametrize("optimizer", ["by-hand", "Adam"])
@pytest.mark.parametrize(("loss", "target"), [("cross_entropy", "label"), ("mse", "label"), ("mse", "count")])
def test_the_listing_does_what_was_recorded(loss: str, target: str, optimizer: str) -> None:
    done = recorded(setup=Setup(loss, target, optimizer=optimizer))
    code = code_listing.listing(models.build("LeNet5"), done)
    model = models.build("LeNet5", 0)
    names = {"model": model, "batch": torch.from_numpy(done.inputs.copy()), "labels": torch.arange(2)}
    exec("\n".join(code.lines[code.forward :]), {"torch": torch, "F": F, **names})
    assert done.after is not None
    for name, p in model.named_parameters():
        np.testing.assert_array_equal(p.detach(), done.after.parameters[name].array)


def test_after_a_failure_the_listing_names_a_target_and_no_more() -> None:
    model = models.build("LeNet5", 0)
    done = record(model, np.ones((1, 1, 5, 5), np.float32), np.array([1]), Setup("mse", "label"))
    assert done.failure is not None
    code = code_listing.listing(model, done)
    assert [code.lines[line] for line in code.phases["batch"]] == ["x, target = batch"]

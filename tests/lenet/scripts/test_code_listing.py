"""The listing of an iteration: every stop has its lines, and they do what was recorded."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lenet.explain import timeline
from lenet.networks import models
from lenet.record.iteration import Setup
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.recorder import record
from lenet.scripts import code_listing
from tests.lenet.recordings import recorded


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
@pytest.mark.parametrize(("loss", "target"), [(key, next(iter(loss.targets))) for key, loss in LOSSES.items()])
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


@pytest.mark.parametrize(
    ("optimizer", "decay"), [("by-hand", None), ("by-hand", 0.05), ("Adam", None), ("Adam", 0.05), ("AdamW", 0.0)]
)
@pytest.mark.parametrize(
    ("loss", "target"),
    [(key, target) for key, loss in LOSSES.items() for target in loss.targets if target != "random"],
)
def test_the_listing_does_what_was_recorded(loss: str, target: str, optimizer: str, decay: float | None) -> None:
    done = recorded(setup=Setup(loss, target, optimizer=optimizer, weight_decay=decay))
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


class Above(nn.Module):
    """A part whose `forward` stands above that of the whole."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sin()


class Whole(nn.Module):
    """A network whose parts have a `forward` each, in the same file."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.above, self.below = Above(), Below()
        self.out = nn.Linear(28 * 28, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.below(self.above(x))
        return self.out(x.flatten(1))


class Below(nn.Module):
    """A part whose `forward` stands below that of the whole, fewer lines away than the listing is long."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.cos()


def test_a_line_of_another_forward_marks_no_line_of_the_listing() -> None:
    model = Whole()
    done = record(model, np.ones((1, 1, 28, 28), np.float32), np.array([1]), Setup())
    code = code_listing.listing(model, done)
    seen = set()
    for stop in timeline.stops(done):
        source = None if stop.operation is None else done.operations[stop.operation].source
        if source is not None and source.text in ("return x.sin()", "return x.cos()"):
            seen.add(source.text)
            assert code.at(stop, done) == code.phases[stop.phase]
    assert len(seen) == 2

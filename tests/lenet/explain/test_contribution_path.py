"""Paths of the strongest contributions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.explain import contribution_pairs, contribution_path, contributions
from lenet.networks import forward, models, weights
from tests.lenet.networks.every_kind import EveryKind
from tests.lenet.record import odd_models


@pytest.mark.parametrize("model", [*(models.build(name, 0) for name in models.MODELS), EveryKind().eval()])
def test_a_path_leads_from_a_class_to_the_input(model: nn.Module) -> None:
    side = models.input_size(model)
    passed = forward.run(model, np.random.default_rng(0).random((1, side, side), dtype=np.float32))
    numbers = weights.numbers(model)
    path = contribution_path.of(passed, numbers, 4)
    assert path.reason is None
    assert path.edges[-1].source == "input"
    targets = {layer.name for layer in passed.layers if layer.kind in ("conv2d", "linear")}
    assert [edges.target for edges in path.edges] == [layer.name for layer in passed.layers if layer.name in targets][
        ::-1
    ]
    reached = {4}
    for edges in path.edges:
        assert set(edges.to_units.tolist()) <= reached
        for unit in reached:
            made = contributions.into(passed, numbers, edges.target, unit)
            assert made is not None
            own = edges.to_units == unit
            strongest = np.sort(np.abs(made.values))[::-1][:3]
            assert np.array_equal(np.abs(edges.values[own]), strongest[strongest > 0])
            assert np.array_equal(made.values[edges.from_units[own]], edges.values[own])
        reached = set(edges.from_units.tolist())


class Flattened(nn.Module):
    """A ReLU behind the flattening, whose units are cells of the convolution's channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, padding=1)
        self.fc = nn.Linear(32, 3)

    def forward(self, x: Tensor) -> Tensor:
        return F.log_softmax(self.fc(F.relu(self.conv(x).flatten(1))), 1)


def test_a_path_through_a_flattened_activation() -> None:
    model: Any = Flattened()
    with torch.no_grad():
        model.conv.bias.fill_(9)  # all are above 0
        model.fc.weight.zero_()
        model.fc.weight[1, 17:20] = 1  # cells of channel 1
    passed = forward.run(model, np.full((1, 4, 4), 0.5, np.float32))
    path = contribution_path.of(passed, weights.numbers(model), 1)
    assert path.reason is None
    assert [edges.source for edges in path.edges] == ["relu1", "input"]
    assert sorted(path.edges[0].from_units.tolist()) == [17, 18, 19]
    assert path.edges[1].to_units.tolist() == [1]


class Mixed(nn.Module):
    """Linear layers, with a sum over the units between them or at the end."""

    def __init__(self, at_end: bool) -> None:
        super().__init__()
        self.fc1 = nn.Linear(4, 3)
        self.fc2 = nn.Linear(3, 2)
        self.at_end = at_end

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc1(x.flatten(1))
        return self.fc2(x).cumsum(1) if self.at_end else self.fc2(x.cumsum(1))


def test_a_reason_where_a_path_ends_early() -> None:
    model = odd_models.Normed().eval()  # its shortcut forks the path
    passed = forward.run(model, np.random.default_rng(0).random((1, 32, 32), dtype=np.float32))
    path = contribution_path.of(passed, weights.numbers(model), 0)
    assert (path.reason, [edges.target for edges in path.edges]) == (contribution_pairs.SOURCES, ["fc"])
    numbers = weights.numbers(model)
    path = contribution_path.of(passed, lambda name: None if name == "fc.weight" else numbers(name), 0)
    assert path == ((), contribution_pairs.WEIGHT)
    other = Mixed(at_end=True)
    passed = forward.run(other, np.ones((1, 2, 2), np.float32))
    assert contribution_path.of(passed, weights.numbers(other), 0) == ((), contribution_pairs.KIND)
    other = Mixed(at_end=False)
    passed = forward.run(other, np.ones((1, 2, 2), np.float32))
    path = contribution_path.of(passed, weights.numbers(other), 0)
    assert (path.reason, [edges.target for edges in path.edges]) == (contribution_pairs.KIND, ["fc2"])

"""A record of a large batch keeps the activations and gradients of its first inputs, and is of the whole batch."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import weight_norm

from lenet.networks import models
from lenet.record.arrays import Values
from lenet.record.graph import Node
from lenet.record.iteration import Iteration, Setup, State
from lenet.record.losses import LOSSES
from lenet.record.recorder import record
from lenet.record.tensor_store import SMALL
from tests.lenet.record.odd_models import Joins, Normed, Rearranges, Shared, Tied

EVERYTHING = 10**9


def pictures(count: int, side: int = 32) -> NDArray[np.float32]:
    return np.random.default_rng(count).random((count, 1, side, side)).astype(np.float32)


def both(
    model: nn.Module, count: int, shown: int, setup: Setup = Setup(), side: int = 32
) -> tuple[Iteration, Iteration]:
    """The record of a part, and that of all."""
    inputs, labels = pictures(count, side), np.arange(count) % 10
    found = []
    for rows in (shown, None):
        torch.manual_seed(0)
        found.append(record(model, inputs, labels, setup, keep=EVERYTHING, shown=rows))
    return found[0], found[1]


def states(iteration: Iteration) -> Iterator[tuple[str, Values | None]]:
    after = iteration.after
    assert after is not None
    for part in ("parameters", "gradients", "buffers"):
        yield from getattr(after, part).items()
    for entries in after.optimizer.values():
        yield from entries.items()


def tensors(iteration: Iteration) -> Iterator[tuple[str, Values]]:
    """Every tensor of the forward and the backward pass."""
    for operation in iteration.operations:
        yield operation.name, operation.output
    assert iteration.graph is not None
    for node in iteration.graph.nodes:
        flows = [*node.arrived, *node.left, *(saved.values for saved in node.saved)]
        yield from ((node.title, values) for values in flows if values is not None)


def owner(array: NDArray[np.generic]) -> NDArray[np.generic]:
    """The array in whose memory a view lies."""
    return array if array.base is None else owner(array.base)


def same(one: Values | None, other: Values | None) -> bool:
    if one is None or other is None:
        return one is other
    assert one.array is not None
    assert other.array is not None
    return np.array_equal(one.array, other.array, equal_nan=True)


def agree(part: Iteration, whole: Iteration, shown: int) -> int:
    """Compare a record of a part with that of all; return how many tensors were cut."""
    assert (part.failure, whole.failure) == (None, None)
    assert (part.shown, whole.shown) == (shown, len(whole.inputs))
    for own, other in ((part.outcome_before, whole.outcome_before), (part.outcome_after, whole.outcome_after)):
        assert own is not None
        assert other is not None
        assert np.array_equal(own.logits, other.logits, equal_nan=True)
        assert own.loss == other.loss
    for (name, values), (_, wanted) in zip(states(part), states(whole), strict=True):
        assert same(values, wanted), name
    cut = 0
    for (name, values), (title, wanted) in zip(tensors(part), tensors(whole), strict=True):
        assert (name, values.shape, values.dtype) == (title, wanted.shape, wanted.dtype)
        assert values.array is not None
        assert wanted.array is not None
        assert not wanted.cut
        cut += values.cut
        first = wanted.array[:shown] if values.cut else wanted.array
        assert np.array_equal(values.array, first, equal_nan=True), name
        assert values.norm == pytest.approx(wanted.norm, rel=1e-10)
        assert (values.summary.low, values.summary.high) == (wanted.summary.low, wanted.summary.high)
        if values.cut:
            assert values.shape[0] == len(part.inputs)
            assert owner(values.array).size == values.array.size, "a view keeps all rows in memory"
    return cut


@pytest.mark.parametrize("name", list(models.MODELS))
@pytest.mark.parametrize("loss", list(LOSSES))
def test_all_but_activations_and_their_gradients_is_of_the_whole_batch(name: str, loss: str) -> None:
    model = models.build(name, 1).eval()
    target = next(iter(LOSSES[loss].targets))
    setup = Setup(loss, target, optimizer="Adam", weight_decay=0.01)
    part, whole = both(model, 20, 3, setup, models.input_size(model))
    assert agree(part, whole, 3) > 20
    for operation in part.operations:
        assert operation.output.cut == (np.prod(operation.output.shape[1:]) > SMALL)
    graph = part.graph
    assert graph is not None
    assert not graph.nodes[0].arrived[0] or not graph.nodes[0].arrived[0].cut
    at_output = part.gradient_of(part.operations[-1].name)
    assert at_output is not None
    assert (at_output.shape, at_output.cut) == ((20, 10), False)


def ends(node: Node) -> bool:
    """True if a node's output is a parameter or its transpose."""
    return node.is_leaf or node.title == "TBackward0"


WIDTHS = (6, 10, 16, 84, 120, 400)
"""Lengths of an axis of one of LeNet5's parameters, or of its transpose."""


@pytest.mark.parametrize("count", WIDTHS)
def test_a_parameter_whose_length_is_that_of_the_batch_is_not_cut(count: int) -> None:
    model = models.build("LeNet5", 0).eval()
    part, whole = both(model, count, 2)
    assert agree(part, whole, 2)
    graph = part.graph
    assert graph is not None
    for node in graph.nodes:
        found = [one.values for one in node.saved if one.parameter]
        if ends(node):
            found += [*node.arrived, *node.left]
        found += [node.left[edge.slot] for edge in graph.by_source[node.index] if ends(graph.nodes[edge.target])]
        assert not any(values.cut for values in found if values is not None), node.title


class Added(nn.Module):
    """Sum of a batch and of a parameter of the same shape: one gradient is that of both."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.first = nn.Linear(64, 32)
        self.table = nn.Parameter(torch.ones(count, 32))
        self.last = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.first(F.avg_pool2d(x, 4).flatten(1)) + self.table)


def test_a_gradient_of_a_batch_and_of_a_parameter_is_whole_at_the_parameter() -> None:
    part, whole = both(Added(20), 20, 3)
    assert agree(part, whole, 3)
    graph = part.graph
    assert graph is not None
    (leaf,) = [node for node in graph.nodes if node.parameter == "table"]
    (adding,) = [node for node in graph.nodes if node.title.startswith("AddBackward")]
    assert leaf.arrived[0] is not None
    assert not leaf.arrived[0].cut
    assert [values.cut for values in adding.left if values is not None] == [True, False]


class Derived(nn.Module):
    """Weights that are computed of parameters, of as many rows as the batch has inputs."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.normed = weight_norm(nn.Linear(64, count))
        self.scale = nn.Parameter(torch.ones(count, 1))
        self.weight = nn.Parameter(torch.rand(count, count))
        self.fc = nn.Linear(count, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.normed(F.avg_pool2d(x, 4).flatten(1)))
        return self.fc(F.linear(h, (self.weight * self.scale).exp()))


def test_what_is_computed_of_parameters_alone_is_not_cut() -> None:
    part, whole = both(Derived(20), 20, 3)
    assert agree(part, whole, 3)
    graph = part.graph
    assert graph is not None
    for node in graph.nodes:
        if node.title in ("ExpBackward0", "MulBackward0", "WeightNormInterfaceBackward0", "TBackward0"):
            assert not any(values.cut for values in (*node.arrived, *node.left) if values is not None), node.title
    assert [one.name for one in part.operations if one.output.cut] == [
        "pool1",
        "flatten1",
        "linear1",
        "relu1",
        "linear2",
    ]
    assert {"mul1", "exp1"} <= {one.name for one in part.operations if not one.output.cut}


class Views(nn.Module):
    """Views of an activation whose first axis is not the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 5)
        self.fc = nn.Linear(2 * 28 * 28, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.conv(x))
        h = torch.sigmoid(h.view(-1, 28, 28)).view(-1).view(len(x), -1)
        return self.fc(torch.tanh(h.T).T)


@pytest.mark.parametrize("model", [Views(), Shared(), Tied(), Normed(), Normed().eval(), Joins(), Rearranges()])
def test_other_networks(model: nn.Module) -> None:
    part, whole = both(model, 7, 2, Setup(optimizer="Adam"))
    agree(part, whole, 2)


def test_a_batch_of_no_more_than_are_shown_is_recorded_as_ever() -> None:
    model = models.build("LightNet", 0).eval()
    for shown in (4, 8):
        part, whole = both(model, 4, shown)
        assert agree(part, whole, 4) == 0
        assert part.rows is None


def test_steps_go_on_from_a_part_as_from_the_whole() -> None:
    model = models.build("LightNet", 0).eval()
    inputs, labels = pictures(30), np.arange(30) % 10
    starts: list[State | None] = [None, None]
    for _ in range(3):
        done = [
            record(model, inputs, labels, Setup(optimizer="RMSprop"), start, keep=EVERYTHING, shown=shown)
            for start, shown in zip(starts, (2, None), strict=True)
        ]
        agree(done[0], done[1], 2)
        starts = [one.after for one in done]


def test_nodes_that_are_asked_for_are_whole() -> None:
    model = models.build("LeNet5", 0).eval()
    inputs, labels = pictures(20), np.arange(20) % 10
    done = record(model, inputs, labels, Setup(), shown=2, ask=range(100))
    assert done.graph is not None
    for node in done.graph.nodes:
        assert not any(values.cut for values in (*node.arrived, *node.left) if values is not None)


def test_the_record_of_a_large_batch_is_as_small_as_that_of_the_inputs_shown() -> None:
    model = models.build("LeNet5", 0).eval()
    small, large = (record(model, pictures(count), np.arange(count) % 10, Setup(), shown=8) for count in (8, 256))
    assert len(pickle.dumps(large)) - large.inputs.nbytes < 1.1 * len(pickle.dumps(small))


def test_a_read_only_batch_is_not_copied() -> None:
    inputs = pictures(2)
    model = models.build("LightNet", 0).eval()
    assert record(model, inputs, np.array([1, 2]), Setup()).inputs is not inputs
    inputs.setflags(write=False)
    assert record(model, inputs, np.array([1, 2]), Setup()).inputs is inputs
    assert record(model, inputs[:1], np.array([1]), Setup()).inputs.base is None

"""A walk through an iteration: every phase, every operation, every node, each with what is known by then."""

from __future__ import annotations

from itertools import pairwise

import pytest

from lenet.digits import batch
from lenet.explain import timeline
from lenet.networks import models
from lenet.record import iteration, recorder
from lenet.record.iteration import PHASES
from tests.lenet.recordings import recorded


@pytest.mark.parametrize("name", list(models.MODELS))
def test_the_stops_are_the_iteration(name: str) -> None:
    done = recorded(name)
    walk = timeline.stops(done)
    assert done.graph is not None
    assert list(dict.fromkeys(stop.phase for stop in walk)) == list(PHASES)
    assert [stop.operation for stop in walk if stop.phase == "forward"] == [o.index for o in done.operations]
    nodes = [done.graph.nodes[stop.node] for stop in walk if stop.node is not None]
    assert [node.order for node in nodes] == list(range(len(done.graph.nodes)))
    assert len(walk) == 5 + len(done.operations) + len(nodes)


def test_what_is_known_only_grows_and_ends_with_everything() -> None:
    done = recorded()
    walk = timeline.stops(done)
    for before, after in pairwise(walk):
        assert set(before.activations) <= set(after.activations)
        assert set(before.gradients) <= set(after.gradients)
    names = [layer.name for layer in done.layers]
    assert list(walk[-1].activations) == names
    assert set(walk[-1].gradients) == set(names) - {"input", "softmax"}
    first = next(stop for stop in walk if stop.phase == "backward" and stop.layer)
    assert (first.layer, first.gradients) == ("fc3", ("fc3",))


@pytest.mark.parametrize(
    ("loss", "layer"),
    [("cross_entropy", "softmax"), ("nll", "softmax"), ("label_smoothing", "softmax"), ("mse", "fc3"), ("none", None)],
)
def test_the_loss_is_about_what_it_reads(loss: str, layer: str | None) -> None:
    model = models.build("LeNet5", 0)
    given = batch.of_noise(0, 32)
    setup = iteration.Setup(loss, "random")
    walk = timeline.stops(recorder.record(model, given.inputs, given.labels, setup))
    assert [stop.layer for stop in walk if stop.phase == "loss"] == [layer]


def test_a_gradient_is_known_at_the_stop_of_its_node() -> None:
    done = recorded()
    for stop in timeline.stops(done):
        if stop.node is not None and stop.layer is not None:
            assert stop.gradients[-1] == stop.layer
            node = done.node_of(stop.layer)
            assert node is not None
            assert node.index == stop.node

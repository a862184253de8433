"""A walk through an iteration: every phase, every operation, every node, each with what is known by then."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet import listing, models, replay, stops, update_table, updates
from lenet.iteration import PHASES, Iteration, Setup, record


def recorded(name: str = "LeNet5", setup: Setup = Setup(), count: int = 2) -> Iteration:
    model = models.build(name, 0)
    side = models.input_size(model)
    inputs = np.random.default_rng(0).random((count, 1, side, side)).astype(np.float32)
    return record(model, inputs, np.arange(count), setup)


@pytest.mark.parametrize("name", list(models.MODELS))
def test_the_stops_are_the_iteration(name: str) -> None:
    done = recorded(name)
    walk = stops.stops(done)
    assert done.graph is not None
    assert list(dict.fromkeys(stop.phase for stop in walk)) == list(PHASES)
    assert [stop.operation for stop in walk if stop.phase == "forward"] == [o.index for o in done.operations]
    nodes = [done.graph.nodes[stop.node] for stop in walk if stop.node is not None]
    assert [node.order for node in nodes] == list(range(len(done.graph.nodes)))
    assert len(walk) == 5 + len(done.operations) + len(nodes)


def test_what_is_known_only_grows_and_ends_with_everything() -> None:
    done = recorded()
    walk = stops.stops(done)
    for before, after in pairwise(walk):
        assert set(before.activations) <= set(after.activations)
        assert set(before.gradients) <= set(after.gradients)
    names = [layer.name for layer in done.layers]
    assert list(walk[-1].activations) == names
    assert set(walk[-1].gradients) == set(names) - {"input", "softmax"}
    first = next(stop for stop in walk if stop.phase == "backward" and stop.layer)
    assert (first.layer, first.gradients) == ("fc3", ("fc3",))


def test_a_gradient_is_known_at_the_stop_of_its_node() -> None:
    done = recorded()
    for stop in stops.stops(done):
        if stop.node is not None and stop.layer is not None:
            assert stop.gradients[-1] == stop.layer
            node = done.node_of(stop.layer)
            assert node is not None
            assert node.index == stop.node


@pytest.mark.parametrize("optimizer", list(updates.OPTIMIZERS))
@pytest.mark.parametrize(("loss", "target"), [("cross_entropy", "label"), ("mse", "count"), ("none", "random")])
def test_every_stop_has_lines_in_the_listing(loss: str, target: str, optimizer: str) -> None:
    setup = Setup(loss, target, optimizer=optimizer, zero_grad="zeros")
    done = recorded(setup=setup)
    code = listing.listing(models.build("LeNet5"), done)
    for stop in stops.stops(done):
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
    code = listing.listing(models.build("LeNet5"), done)
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
    code = listing.listing(model, done)
    assert [code.lines[line] for line in code.phases["batch"]] == ["x, target = batch"]


def test_the_picture_of_a_recorded_iteration() -> None:
    done = recorded()
    model = models.build("LeNet5", 0)
    for digit in range(2):
        passed = replay.passed(done, digit)
        assert passed is not None
        for layer in passed.layers:
            assert passed.outputs[layer.name].shape == layer.shape
        gradients = replay.gradients(done, digit)
        assert gradients["input"] is None
        assert gradients["softmax"] is None
        assert done.outcome_before is not None
        expected = done.outcome_before.probabilities[digit].copy()
        expected[digit] -= 1  # the labels are 0 and 1
        assert gradients["fc3"] is not None
        np.testing.assert_allclose(gradients["fc3"], expected / 2, atol=1e-7)
    layer = next(layer for layer in done.layers if layer.name == "conv2")
    weight, bias = replay.weights_of_unit(done, layer, 3)
    assert np.array_equal(weight, model.get_parameter("conv2.weight")[3].detach().numpy())
    assert float(bias) == float(model.get_parameter("conv2.bias").detach()[3])


@pytest.mark.parametrize("optimizer", list(updates.OPTIMIZERS))
def test_the_table_of_an_update_is_worked_out_as_pytorch_did(optimizer: str) -> None:
    model = models.build("LeNet5", 0)
    inputs = np.random.default_rng(1).random((1, 1, 32, 32)).astype(np.float32)
    setup = Setup("mse", "count", optimizer=optimizer, lr=0.01)
    done = record(model, inputs, None, setup)
    for _ in range(7):  # RAdam works by another formula from its sixth step on
        numbers = update_table.table(done, "fc3.weight")
        assert numbers is not None
        for row in (0, 17, numbers.largest):
            terms = update_table.work(done, numbers, row)
            assert terms[-1].value == pytest.approx(numbers.after[row], rel=1e-4, abs=1e-7)
        assert done.after is not None
        done = record(model, inputs, None, setup, done.after)


def test_a_parameter_without_a_gradient_has_no_table() -> None:
    model = models.build("LeNet5", 0)
    model.get_parameter("conv1.bias").requires_grad_(False)
    done = record(model, np.ones((1, 1, 32, 32), np.float32), np.array([1]), Setup())
    assert update_table.table(done, "conv1.bias") is None
    assert update_table.table(done, "conv1.weight") is not None

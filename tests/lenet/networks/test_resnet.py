"""The network of real size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lenet.digits import batch
from lenet.networks import models, resnet
from lenet.networks.torchvision_guard import torchvision
from lenet.record import recorder
from lenet.record.graph import fold
from lenet.record.iteration import Setup


def test_it_is_torchvisions_network_with_finite_numbers() -> None:
    own = resnet.resnet18(0)
    theirs = torchvision().models.resnet18(num_classes=resnet.CLASSES)
    shapes = {name: value.shape for name, value in theirs.state_dict().items()}
    assert {name: value.shape for name, value in own.state_dict().items()} == shapes
    assert models.count_parameters(own) == 11_181_642
    assert not own.training
    assert all(value.isfinite().all() for value in own.state_dict().values())
    spread = own.get_parameter("layer4.1.conv2.weight").std().item()
    assert spread == pytest.approx(np.sqrt(2 / (512 * 9)), rel=0.01)  # He's initialisation: variance 2 / fan_out


def test_the_seed_alone_decides() -> None:
    before = torch.random.get_rng_state()
    one, other, third = resnet.resnet18(3), resnet.resnet18(3), resnet.resnet18(4)
    assert torch.equal(torch.random.get_rng_state(), before)
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    assert not torch.equal(one.get_parameter("conv1.weight"), third.get_parameter("conv1.weight"))


def test_its_record_keeps_only_what_is_asked_for() -> None:
    given = batch.with_label(batch.of_noise(0, resnet.SIDE, channels=3), 0)
    model = resnet.resnet18(0)
    plain = recorder.record(model, given.inputs, given.labels, Setup(), keep=0)
    assert plain.failure is None
    assert plain.graph
    assert len(plain.graph.nodes) > 130
    assert len(fold(plain.graph)) < len(plain.graph.nodes)
    deep = len(plain.graph.nodes) // 2
    asked = recorder.record(model, given.inputs, given.labels, Setup(), keep=0, ask=(deep,))
    assert asked.graph
    kept = {
        node.index
        for node in asked.graph.nodes
        if any(value is not None and value.array is not None for value in node.arrived)
    }
    assert deep in kept
    assert len(kept) < 6  # besides its own, what it sent on is what its neighbours got

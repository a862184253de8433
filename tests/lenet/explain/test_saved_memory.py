"""Memory kept for backward: the record's count equals that of hooks on saved tensors in plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from lenet.explain import saved_memory
from lenet.explain.saved_memory import SavedMemory
from lenet.networks import models, resnet
from lenet.networks.ablation import Channel, ablated
from lenet.record import recorder
from lenet.record.graph_walk import walk
from lenet.record.iteration import Setup


def record(model: nn.Module, inputs: np.ndarray, loss: str = "cross_entropy") -> SavedMemory:
    done = recorder.record(model, inputs, np.arange(len(inputs)) % 10, Setup(loss), keep=300_000)
    assert done.failure is None, done.failure
    assert done.graph is not None
    return saved_memory.of(done.graph)


def plain(model: nn.Module, inputs: np.ndarray, loss: str) -> tuple[list[int], list[int]]:
    """Bytes of each storage that is saved: of the model's own, and of others."""
    kept: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        kept.append(tensor)
        return tensor

    x, labels = torch.from_numpy(inputs), torch.arange(len(inputs)) % 10
    target = labels if loss == "cross_entropy" else F.one_hot(labels, 10).float()
    with saved_tensors_hooks(pack, lambda tensor: tensor):
        getattr(F, {"mse": "mse_loss"}.get(loss, loss))(model(x), target)
    storages = [one.untyped_storage() for one in kept if one.numel()]
    sizes = {one.data_ptr(): one.nbytes() for one in storages}
    own = {one.untyped_storage().data_ptr() for one in (*model.parameters(), *model.buffers())}
    return (
        sorted(size for pointer, size in sizes.items() if pointer in own),
        sorted(size for pointer, size in sizes.items() if pointer not in own),
    )


class Views(nn.Module):
    """Saves parts of tensors, whose whole memory stays, and an expanded one, which has less memory than numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(20, 36))
        self.scale = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(1).exp()
        return (flat[:, :36] * self.scale.expand(36) + flat[:, 1:37].sin()) @ self.weight[5:15].T


def lenet_ablated() -> nn.Module:
    return ablated(models.build("LeNet5", 0).eval(), [Channel("conv1", 2)])


def resnet18() -> nn.Module:
    model: nn.Module = resnet.resnet18(0)
    return model


CASES: list[tuple[Callable[[], nn.Module], tuple[int, ...]]] = [
    *[
        (lambda name=name, side=side: models.build(name, 0).eval(), (3, 1, side, side))  # type: ignore[misc]
        for name, side in (("LeNet5", 32), ("DigitCNN", 28), ("LightNet", 32))
    ],
    (lenet_ablated, (2, 1, 32, 32)),
    (resnet18, (1, 3, 64, 64)),
    (Views, (2, 1, 8, 8)),
    (lambda: nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10)), (4, 1, 8, 8)),
]


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize(("make", "shape"), CASES)
def test_it_is_what_pytorch_saves_each_memory_once(
    make: Callable[[], nn.Module], shape: tuple[int, ...], loss: str
) -> None:
    model, inputs = make(), np.random.default_rng(0).random(shape, np.float32)
    found = record(model, inputs, loss)
    own, others = plain(model, inputs, loss)
    assert own
    assert others
    assert sorted(one.size for one in found.tensors if one.owner is not None) == own
    assert sorted(one.size for one in found.tensors if one.owner is None) == others
    assert (found.total, found.owned, found.unknown) == (sum(own) + sum(others), sum(own), 0)


def test_every_tensor_is_named_with_the_nodes_that_saved_it() -> None:
    model = models.build("LeNet5", 0).eval()
    done = recorder.record(model, np.ones((2, 1, 32, 32), np.float32), np.arange(2), Setup())
    assert done.graph is not None
    found = saved_memory.of(done.graph)
    nodes = done.graph.nodes
    by_operation = {one.operation: one for one in found.tensors if one.operation is not None}
    assert by_operation["input"].shape == (2, 1, 32, 32)
    assert by_operation["input"].size == 2 * 32 * 32 * 4
    # The output of the ReLU is saved by the ReLU itself, and by the pooling that reads it.
    relu = by_operation["relu1"]
    assert [nodes[saver.node].title for saver in relu.savers] == ["ReluBackward0", "MaxPool2DWithIndicesBackward0"]
    assert relu.size == 4 * int(np.prod(relu.shape))
    owners = {one.owner for one in found.tensors if one.owner is not None}
    assert owners == {name for name, _ in model.named_parameters() if name.endswith("weight")}
    for one in found.tensors:
        for saver in one.savers:
            assert saver.name in {saved.name for saved in nodes[saver.node].saved}


class Checkpointed(nn.Module):
    """Packs what is saved, so that its memory is not that of the tensors which backward reads."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        made: Any = checkpoint(lambda flat: self.layer(flat).exp().tanh(), x.flatten(1), use_reentrant=False)
        return made  # type: ignore[no-any-return]


def test_what_a_hook_packed_is_not_counted_but_said() -> None:
    found = record(Checkpointed(), np.ones((2, 1, 8, 8), np.float32))
    assert found.unknown > 0
    assert "layer.weight" not in {one.owner for one in found.tensors}


def test_a_graph_that_is_walked_by_hand() -> None:
    w = torch.randn(3, requires_grad=True)
    found = saved_memory.of(walk((w * w).exp(), parameters={"w": w}))
    assert [(one.owner, one.size, len(one.savers)) for one in found.tensors] == [("w", 12, 2), (None, 12, 1)]

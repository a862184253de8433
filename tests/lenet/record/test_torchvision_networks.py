"""Every classification network of torchvision is recorded as plain PyTorch runs it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lenet.networks.torchvision_guard import torchvision
from lenet.record import iteration
from tests.lenet.record.properties import KEEP, violations

pytestmark = pytest.mark.uncovered

MODELS: Final = torchvision().models

LARGE: Final = 30_000_000
"""Parameters from which on a network is left to `make test-all`."""

SIDES: Final = {"alexnet": 63, "inception_v3": 75, "maxvit_t": 224, "vit_h_14": 28}
"""Height and width of the pictures where the networks don't take 32."""


def parameters(name: str) -> int:
    return next(iter(MODELS.get_model_weights(name))).meta["num_params"]


NAMES: Final = tuple(MODELS.list_models(module=MODELS))
SMALL_NETWORKS: Final = tuple(name for name in NAMES if parameters(name) < LARGE)
LARGE_NETWORKS: Final = tuple(name for name in NAMES if parameters(name) >= LARGE)


class Sums(nn.Module):
    """A network that gives an auxiliary classifier's logits besides its own."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        logits = self.network(x)
        return logits.logits + 0.3 * (logits.aux_logits1 + logits.aux_logits2)


def build(name: str) -> nn.Module:
    """A network in training mode, with three classes and random weights."""
    options: dict[str, Any] = {}
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False  # takes a minute
    if name == "inception_v3":
        options["aux_logits"] = False  # takes pictures of 299 pixels
    if name.startswith("vit_"):
        options["image_size"] = side(name)
    torch.manual_seed(0)
    network = MODELS.get_model(name, num_classes=3, **options)
    return Sums(network) if name == "googlenet" else network


def side(name: str) -> int:
    return SIDES.get(name, 32)


def differences(name: str, keep: int) -> list[str]:
    pictures = np.random.default_rng(0).standard_normal((2, 3, side(name), side(name))).astype(np.float32)
    return violations(build(name), pictures, np.array([0, 1]), keep=keep)


def test_all_networks_are_there() -> None:
    assert len(SMALL_NETWORKS) >= 40
    assert len(NAMES) >= 80
    assert not set(SMALL_NETWORKS) & set(LARGE_NETWORKS)


@pytest.mark.parametrize("name", SMALL_NETWORKS)
def test_networks_below_30_million_parameters(name: str) -> None:
    assert differences(name, KEEP) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE_NETWORKS)
def test_larger_networks(name: str) -> None:
    """Larger networks are compared by summaries and for one step. regnet_y_128gf and vit_h_14 need 12.4 GiB even so."""
    assert differences(name, iteration.KEEP) == []

"""Spreads over depth are those of plain PyTorch's activations and gradients."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lenet.errors import InputError
from lenet.explain import depth_spread
from lenet.explain.depth_spread import Depth
from lenet.networks import initialisation, models
from lenet.scripts import initialisation_script
from tests.lenet.run_script import run


def plain(model: nn.Module, count: int) -> tuple[dict[str, Tensor], float]:
    """Outputs of all modules, with their gradients, and the loss, from hooks."""
    given = depth_spread.digits(count, models.input_size(model))
    kept: dict[str, Tensor] = {}

    def hook(name: str, output: Tensor) -> None:
        output.retain_grad()
        kept[name] = output

    handles = [
        module.register_forward_hook(lambda _, args, output, name=name: hook(name, output))
        for name, module in model.named_modules()
        if name and "flatten" not in name
    ]
    loss = F.cross_entropy(model.train()(torch.from_numpy(given.inputs)), torch.from_numpy(np.array(given.labels)))
    loss.backward()
    for handle in handles:
        handle.remove()
    return kept, loss.item()


@pytest.mark.parametrize("layer", initialisation.LAYERS)
@pytest.mark.parametrize("activation", initialisation.ACTIVATIONS)
def test_spreads_are_those_of_plain_pytorch(layer: str, activation: str) -> None:
    model, found = depth_spread.of_plain(layer, 5, activation, "kaiming_normal", 1.0, 2, 8)
    kept, loss = plain(model, 8)
    assert found.loss == loss
    assert len(found.spreads) == 5
    for place, one in enumerate(found.spreads, 1):
        after = kept.get(f"{activation}{place}", kept[one.layer]).detach().double()
        before = kept[one.layer]
        assert one.outputs == pytest.approx(float(before.detach().double().std(correction=0)))
        assert one.activations == pytest.approx(float(after.std(correction=0)))
        assert one.differences == pytest.approx(float(after.var(0, correction=0).mean().sqrt()))
        assert before.grad is not None
        assert one.gradients == pytest.approx(float(before.grad.double().std(correction=0)))
        assert one.forward.counts.sum() == after.numel()
        dead = int((after.flatten(2) if after.dim() > 2 else after[..., None]).abs().amax((0, 2)).eq(0).sum())
        assert one.dead == (dead if activation == "relu" and place < 5 else None)


def growth(scheme: str, activation: str = "relu", factor: float = 1.0, depth: int = 30) -> Depth:
    return depth_spread.of_plain("linear", depth, activation, scheme, factor, 0, 32)[1]


def test_what_the_textbooks_say_shows() -> None:
    forward, backward = growth("kaiming_normal").growth
    assert 0.85 < forward < 1.15
    assert 0.85 < backward < 1.15
    # PyTorch's default loses a factor of about √(1/6) per layer with ReLU, until float32 can't tell the digits apart.
    assert growth("default", depth=12).growth == pytest.approx((math.sqrt(1 / 6),) * 2, rel=0.2)
    assert growth("default", factor=10).growth[1] > 3
    assert growth("xavier_normal", "none").growth == pytest.approx((1, 1), abs=0.1)
    zeros = growth("zeros")
    assert all(math.isnan(value) for value in zeros.growth)
    assert zeros.loss == pytest.approx(math.log(10))
    assert all(one.dead == one.units for one in zeros.spreads[:-1])
    assert all(one.gradients == 0 for one in zeros.spreads[:-1])


@pytest.mark.parametrize("name", ["LeNet5", "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.5~flatten~linear"])
def test_a_network_in_use_keeps_its_weights(name: str) -> None:
    model = models.build(name, 0).eval()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    made, found = depth_spread.of_network(model, "xavier_uniform", "relu", 1.0, 0, 8)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert not model.training
    assert [one.layer for one in found.spreads] == list(initialisation.weighted(model))
    assert not torch.equal(next(made.parameters()), next(model.parameters()))
    own, _ = depth_spread.of_network(model, None, "relu", 1.0, 0, 8)
    assert all(torch.equal(one, other) for one, other in zip(own.parameters(), model.parameters(), strict=True))


def test_what_pytorch_refuses_is_said() -> None:
    class Broken(nn.Module):
        input_size = 28

        def forward(self, x: Tensor) -> Tensor:
            raise RuntimeError("no\nway")

    with pytest.raises(InputError, match="refuses this network in training mode: no"):
        depth_spread.of_network(Broken(), None, "relu", 1.0, 0, 8)
    with pytest.raises(InputError, match="no convolution and no linear layer"):
        depth_spread.of_network(Weightless(), None, "relu", 1.0, 0, 8)


class Weightless(nn.Module):
    """A network with a parameter that is no layer's weight."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(10))

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        return x.flatten(1)[:, :10] * self.scale


@pytest.mark.parametrize("layer", [*initialisation.LAYERS, "own"])
def test_the_script_prints_the_same_numbers(layer: str, tmp_path: Path) -> None:
    if layer == "own":
        name = "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.5~flatten~linear"
        model, found = depth_spread.of_network(models.build(name, 0), "xavier_uniform", "tanh", 2.0, 3, 8)
        made = "model = Net()"
    else:
        model, found = depth_spread.of_plain(layer, 6, "tanh", "xavier_uniform", 2.0, 3, 8)
        made = initialisation.plain_code(layer, 6, "tanh")
    lines = f"{made}\n{initialisation.code('xavier_uniform', 'tanh', 2.0, 3)}"
    printed = run(initialisation_script.depth(model, lines, depth_spread.digits(8, 28)), tmp_path)
    rows = [line.split()[-3:] for line in printed[1:-1]]
    assert rows == [[f"{value:.6g}" for value in (one.weights, one.outputs, one.gradients)] for one in found.spreads]
    assert printed[-1] == f"loss {found.loss:.6g}"

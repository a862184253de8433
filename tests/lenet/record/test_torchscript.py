"""LeNet5 as TorchScript: steps are those of plain PyTorch, and what is hidden is said."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lenet.networks.models import build
from lenet.record.iteration import Setup
from lenet.record.recorder import record

X = np.random.default_rng(0).standard_normal((2, 1, 32, 32)).astype(np.float32)
LABELS = np.array([3, 4])
STEPS = 4
"""TorchScript changes its graph after the first runs."""


def script(model: nn.Module) -> nn.Module:
    found: nn.Module = torch.jit.script(model)
    return found


def trace(model: nn.Module) -> nn.Module:
    found: nn.Module = torch.jit.trace(model, torch.tensor(X))  # type: ignore[no-untyped-call]
    return found


class Partly(nn.Module):
    """Model one of whose parts is TorchScript."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.part(x) * 2  # type: ignore[no-any-return]


@pytest.mark.parametrize("compiled", [script, trace])
@pytest.mark.parametrize("partly", [False, True])
def test_steps_are_those_of_plain_pytorch(compiled: Callable[[nn.Module], nn.Module], partly: bool) -> None:
    wrap: Callable[[nn.Module], nn.Module] = Partly if partly else lambda one: one
    model, own = wrap(compiled(build("LeNet5", 0))), wrap(build("LeNet5", 0))
    optimizer = torch.optim.SGD(own.parameters(), lr=0.1)
    state = None
    for _ in range(STEPS):
        found = record(model, X, LABELS, Setup(lr=0.1), state)
        assert found.failure is None
        optimizer.zero_grad()
        loss = F.cross_entropy(own(torch.tensor(X)), torch.tensor(LABELS))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        state = found.after
        assert found.outcome_before is not None
        assert state is not None
        assert found.outcome_before.loss == loss.item()
        for name, p in own.named_parameters():
            gradient, after = found.gradients[name], state.parameters[name].array
            assert gradient is not None
            assert gradient.array is not None
            assert p.grad is not None
            # The profiled graph may add in another order.
            assert np.allclose(gradient.array, p.grad.numpy(), rtol=1e-4, atol=1e-6), name
            assert after is not None
            assert np.allclose(after, p.detach().numpy(), rtol=1e-4, atol=1e-6), name


@pytest.mark.parametrize("compiled", [script, trace])
def test_the_pass_is_one_call_and_a_sentence_says_so(compiled: Callable[[nn.Module], nn.Module]) -> None:
    found = record(compiled(build("LeNet5", 0)), X, LABELS, Setup())
    assert [(one.name, one.sources, one.source) for one in found.operations] == [("forward1", ("input",), None)]
    assert found.model == "LeNet5"
    assert str(found.remark).startswith("LeNet5 was compiled by TorchScript")
    assert found.graph is not None
    assert {node.operation for node in found.graph.nodes} == {"forward1", "loss"}
    assert {node.source for node in found.graph.nodes} == {None}
    names = {node.parameter for node in found.graph.nodes if node.is_leaf}
    assert names == set(found.before.parameters)


def test_the_line_that_calls_a_compiled_part_is_known() -> None:
    found = record(Partly(script(build("LeNet5", 0))), X, LABELS, Setup())
    assert found.remark is None
    (call,) = [one for one in found.operations if one.kind == "forward"]
    assert call.source is not None
    assert call.source.text.startswith("return self.part(x) * 2")
    assert call.module == "part"

"""Modules that a recorder must cope with, besides the networks of the notes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint


class Shared(nn.Module):
    """One linear layer that runs twice."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(64, 64)
        self.last = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.avg_pool2d(x, 4).flatten(1)
        return self.last(self.inner(torch.tanh(self.inner(x))))


class Tied(nn.Module):
    """Two layers with the same weight."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(64, 64)
        self.other = nn.Linear(64, 64)
        self.other.weight = self.one.weight
        self.last = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.other(F.relu(self.one(F.avg_pool2d(x, 4).flatten(1)))))


class InPlace(nn.Module):
    """ReLU that writes into what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 5)
        self.relu = nn.ReLU(inplace=True)
        self.fc = nn.Linear(3 * 28 * 28, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.relu(self.conv(x)).flatten(1))


class Normed(nn.Module):
    """Batch norm, and a residual connection."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4 * 16 * 16, 10)
        self.shortcut = nn.Sequential()

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.conv(x)) + self.shortcut(x))
        return self.fc(F.max_pool2d(x, 2).flatten(1))


class GivesBack(nn.Module):
    """A dropout that, in evaluation, gives back a tensor that was made long before."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 2, 3, padding=1)
        self.conv2 = nn.Conv2d(2, 2, 3, padding=1)
        self.drop = nn.Dropout()
        self.fc = nn.Linear(2 * 32 * 32, 10)

    def forward(self, x: Tensor) -> Tensor:
        first = self.conv1(x)
        second = F.relu(self.conv2(first))
        return self.fc((second + self.drop(first)).flatten(1))


class Halves(nn.Module):
    """An operation with two outputs, of which one is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1024, 20)

    def forward(self, x: Tensor) -> Tensor:
        used, _ = self.fc(x.flatten(1)).chunk(2, 1)
        return used


class FailsForward(nn.Module):
    """Raises after its first layer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.fc = nn.Linear(7, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv(x))
        return self.fc(x.flatten(1))  # 2·30·30 numbers are not 7


class FailsAfterStep(nn.Module):
    """Network whose `forward` fails as soon as a step has changed its bias."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(28 * 28, 10)
        nn.init.zeros_(self.out.bias)

    def forward(self, x: Tensor) -> Tensor:
        if self.out.bias.any():
            raise RuntimeError("the bias has changed")
        out: Tensor = self.out(x.flatten(1))
        return out


class FailsBackward(nn.Module):
    """Writes over a number that its backward needs."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1024, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc(x.flatten(1))
        y = torch.exp(x)
        z = y * 2
        y.add_(1)
        return z


class WrongShape(nn.Module):
    """Gives a picture, not logits."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class NoParameters(nn.Module):
    """Nothing to learn."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(1)[:, :10]


class Double(torch.autograd.Function):
    """Twice its input, with a backward of its own."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return gradients[0] * 2


class OwnFunction(nn.Module):
    """Ends in a function that PyTorch doesn't know."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1024, 10)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = Double.apply(self.fc(x.flatten(1)))
        return out


class Remembers(nn.Module):
    """Keeps what it made last."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1024, 10)
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.last = self.fc(x.flatten(1))
        return self.last


class Joins(nn.Module):
    """Joins two paths, splits what comes of it, and writes into a part of a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(1, 2, 5, stride=3)
        self.other = nn.Conv2d(1, 2, 5, stride=3)
        self.fc = nn.Linear(400, 20)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(torch.cat([self.one(x), self.other(x)], 1))
        left, right = self.fc(x.flatten(1)).chunk(2, 1)
        out = left * torch.sigmoid(right)
        out[:, :2] = right[:, 3:5]
        return out


class Rearranges(nn.Module):
    """Reads the same memory in another order before it reads it in its own."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, stride=5)
        self.fc = nn.Linear(108, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.conv(x))
        turned = x.permute(0, 2, 3, 1)
        return self.fc(x.flatten(1)) + turned.mean()


class Counts(nn.Module):
    """Puts a new tensor in the place of a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1024, 10)
        self.count: Tensor
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.count = self.count + 1
        return self.fc(x.flatten(1)) * self.count


class Clamps(nn.Module):
    """Keeps its weights small, in its own forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1024, 10)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            self.fc.weight.clamp_(-0.01, 0.01)
        return self.fc(x.flatten(1))


class Checkpointed(nn.Module):
    """Runs a part once more on the way back."""

    def __init__(self) -> None:
        super().__init__()
        self.part = nn.Sequential(nn.Conv2d(1, 2, 5), nn.BatchNorm2d(2), nn.ReLU())
        self.fc = nn.Linear(2 * 28 * 28, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(checkpoint(self.part, x, use_reentrant=False).flatten(1))


class Sparse(nn.Module):
    """An embedding whose gradient is a sparse tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(4, 10, sparse=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.table((x[:, 0, :4, 0] > 0).long()).sum(1)


class Closure(nn.Module):
    """Computes with a function that holds the module for which it was made."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(1024, 10)
        self.inner = lambda x: self.fc(x)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.inner(x.flatten(1))
        return out


class GivesNone(torch.autograd.Function):
    """Product whose backward leaves the second factor out."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(weight)
        return x * weight

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients[0] * ctx.saved_tensors[0], None


class Branched(nn.Module):
    """Branches that end early, beside one that reaches the logits."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(64, 2)
        self.detached = nn.Linear(64, 64)
        self.dropped = nn.Linear(64, 64)
        self.within_no_grad = nn.Linear(64, 64)
        self.asked = nn.Linear(64, 64)
        self.frozen = nn.Linear(64, 64).requires_grad_(False)
        self.scripted = torch.jit.script(nn.Linear(64, 64))
        self.scale = nn.Parameter(torch.ones(64))
        self.chosen = nn.Parameter(torch.ones(64))

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1).to(self.asked.weight.dtype)
        assert self.asked.bias.shape == (64,)
        self.dropped(x).relu()
        with torch.no_grad():
            x = x + self.within_no_grad(x)
        x = x + self.detached(x).detach() + self.scripted(x).detach() + self.frozen(x)
        x = GivesNone.apply(x, self.scale)
        return self.last(torch.where(torch.zeros(64, dtype=torch.bool), self.chosen.detach(), x))  # type: ignore[no-any-return]

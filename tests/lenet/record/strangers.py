"""Models as other people write them, each with a habit that a recorder may trip over. All take (3, 1, 8, 8)."""

from __future__ import annotations

import functools
import itertools
import random
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint


class Base(nn.Module):
    """64 numbers to 8 to 3."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(64, 8)
        self.b = nn.Linear(8, 3)
        self.prepare()

    def prepare(self) -> None:
        """Add parts of the model's own."""

    def inner(self, h: Tensor) -> Tensor:
        """The middle."""
        return h

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.b(torch.tanh(self.inner(self.a(x.flatten(1)))))
        return out


# ---- writes that no version counts


class ClampsData(Base):
    """Clips its weights as the first GANs did."""

    def inner(self, h: Tensor) -> Tensor:
        self.b.weight.data.clamp_(-0.05, 0.05)
        return h


class WritesNumpy(Base):
    """Writes into a saved tensor by way of NumPy."""

    def inner(self, h: Tensor) -> Tensor:
        out = h * self.b.bias.sum() + h.sigmoid()
        h.detach().numpy()[:] *= 0.5
        return out


class WritesWeightByNumpy(Base):
    """Scales a weight through an array that shows its memory."""

    def prepare(self) -> None:
        self.array = self.b.weight.detach().numpy()

    def inner(self, h: Tensor) -> Tensor:
        self.array *= 0.9
        return h


class SetsStorage(Base):
    """Gives a parameter other memory."""

    def inner(self, h: Tensor) -> Tensor:
        with torch.no_grad():
            self.b.weight.set_(self.b.weight * 0.5)
        return h


class AssignsData(Base):
    """Puts other numbers into a parameter."""

    def inner(self, h: Tensor) -> Tensor:
        self.b.weight.data = self.b.weight.data * 0.5
        return h


class FlatMemory(Base):
    """All parameters in one piece of memory, through which they are written to."""

    def prepare(self) -> None:
        self.flat = torch.cat([p.detach().flatten() for p in self.parameters()])
        start = 0
        for p in self.parameters():
            p.data = self.flat[start : start + p.numel()].view_as(p)
            start += p.numel()

    def inner(self, h: Tensor) -> Tensor:
        self.flat.mul_(0.99)
        return h


class ChangesInput(Base):
    """Writes into what it is given."""

    def forward(self, x: Tensor) -> Tensor:
        x -= x.mean()
        return super().forward(x)


class WritesGradients(Base):
    """Writes into gradients on their way."""

    def inner(self, h: Tensor) -> Tensor:
        if h.requires_grad:
            h.register_hook(lambda gradient: gradient.clamp_(-0.01, 0.01))
        return h * 2


# ---- hooks and copies


class ClosureHook(Base):
    """A hook that looks up a parameter."""

    def prepare(self) -> None:
        scale = nn.Parameter(torch.ones(8))
        self.scale = scale
        self.a.register_forward_hook(lambda module, args, out: out * scale)


class Masked(Base):
    """Gradients by masks that are looked up by parameter."""

    def prepare(self) -> None:
        self.masks = {p: (torch.rand_like(p) > 0.5).float() for p in self.parameters()}
        for p in self.parameters():
            p.register_hook(functools.partial(self.masked, p))

    def masked(self, p: nn.Parameter, gradient: Tensor) -> Tensor:
        """A parameter times its mask."""
        return gradient * self.masks[p]


class StepsInBackward(Base):
    """An optimizer for each parameter, run as soon as its gradient is there."""

    def prepare(self) -> None:
        optimizers = {p: torch.optim.SGD([p], lr=0.1) for p in self.parameters()}

        def step(p: Tensor) -> None:
            optimizers[p].step()
            optimizers[p].zero_grad()

        for p in self.parameters():
            p.register_post_accumulate_grad_hook(step)


class FullHook(Base):
    """A hook on a module's gradients."""

    def prepare(self) -> None:
        self.a.register_full_backward_hook(lambda module, left, arrived: None)
        self.b.register_full_backward_pre_hook(lambda module, arrived: (arrived[0] * 2,))


class BindsAgain(Base):
    """Binds its parts again when it is copied."""

    def prepare(self) -> None:
        self.run = lambda x, fc=self.a: fc(x)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self.prepare()

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.b(torch.tanh(self.run(x.flatten(1))))
        return out


class Lambda(Base):
    """Runs a function that holds it."""

    def prepare(self) -> None:
        self.run = lambda h: self.b(torch.tanh(self.a(h)))

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.run(x.flatten(1))
        return out


class OldWeightNorm(Base):
    """The weight norm of old, by a hook."""

    def prepare(self) -> None:
        self.a = torch.nn.utils.parametrizations.weight_norm(self.a)
        self.b = torch.nn.utils.parametrizations.spectral_norm(self.b)


class Slots(Base):
    """A module with slots."""

    __slots__ = ("factor",)

    def prepare(self) -> None:
        object.__setattr__(self, "factor", 3.0)

    def inner(self, h: Tensor) -> Tensor:
        return h * self.factor


# ---- attributes that change from pass to pass


class CountsPasses(Base):
    """Counts in a plain number."""

    def prepare(self) -> None:
        self.calls = 0

    def inner(self, h: Tensor) -> Tensor:
        self.calls += 1
        return h * self.calls


class OwnGenerator(Base):
    """Noise of a generator of its own."""

    def prepare(self) -> None:
        self.generator = torch.Generator().manual_seed(5)
        self.random = random.Random(5)
        self.numpy = np.random.default_rng(5)
        self.legacy = np.random.RandomState(5)

    def inner(self, h: Tensor) -> Tensor:
        noise = torch.rand(8, generator=self.generator)
        return h * noise + self.random.random() + float(self.numpy.normal()) + float(self.legacy.normal())


class SharedGenerators(Base):
    """Noise of the generators that all share."""

    def inner(self, h: Tensor) -> Tensor:
        return F.dropout(h, 0.5) + random.random() + float(np.random.normal())


class Averages(Base):
    """A running mean that is a plain tensor, in a list with others."""

    def prepare(self) -> None:
        self.mean = torch.zeros(8)
        self.history: list[Any] = []
        self.last: deque[float] = deque(maxlen=2)

    def inner(self, h: Tensor) -> Tensor:
        self.mean = 0.9 * self.mean + 0.1 * h.detach().mean(0)
        self.history.append(self.mean)
        self.last.append(float(h.mean()))
        return h - self.mean * len(self.history) + sum(self.last)


class Meter:
    """A number with a name."""

    def __init__(self) -> None:
        self.value = 1.0


class Metered(Base):
    """Keeps a number in an object."""

    def prepare(self) -> None:
        self.meter = Meter()

    def inner(self, h: Tensor) -> Tensor:
        self.meter.value *= 1.5
        return h * self.meter.value


class Iterates(Base):
    """Counts with an iterator, which no state can hold."""

    def prepare(self) -> None:
        self.numbers = itertools.count(1)

    def inner(self, h: Tensor) -> Tensor:
        return h * next(self.numbers)


class BufferMade(Base):
    """Makes a buffer in its first pass."""

    def inner(self, h: Tensor) -> Tensor:
        if not hasattr(self, "mean"):
            self.register_buffer("mean", h.detach().mean(0))
        self.mean.mul_(0.9)
        return h - self.mean


class SparseBuffer(Base):
    """A sparse matrix among the buffers."""

    def prepare(self) -> None:
        self.register_buffer("links", torch.eye(8).to_sparse())
        self.register_buffer("rows", (torch.eye(8) * 2).to_sparse_csr())

    def inner(self, h: Tensor) -> Tensor:
        self.links = (self.links * 0.5).coalesce()
        return torch.sparse.mm(self.links, (self.rows @ h.T)).T


# ---- tensors of other kinds


class Inference(Base):
    """A scale from inference mode."""

    def inner(self, h: Tensor) -> Tensor:
        with torch.inference_mode():
            scale = h.abs().max().mul_(2)
            scale.add_(1)
        return h / float(scale)


class Quantized(Base):
    """Looks at its numbers in eight bits."""

    def inner(self, h: Tensor) -> Tensor:
        low = torch.quantize_per_tensor(h.detach(), 0.1, 0, torch.qint8)
        return h + low.dequantize()


class Float8(Base):
    """Looks at its numbers in float8, float16 and bfloat16."""

    def inner(self, h: Tensor) -> Tensor:
        eight = h.to(torch.float8_e4m3fn)
        return h + eight.float() + h.half().float() + h.bfloat16().float()


class Nested(Base):
    """Rows of different lengths."""

    def inner(self, h: Tensor) -> Tensor:
        rows = torch.nested.nested_tensor([h[0, :3].detach(), h[1].detach()])
        return h + rows.to_padded_tensor(0.0).sum()


class Jagged(Base):
    """Rows of different lengths, with gradients."""

    def inner(self, h: Tensor) -> Tensor:
        rows = torch.nested.as_nested_tensor([h[:1], h[1:]], layout=torch.jagged)
        return h + rows.sin().to_padded_tensor(0.0).sum()


class PerSample(Base):
    """Gradients within the pass, by `torch.func`."""

    def inner(self, h: Tensor) -> Tensor:
        slopes: Tensor = torch.func.vmap(torch.func.grad(lambda row: (row.sin() * row).sum()))(h)
        return h + slopes


class InnerGradient(Base):
    """Gradients within the pass, by `torch.autograd.grad`."""

    def inner(self, h: Tensor) -> Tensor:
        (slope,) = torch.autograd.grad((h**3).sum(), h, create_graph=True)
        return h + 0.1 * slope


class Sizes(Base):
    """Sizes that are no plain integers."""

    def prepare(self) -> None:
        self.conv = nn.Conv2d(1, 1, 3, stride=np.int64(1), padding=np.int64(1), groups=np.int64(1))  # type: ignore[arg-type]
        self.pool = nn.MaxPool2d((np.int64(1), np.int64(1)), stride=np.int64(1))  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(self.conv(x), bias=self.conv.bias, weight=self.conv.weight, padding=[1])
        return super().forward(F.max_pool2d(self.pool(x), np.int32(1)))


# ---- nodes, operations and lines


class Scale(nn.Module):
    """A positive number that is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.zeros(8))

    def forward(self) -> Tensor:
        """The number."""
        return self.log.exp()


class Independent(Base):
    """Computes with a parameter before it comes to the input."""

    def prepare(self) -> None:
        self.scale = Scale()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.scale()
        half = scale / 2
        h = self.a(x.flatten(1))
        return self.b(h * scale + half)


class Attention(Base):
    """Reads both outputs of a call."""

    def prepare(self) -> None:
        self.attention = nn.MultiheadAttention(8, 2)

    def inner(self, h: Tensor) -> Tensor:
        rows = h.view(3, 1, 8)
        out, weights = self.attention(rows, rows, rows)
        h = out.mean(1)
        return h + weights.mean()


class Several(Base):
    """Calls with several outputs."""

    def prepare(self) -> None:
        self.lstm = nn.LSTM(8, 4, bidirectional=True)

    def inner(self, h: Tensor) -> Tensor:
        out, (state, _) = self.lstm(h[None])
        high, place = out.topk(2)
        one, two = h.unbind(0)[:2]
        left, right = h.chunk(2, 1)
        first = h.max(0)
        return h + high.sum() + place.sum() + state.mean() + two * one + torch.cat([right, left], 1) + first.values


class Square(torch.autograd.Function):
    """x², of which it saves x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        ctx.save_for_backward(x, None)
        ctx.factor = factor
        ctx.kept = x.detach().clone()
        return x * x * factor

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        return 2 * gradients[0] * ctx.saved_tensors[0] * ctx.factor, None


class Reversed(torch.autograd.Function):
    """The identity, with its gradient turned."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        return gradients[0].neg_()


class Functions(Base):
    """`autograd.Function`s."""

    def inner(self, h: Tensor) -> Tensor:
        h = Square.apply(h, 0.5)
        h = h + 1
        return Reversed.apply(h)  # type: ignore[no-any-return]


@torch.jit.script
def swish(x: Tensor) -> Tensor:
    """Scripted."""
    return x * torch.sigmoid(x)


class Scripted(Base):
    """Calls what TorchScript compiled."""

    def prepare(self) -> None:
        self.part = torch.jit.script(nn.Sequential(nn.Linear(8, 8), nn.Tanh()))

    def inner(self, h: Tensor) -> Tensor:
        h = swish(h)
        return self.part(h) + 1  # type: ignore[no-any-return]


class View(Base):
    """Writes through a view, and through what a view shows."""

    def inner(self, h: Tensor) -> Tensor:
        other = h[:, 4:]
        h[:, :4].mul_(2)
        row = h.view(-1)
        h.add_(1)
        return h + row.view(3, 8) + F.pad(other, (0, 4))


class Foreach(Base):
    """Writes into several tensors at once."""

    def inner(self, h: Tensor) -> Tensor:
        parts = [h * 1, h * 2]
        torch._foreach_mul_(parts, 0.5)
        torch._foreach_add_(parts, [h, h])
        return parts[0] + parts[1]


class Checkpoints(Base):
    """Runs parts again on the way back, in both ways, and counts how often."""

    def prepare(self) -> None:
        self.norm = nn.BatchNorm1d(8)
        self.register_buffer("runs", torch.zeros(()))

    def part(self, h: Tensor) -> Tensor:
        """Recomputed."""
        self.runs = self.runs + 1
        return self.norm(torch.sin(h) * torch.cos(h)).exp()

    def inner(self, h: Tensor) -> Tensor:
        h = checkpoint(self.part, h, use_reentrant=False)
        return checkpoint(self.part, h, use_reentrant=True)


class Offloads(Base):
    """Saved tensors that are given away and taken back, once each."""

    shelf: ClassVar[dict[int, Tensor]] = {}
    number: ClassVar[Callable[[], int]] = itertools.count().__next__

    def inner(self, h: Tensor) -> Tensor:
        def pack(tensor: Tensor) -> int:
            key = Offloads.number()
            self.shelf[key] = tensor.detach() * 1
            return key

        with torch.autograd.graph.saved_tensors_hooks(pack, self.shelf.pop):
            return (h.sin() * h).exp()


class Caught(Base):
    """Tries what fails, and goes another way."""

    def inner(self, h: Tensor) -> Tensor:
        try:
            return h @ h
        except RuntimeError:
            return h @ h.T @ h


FOLLOWED = [
    *(ClampsData, WritesNumpy, WritesWeightByNumpy, SetsStorage, AssignsData, FlatMemory, ChangesInput),
    *(WritesGradients,),
    *(ClosureHook, Masked, StepsInBackward, FullHook, BindsAgain, Lambda, OldWeightNorm, Slots),
    *(CountsPasses, OwnGenerator, SharedGenerators, Averages, Metered, BufferMade, SparseBuffer),
    *(Inference, Quantized, Float8, Nested, Jagged, PerSample, InnerGradient, Sizes),
    *(Independent, Attention, Several, Functions, View, Foreach, Checkpoints, Offloads, Caught),
]
"""Those that can be recorded. Not `Scripted`: TorchScript rounds otherwise once it has run a function twice."""


class MixedBefore(Base):
    """Computes with what it made of a parameter when it was made."""

    def prepare(self) -> None:
        self.alpha = nn.Parameter(torch.randn(8))
        self.mix = torch.softmax(self.alpha, 0)

    def inner(self, h: Tensor) -> Tensor:
        return h * self.mix


class KeptInList(Base):
    """Computes with what it made of a parameter when it was made, kept in a list in a dictionary."""

    def prepare(self) -> None:
        self.kept = {"halves": [self.a.bias / 2]}

    def inner(self, h: Tensor) -> Tensor:
        return h * self.kept["halves"][0]


class MadeInForward(Base):
    """Makes a layer in its first pass."""

    def prepare(self) -> None:
        self.extra: nn.Module | None = None

    def inner(self, h: Tensor) -> Tensor:
        if self.extra is None:
            self.extra = nn.Linear(8, 8)
        out: Tensor = self.extra(h)
        return out


class ReplacedInForward(Base):
    """Puts another parameter in the place of one."""

    def inner(self, h: Tensor) -> Tensor:
        self.b.bias = nn.Parameter(self.b.bias.detach() * 0.5)
        return h


class SharedOnCopy(Base):
    """Says itself that a copy shares its parts."""

    def __deepcopy__(self, memo: dict[int, Any]) -> SharedOnCopy:
        return self


class ByNumpy(Base):
    """Goes by way of NumPy, where gradients don't follow."""

    def inner(self, h: Tensor) -> Tensor:
        return torch.from_numpy(h.detach().numpy() * 2)

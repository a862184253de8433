"""Networks as people write them, good and bad, for the tests of networks of one's own."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Net(nn.Module):
    """One channel, 28×28: a branch, a skip, and a layer that is used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(1, 8, 3, padding=1)
        self.left = nn.Conv2d(8, 8, 3, padding=1)
        self.right = nn.Conv2d(8, 8, 1)
        self.bn = nn.BatchNorm2d(8)
        self.head = nn.Linear(8 * 7 * 7, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.stem(x)), 2)
        y = F.relu(self.left(x)) + self.right(x)
        y = F.relu(self.bn(self.left(y)) + x)
        return self.head(F.max_pool2d(y, 2).flatten(1))


class Colour(nn.Module):
    """Three channels, any size, four classes."""

    def __init__(self, classes: int = 4) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 128, 3, stride=2), nn.ReLU(), nn.Conv2d(128, 256, 3), nn.ReLU())
        self.head = nn.Linear(256, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).mean((2, 3)))


class Sized(Colour):
    """Says the shape of its input."""

    input_shape = (3, 48, 40)


class Wants(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width


class Pair(Net):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        return super().forward(x), x


class Named(Net):
    def forward(self, x: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        return {"logits": super().forward(x)}


class NoGradient(Net):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            return super().forward(x)


class Raises(Net):
    def forward(self, x: Tensor) -> Tensor:
        super().forward(x)
        raise RuntimeError("not today")


class Gpu(Net):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.cuda())


class Broken(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        raise KeyError("width")


def lazy() -> nn.Module:
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(10))


def quantized() -> nn.Module:
    made: nn.Module = torch.ao.quantization.quantize_dynamic(perceptron(), {nn.Linear}, dtype=torch.qint8)
    return made


def perceptron() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 30), nn.ReLU(), nn.Linear(30, 10))


def half() -> nn.Module:
    return Net().half()


def two_channels() -> nn.Module:
    return nn.Sequential(nn.Conv2d(2, 5, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 3))


def segments() -> nn.Module:
    return nn.Conv2d(1, 3, 1)


def no_module() -> int:
    return 5


instance = Net()
number = 5

"""A small network with every kind of operation that the networks of the playground lack."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class EveryKind(nn.Module):
    """(N, 1, 28, 28) -> (N, 10) logits; made for evaluation mode."""

    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 3, 5, stride=2)
        self.norm = nn.BatchNorm2d(3)
        self.conv2 = nn.Conv2d(3, 4, 3)
        self.drop = nn.Dropout(0.3)
        self.fc1 = nn.Linear(4 * 2 * 3, 12)
        self.fc2 = nn.Linear(12, 10)
        self.fc3 = nn.Linear(10, 10)
        generator = torch.Generator().manual_seed(5)
        for tensor in (self.norm.weight, self.norm.bias, self.norm.running_mean, self.norm.running_var):
            tensor.detach().uniform_(0.5, 1.5, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        """Logits of a batch."""
        x = F.leaky_relu(self.norm(self.conv1(x)), 0.1)
        x = F.avg_pool2d(x, 3, stride=2, padding=1)
        x = self.drop(F.gelu(self.conv2(x)))
        x = F.adaptive_avg_pool2d(x, (2, 3)).flatten(1)
        x = torch.tanh(self.fc1(x))
        return self.fc3(torch.sigmoid(self.fc2(x)))

"""A network of real size, for the graph page: torchvision's, with random weights."""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import nn

from lenet.networks import models
from lenet.networks.torchvision_guard import torchvision

SIDE: Final = 64
"""Height and width in pixels of a picture to send through it: the graph is the same for any."""

CLASSES: Final = 10


def resnet18(seed: int) -> nn.Module:
    """torchvision's `resnet18` for ten classes, in evaluation mode, 11,181,642 parameters.

    Args:
        seed: of its weights, drawn as torchvision draws them, but with a generator of their own.

    Source: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", 2015, and torchvision's `ResNet`.
    """
    with torch.device("meta"):  # no numbers drawn from the process's own generator, and none drawn twice
        model: Any = torchvision().models.resnet18(num_classes=CLASSES)
    model.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()  # no random number: ones and zeros
    models.initialize(model.fc, generator)
    return model.eval()

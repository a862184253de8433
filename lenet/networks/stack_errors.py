"""Networks with a common error of beginners, as lists of layers, and the cost of a softmax before cross-entropy."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import torch
from torch.nn import functional as F

from lenet.networks.stack import CLASSES, Stack

ERRORS: Final = {
    # in_features of LightNet, whose maps are 6×6
    "flatten": "stack-32~conv-6-5~relu~max_pool~conv-16-5~relu~max_pool~flatten~linear-120-1-576~relu~linear-84~relu"
    "~linear",
    # in_channels of a colour picture in the second convolution
    "channels": "stack-32~conv-6-5~relu~max_pool~conv-16-5-1-0-1-1-1-zeros-3~relu~max_pool~flatten~linear-120~relu"
    "~linear-84~relu~linear",
    "kernel": "stack-32~conv-6-5~relu~max_pool~conv-16-5~relu~max_pool~conv-32-7~relu~flatten~linear-84~relu~linear",
    "softmax": "stack-32~conv-6-5~relu~max_pool~conv-16-5~relu~max_pool~flatten~linear-120~relu~linear-84~relu~linear"
    "~softmax",
}
"""Name of the list of layers by the error's key."""

MISREAD: Final = 10.0
"""Logit of a wrong class, with zeros for all others, at which the gradients are compared."""


@dataclass(frozen=True)
class DoubleSoftmax:
    """Cross-entropy with and without a softmax before it.

    Attributes:
        lowest: smallest loss that is possible with it, that of a probability of 1 for the right class.
        probability: of a wrong class, for whose digit the gradients are.
        gradient: norm of the gradient with respect to that digit's logits with it.
        plain: the same without it.
    """

    lowest: float
    probability: float
    gradient: float
    plain: float


@cache
def double_softmax() -> DoubleSoftmax:
    """Measure cross-entropy, which takes a softmax itself, behind another softmax."""
    with torch.inference_mode(False), torch.enable_grad():
        label = torch.tensor([0])
        best = F.cross_entropy(torch.eye(CLASSES)[:1], label)
        logits = (MISREAD * torch.eye(CLASSES)[1:2]).requires_grad_()
        twice, once = logits.softmax(1), logits
        norms = [torch.autograd.grad(F.cross_entropy(x, label), logits)[0].norm().item() for x in (twice, once)]
    return DoubleSoftmax(best.item(), twice.max().item(), *norms)


def key_of(layers: Stack) -> str | None:
    """Key of the error that these layers have, None for any other list."""
    return next((key for key, name in ERRORS.items() if name == layers.name), None)

"""Inputs that a script hands over with a network."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lenet.errors import InputError
from lenet.networks.own import Examples


def of(inputs: Any, labels: Any = None) -> Examples:
    """Examples of inputs with their labels.

    Args:
        inputs: (N, C, H, W) tensor or array, as the network gets them.
        labels: (N,) whole numbers; None where there are none.

    Raises:
        InputError: they have other shapes, or there is none.
    """
    array = np.asarray(torch.as_tensor(inputs).detach().to("cpu", torch.float32))
    if array.ndim != 4 or not array.size:
        raise InputError("own-examples", shape=array.shape)
    if labels is None:
        return Examples(array.copy())
    numbers = np.asarray(torch.as_tensor(labels).detach().to("cpu", torch.int64))
    if numbers.shape != (len(array),):
        raise InputError("own-labels", labels=numbers.size, count=len(array))
    return Examples(array.copy(), numbers.copy())

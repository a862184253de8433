"""What a page shows, as a PyTorch script that runs by itself and prints the same numbers."""

from __future__ import annotations

import base64
import inspect
import textwrap

import numpy as np
from numpy.typing import NDArray
from torch import nn


def forward(model: nn.Module, picture: NDArray[np.uint8], weights: str) -> str:
    """A script for one pass through a network.

    Args:
        model: the network; the source of its class goes into the script.
        picture: (size, size) uint8, what the network gets, 255 for 1.0; it goes into the script.
        weights: lines of Python that give `model` its weights, from `shipped_weights` or `seeded_weights`.
    """
    side = picture.shape[0]
    pixels = "\n".join(textwrap.wrap(base64.b64encode(picture.tobytes()).decode(), 100))
    name = type(model).__name__
    return f'''"""One digit through {name}, layer by layer."""

import base64
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F


{inspect.getsource(type(model)).rstrip()}


PIXELS = """
{pixels}
"""

model = {name}().eval()
{weights}
digit = torch.frombuffer(bytearray(base64.b64decode(PIXELS)), dtype=torch.uint8).view(1, 1, {side}, {side}) / 255

# Every module that has weights says what it gives.
for name, module in model.named_children():
    module.register_forward_hook(
        lambda module, args, output, name=name: print(
            f"{{name:8}}{{str(tuple(output.shape)):18}}min {{output.min():9.4f}}  max {{output.max():9.4f}}"
        )
    )

with torch.no_grad():
    logits = model(digit)
probabilities = torch.softmax(logits, dim=1)[0]
for digit, probability in enumerate(probabilities.tolist()):
    print(f"{{digit}}  {{probability:.6f}}")
'''


def shipped_weights(name: str) -> str:
    """Lines that load the weights which ship with the project; run the script in the project's folder."""
    return f'''from safetensors.torch import load_file

model.load_state_dict(load_file("assets/weights/{name}.safetensors"))'''


def file_weights(path: str) -> str:
    """Lines that load the weights of a file."""
    return f'''from safetensors.torch import load_file

model.load_state_dict(load_file({path!r}))'''


def seeded_weights(model: nn.Module, seed: int) -> str:
    """Lines that draw the weights as `lenet.models.build` does with this seed."""
    return f"torch.manual_seed({seed})\nmodel = {type(model).__name__}().eval()"

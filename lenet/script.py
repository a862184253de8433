"""What a page shows, as a PyTorch script that runs by itself and prints the same numbers."""

from __future__ import annotations

import base64
import inspect
import textwrap
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import nn

HEADER: Final = '''"""{title}"""

import base64
import math
from typing import Final

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F


{network}


{weights}
model.eval()
'''


def forward(model: nn.Module, weights: str, picture: NDArray[np.uint8]) -> str:
    """A script that sends one digit through a network, and prints each layer's range and the probabilities.

    Args:
        model: the network; the source of its class goes into the script.
        weights: the line that makes `model`, from `shipped`, `from_file` or `seeded`.
        picture: (size, size) uint8, what the network gets, 255 for 1.0; it goes into the script.
    """
    side = picture.shape[0]
    pixels = "\n".join(textwrap.wrap(base64.b64encode(picture.tobytes()).decode(), 100))
    return (
        _header(model, weights, f"One digit through {type(model).__name__}, layer by layer.")
        + f'''
PIXELS = """
{pixels}
"""
x = torch.frombuffer(bytearray(base64.b64decode(PIXELS)), dtype=torch.uint8).view(1, 1, {side}, {side}) / 255

# Every module with weights says what it gives.
for name, module in model.named_children():
    module.register_forward_hook(
        lambda module, args, output, name=name: print(
            f"{{name:8}}{{str(tuple(output.shape)):18}}min {{output.min():9.4f}}  max {{output.max():9.4f}}"
        )
    )

with torch.no_grad():
    logits = model(x)
for digit, probability in enumerate(torch.softmax(logits, dim=1)[0].tolist()):
    print(f"{{digit}}  {{probability:.6f}}")
'''
    )


def weights(model: nn.Module, weights: str) -> str:
    """A script that prints what each layer's weights are like, beside the bound of PyTorch's initialisation.

    Args:
        model: as for `forward`.
        weights: as for `forward`.
    """
    return (
        _header(model, weights, f"The weights of {type(model).__name__}.")
        + """
for name, parameter in model.named_parameters():
    values = parameter.detach().double()
    fan_in = model.get_submodule(name.rpartition(".")[0]).weight[0].numel()
    print(
        f"{name:14}{values.numel():7}  mean {values.mean():8.4f}  std {values.std(correction=0):7.4f}"
        f"  min {values.min():8.4f}  max {values.max():8.4f}  1/sqrt(fan_in) {1 / math.sqrt(fan_in):.4f}"
    )
"""
    )


def shipped(name: str) -> str:
    """The lines that load the weights which ship with the project; such a script runs in the project's folder."""
    return f'model = {name}()\nmodel.load_state_dict(load_file("assets/weights/{name}.safetensors"))'


def from_file(name: str, path: str) -> str:
    """The lines that load the weights of a file."""
    return f"model = {name}()\nmodel.load_state_dict(load_file({path!r}))"


def seeded(name: str, seed: int) -> str:
    """The lines that draw the weights as `lenet.models.build` does with this seed."""
    return f"torch.manual_seed({seed})\nmodel = {name}()"


def _header(model: nn.Module, weights: str, title: str) -> str:
    return HEADER.format(title=title, network=inspect.getsource(type(model)).rstrip(), weights=weights)

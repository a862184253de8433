"""Stand-alone script that prints the spread of activations and gradients over a network's depth."""

from __future__ import annotations

import base64
import textwrap
import zlib

from torch import nn

from lenet.digits.batch import Batch
from lenet.record import modes
from lenet.scripts import page_scripts


def depth(model: nn.Module, weights: str, batch: Batch) -> str:
    """A script that sends a batch forward and back, and prints the spread at each layer with weights.

    Args:
        model: the network; the source of its class goes into the script.
        weights: the lines that make `model`.
        batch: its pictures go into the script.
    """
    pictures, labels = batch.pictures, batch.labels
    if pictures is None or labels is None:
        raise ValueError(batch)
    packed = "\n".join(textwrap.wrap(base64.b64encode(zlib.compress(pictures.tobytes(), 9)).decode(), 100))
    count, *side = pictures.shape
    shape = ", ".join(map(str, (count, 1, *side)))
    numbers = textwrap.fill(", ".join(map(str, labels.tolist())), 100, initial_indent="    ", subsequent_indent="    ")
    seed = "torch.manual_seed(0)\n" if modes.differences(model).draws else ""
    return page_scripts.whole(
        model,
        weights,
        "Spread of activations and gradients over a network's depth.",
        f'''
torch.set_num_threads(1)  # the order in which numbers are added decides their last digits

PIXELS = """
{packed}
"""
pixels = bytearray(zlib.decompress(base64.b64decode(PIXELS)))
x = torch.frombuffer(pixels, dtype=torch.uint8).view({shape}) / 255
target = torch.tensor([
{numbers}
])

outputs = {{}}


def keep(layer: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
    output.retain_grad()
    outputs[layer] = output


layers = {{name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)}}
for layer in layers.values():
    layer.register_forward_hook(keep)
{seed}loss = F.cross_entropy(model(x), target)
loss.backward()

print("layer          weights  output  gradient at the output: standard deviations")
for name, layer in layers.items():
    numbers = (layer.weight.detach(), outputs[layer].detach(), outputs[layer].grad)
    print(f"{{name:12}}", *(f"{{one.double().std(correction=0):.6g}}" for one in numbers))
print(f"loss {{loss.item():.6g}}")
''',
        modes.TRAIN,
    )

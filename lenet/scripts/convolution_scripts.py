"""Stand-alone scripts that print the numbers of the Convolution page's experiments."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import nn

from lenet.convolution.channel_sums import NARROW, ChannelSums
from lenet.convolution.equivariance import FURTHEST, NONE, POOL, POOLINGS, ROTATION, SCALING, SHIFT, Experiment
from lenet.convolution.sharing import Index
from lenet.networks import forward, kinds
from lenet.networks.forward import Layer
from lenet.scripts import page_scripts

ACTIVATIONS: Final = tuple(kind.name for kind in kinds.KINDS.values() if kind.family == "activation" and not kind.mixes)

RECORD: Final = """\
torch.set_num_threads(1)  # the order in which numbers are added decides their last digits
seen = []
with torch.no_grad():
    handle = model.get_submodule("{module}").register_forward_hook(
        lambda module, args, output: seen.append({what})
    )
    model(x)
    handle.remove()
x = seen[0]
"""

CONNECTIONS: Final = '''\
# The same connections, so that no gradient is 0 by chance: positive weights, no bias, no activations, sums for maxima.
model = model.double().requires_grad_(False)
generator = torch.Generator().manual_seed(0)
for name, p in model.named_parameters():
    if name.endswith("bias"):
        p.zero_()
    else:
        fan_in = p[0].numel() if p.dim() > 1 else 1
        p.uniform_(0.5 / fan_in, 1.5 / fan_in, generator=generator)
{norms}

class Connections(TorchFunctionMode):
    """Keeps what each call gives."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {{}}
        name = func.__name__
        if name in {activations}:
            result = args[0] * 1
        elif func is F.max_pool2d:
            result = F.avg_pool2d(*args, kwargs["stride"], kwargs["padding"], kwargs["ceil_mode"])
        else:
            result = func(*args, **kwargs)
        if isinstance(result, Tensor) and name not in {reshapes}:
            self.outputs.append(result)
        return result
'''

NORMS: Final = """\
for module in model.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.reset_running_stats()
"""

TURN: Final = '''\
def turn(x: Tensor, angle: float = 0, factor: float = 1) -> Tensor:
    """Rotate counterclockwise by degrees and scale, about the centre."""
    cosine, sine = math.cos(math.radians(angle)) / factor, math.sin(math.radians(angle)) / factor
    theta = torch.tensor([[[cosine, -sine, 0], [sine, cosine, 0]]], dtype=x.dtype)
    return F.grid_sample(x, F.affine_grid(theta, list(x.shape), align_corners=False), align_corners=False)
'''


def channels(model: nn.Module, weights: str, picture: NDArray[np.uint8], found: ChannelSums, seed: int | None) -> str:
    """A script that adds an output channel up from its input channels, and counts every layer's parameters.

    Args:
        model: as for `page_scripts.forward`.
        weights: as for `page_scripts.forward`.
        picture: as for `page_scripts.forward`.
        found: the output channel.
        seed: of the weights of a 1×1 convolution on the output of `found.layer`'s source; None for a convolution of
            the network.
    """
    layer, first = found.layer, int(found.reads[0])
    if seed is None:
        record = RECORD.format(module=_module(layer), what="args[0]") + _parameters(layer)
    else:
        record = RECORD.format(module=layer.sources[0], what="output") + _random(len(found.reads), seed)
    return page_scripts.whole(
        model,
        weights,
        f"Output channel {found.channel} of a convolution, channel by channel.",
        f"""
{page_scripts.pictures(picture[None])}
{record}
own = x[:, {first} : {first + len(found.reads)}]
parts = F.conv2d(own, weight[{found.channel}].unsqueeze(1){settings(layer, len(found.reads))})
total = torch.zeros_like(parts[:, 0])
for channel, part in enumerate(parts[0], {first}):
    total = total + part
    print(f"sum up to channel {{channel}}: from {{total.min():.6g}} to {{total.max():.6g}}")
output = total{f" + bias[{found.channel}]" if layer.bias else ""}
whole = F.conv2d(x, weight, bias{settings(layer, layer.groups)})[:, {found.channel}]
print(f"output: from {{output.min():.6g}} to {{output.max():.6g}}")
print(f"difference to one call of F.conv2d: {{(output - whole).abs().max():.1g}}")
print(f"parameters of the convolution: {{weight.numel() + {"bias.numel()" if layer.bias else "0"}}}")
for name, module in model.named_modules():
    if count := sum(p.numel() for p in module.parameters(recurse=False)):
        print(f"parameters of {{name}}: {{count}}")
print(f"parameters of all: {{sum(p.numel() for p in model.parameters())}}")
""",
    )


def sparse(
    model: nn.Module, weights: str, layers: tuple[Layer, ...], name: str, row: int, column: int, *, back: bool
) -> str:
    """A script that measures the receptive field of an output, or the outputs that a pixel reaches.

    Args:
        model: as for `page_scripts.forward`, with all channels on.
        weights: as for `page_scripts.forward`.
        layers: of a pass through it.
        name: of the output's layer.
        row: of the output, or of the pixel.
        column: of the output, or of the pixel; the place of a unit in a layer without rows and columns.
        back: True for the receptive field.
    """
    number = [layer.name for layer in layers].index(name) - 1
    size = ", ".join(map(str, (1, *layers[0].shape)))
    at = f"0, :, {row}, {column}" if len(layers[number + 1].shape) == 3 else f"0, {column}"
    norms = NORMS if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()) else ""
    if back:
        body = f"""\
x = torch.zeros({size}, dtype=torch.float64, requires_grad=True)
with Connections() as connections:
    model(x)
output = connections.outputs[{number}]  # of {name}
(gradient,) = torch.autograd.grad(output[{at}].sum(), x)
print(f"pixels that the output depends on: {{(gradient[0] != 0).any(0).sum()}} of {{gradient[0, 0].numel()}}")
"""
    else:
        body = f"""\
x = torch.zeros({size}, dtype=torch.float64)
x[0, :, {row}, {column}] = 1
with Connections() as connections:
    model(x)
output = connections.outputs[{number}]  # of {name}
print(f"outputs that the pixel reaches: {{(output != 0).sum()}} of {{output.numel()}}")
"""
    connections = CONNECTIONS.format(norms=norms, activations=ACTIVATIONS, reshapes=tuple(sorted(forward.RESHAPES)))
    return page_scripts.whole(
        model, weights, f"Connections in {type(model).__name__}, up to {name}.", f"\n{connections}\n\n{body}"
    )


def sharing(
    model: nn.Module,
    weights: str,
    picture: NDArray[np.uint8],
    layer: Layer,
    source: Layer,
    index: Index,
    by: float,
) -> str:
    """A script that changes one weight and counts the outputs that change, and what each kind of layer costs.

    Args:
        model: as for `page_scripts.forward`.
        weights: as for `page_scripts.forward`.
        picture: as for `page_scripts.forward`.
        layer: the convolution.
        source: the layer that it reads.
        index: of the weight.
        by: what is added to it.
    """
    bias = "bias.numel()" if layer.bias else "0"
    places = "before[0].numel()" if layer.bias else "0"
    return page_scripts.whole(
        model,
        weights,
        f"One weight of {layer.name} is changed.",
        f"""
{page_scripts.pictures(picture[None])}
{RECORD.format(module=_module(layer), what="args[0]")}{_parameters(layer)}
changed = weight.clone()
changed[{", ".join(map(str, index))}] += {by!r}
before = F.conv2d(x, weight, bias{settings(layer, layer.groups)})
after = F.conv2d(x, changed, bias{settings(layer, layer.groups)})
print(f"outputs that have changed: {{(before != after).sum()}} of {{before.numel()}}")
print(f"largest change: {{(after - before).abs().max():.6g}}")
places = before[0, 0].numel()
print(f"convolution: {{weight.numel() + {bias}}} parameters, {{places * weight.numel()}} multiply-adds")
unshared = places * weight.numel()
print(f"locally connected: {{unshared + {places}}} parameters, {{unshared}} multiply-adds")
dense = before[0].numel() * x[0].numel()
print(f"fully connected: {{dense + {places}}} parameters, {{dense}} multiply-adds")
""",
    )


def equivariance(
    model: nn.Module, weights: str, picture: NDArray[np.uint8], layer: Layer, channel: int, experiment: Experiment
) -> str:
    """A script that moves a digit before and after a convolution, and prints the largest difference.

    Args:
        model: as for `page_scripts.forward`.
        weights: as for `page_scripts.forward`.
        picture: as for `page_scripts.forward`.
        layer: the first convolution.
        channel: number of the output channel whose kernel is used.
        experiment: the settings.
    """
    step = experiment.step
    moves = {
        SHIFT: f"x.roll(({experiment.dy} // step, {experiment.dx} // step), (2, 3))",
        ROTATION: f"turn(x, angle={experiment.angle:g})",
        SCALING: f"turn(x, factor={experiment.factor:g})",
    }
    pools = dict(zip(POOLINGS, ("", f"F.max_pool2d(y, {POOL})", f"F.avg_pool2d(y, {POOL})"), strict=True))
    pool = f"\n    y = {pools[experiment.pooling]}" if experiment.pooling != NONE else ""
    mode = "constant" if experiment.padding == "zeros" else experiment.padding
    every = f"""
held = 0
for dy in range(-{FURTHEST}, {FURTHEST + 1}):
    for dx in range(-{FURTHEST}, {FURTHEST + 1}):
        before = conv(x.roll((dy, dx), (2, 3)))
        after = conv(x).roll((dy // {step}, dx // {step}), (2, 3))
        held += torch.equal(before, after)
print(f"shifts with a difference of exactly 0: {{held}} of {(2 * FURTHEST + 1) ** 2}")
"""
    bias = f'model.get_parameter("{layer.bias}").detach()[{channel} : {channel + 1}].double()' if layer.bias else "None"
    return page_scripts.whole(
        model,
        weights,
        f"A digit moved before and after a convolution: {experiment.motion}.",
        f"""
{page_scripts.pictures(picture[None])}
{RECORD.format(module=_module(layer), what="args[0]")}x = x[:, :1].double()
weight = model.get_parameter("{layer.weight}").detach()[{channel} : {channel + 1}, :1].double()
bias = {bias}
high, wide = weight.shape[2:]
around = ((wide - 1) // 2, wide // 2, (high - 1) // 2, high // 2)


def conv(x: Tensor) -> Tensor:
    y = F.conv2d(F.pad(x, around, mode="{mode}"), weight, bias, stride={experiment.stride}){pool}
    return y


{TURN if experiment.motion != SHIFT else ""}

def move(x: Tensor, step: int = 1) -> Tensor:
    return {moves[experiment.motion]}


difference = conv(move(x)) - move(conv(x), step={step})
print(f"largest absolute difference: {{difference.abs().max():.6g}}")
{every if experiment.motion == SHIFT else ""}""",
    )


def settings(layer: Layer, groups: int) -> str:
    """Further arguments of a call of `F.conv2d`, each after a comma: those that aren't the defaults."""
    given = (("stride", layer.stride, 1), ("padding", layer.padding, 0), ("dilation", layer.dilation, 1))
    found = [f", {name}={value}" for name, value, default in given if value != (default, default)]
    return "".join(found) + (f", groups={groups}" if groups > 1 else "")


def _module(layer: Layer) -> str:
    return str(layer.weight).rpartition(".")[0]


def _parameters(layer: Layer) -> str:
    """The lines that take a convolution's parameters out of the model."""
    bias = f'model.get_parameter("{layer.bias}").detach()' if layer.bias else "None"
    return f'weight = model.get_parameter("{layer.weight}").detach()\nbias = {bias}\n'


def _random(inputs: int, seed: int) -> str:
    """The lines that draw the weights of `channel_sums.one_by_one`."""
    return f"""\
generator = torch.Generator().manual_seed({seed})
bound = {inputs}**-0.5
weight = (2 * torch.rand(({NARROW}, {inputs}, 1, 1), generator=generator) - 1) * bound
bias = (2 * torch.rand({NARROW}, generator=generator) - 1) * bound
"""

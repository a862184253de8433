"""Kernels of a part: by name, of the current network, or typed in."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lenet.convolution import kernels
from lenet.networks import weights
from lenet.networks.weights import LayerWeights
from playground.convolution import numbers_text, options
from playground.convolution.bench_input import MOST_CHANNELS, cell_problem
from playground.convolution.numbers_text import CellError
from playground.convolution.options import ImpossibleError, Problems, Values
from playground.session import Network
from playground.text import text

TEXT: Final = text("convolution")
SIDE: Final = 7
"""Largest side of a kernel."""
TRAINED: Final = "trained"
TYPED: Final = "typed"
FIRST: Final = ("sobel-x", "sobel-y", "laplacian", "sharpen")
"""Kernel of each output channel to begin with."""
LINE: Final = re.compile(r"line-(\d{1,3})")
OF_NETWORK: Final = re.compile(r"(.{1,40})\.(\d{1,4})\.(\d{1,4})")


class Trained(NamedTuple):
    """Kernel of the network: its layer, output and input channel."""

    layer: str
    output: int
    input: int


def is_kernels(written: str) -> bool:
    """True for a text that is a kernel for each of at most four output channels, with semicolons in between."""
    entries = written.split(";")
    return len(entries) <= MOST_CHANNELS and all(map(_is_kernel, entries))


OPTIONS: Final = {"kernel": options.words("sobel-x", is_kernels), "b": options.number(0.0, numbers_text.MOST)}


def entry(now: Values) -> str:
    """Text of the kernel of the output channel that is shown."""
    return _entries(now)[_shown(now)]


def preset(written: str) -> str:
    """Name of what a kernel is: one of `kernels.NAMES`, `TRAINED` or `TYPED`."""
    if written in kernels.MAKERS:
        return written
    if LINE.fullmatch(written):
        return kernels.LINE
    return TYPED if ":" in written else TRAINED


def angle(written: str) -> int:
    """Angle of a line in degrees."""
    found = LINE.fullmatch(written)
    return int(found[1]) if found else 45


def trained(written: str) -> Trained:
    """Layer and channels of a kernel of the network."""
    found = OF_NETWORK.fullmatch(written)
    return Trained(found[1], int(found[2]), int(found[3])) if found else Trained("conv1", 0, 0)


def take(changes: Values, now: Values, network: Network) -> tuple[dict[str, Any], Problems]:
    """Changes of options from those of the kernel's controls, and their problems, see `bench_input.take`."""
    made, problems = dict(changes), Problems()
    written = None
    here = entry(now)
    if "preset" in made:
        written = _of_preset(str(made.pop("preset")), network)
    if "angle" in made:
        given = made.pop("angle")
        turned = options.whole(45, 0, 180).read(given)
        if turned is None:
            problems["angle"] = options.whole(45, 0, 180).problem(), ""
        else:
            written = f"{kernels.LINE}-{turned}"
    own = trained(here)
    for name, field in (("from_layer", "layer"), ("from_output", "output"), ("from_input", "input")):
        if name in made:
            own = Trained(str(made.pop(name)), 0, 0) if field == "layer" else own._replace(**{field: made.pop(name)})
            written = ".".join(map(str, own))
    if "weights" in made:
        typed = str(made.pop("weights"))
        try:
            numbers_text.read(typed, (MOST_CHANNELS, SIDE, SIDE))
            written = typed
        except CellError as problem:
            problems["kernel"] = cell_problem(problem, (now["height"], now["width"])), ""
        except ValueError:
            problems["kernel"] = TEXT["problem-value"], ""
    if written is not None and not _is_kernel(written):
        problems["preset"] = TEXT["problem-value"], ""
    elif written is not None:
        entries = _entries(now)
        entries[_shown(now)] = written
        made["kernel"] = ";".join(entries[: now["out"]])
        if preset(written) == TRAINED:
            made |= _size_of(trained(written), network)
    return made, problems


def of(now: Values, network: Network) -> NDArray[np.float32]:
    """Kernels of all output channels, (out, in / groups, height, width).

    Raises:
        ImpossibleError: the network has no such kernel.
    """
    shape = max(1, now["in"] // max(1, now["groups"])), now["height"], now["width"]
    return np.stack([_kernel(written, *shape, network) for written in _entries(now)[: now["out"]]])


def layers(network: Network) -> dict[str, LayerWeights]:
    """Convolutions of a network whose kernels are small enough, by name."""
    found = {layer.name: layer for layer in weights.of(network.model) if layer.weight.ndim == 4}
    return {name: layer for name, layer in found.items() if max(layer.weight.shape[2:]) <= SIDE}


def _shown(now: Values) -> int:
    """Number of the output channel that is seen."""
    return min(now["shown"], now["out"] - 1)


def _entries(now: Values) -> list[str]:
    given = now["kernel"].split(";")
    return [*given, *FIRST[len(given) :]]


def _is_kernel(written: str) -> bool:
    if ":" in written:
        try:
            numbers_text.read(written, (MOST_CHANNELS, SIDE, SIDE))
        except ValueError:
            return False
        return True
    line = LINE.fullmatch(written)
    if line:
        return int(line[1]) <= 180
    return written in kernels.MAKERS or OF_NETWORK.fullmatch(written) is not None


def _of_preset(name: str, network: Network) -> str | None:
    if name == TRAINED:
        first = next(iter(layers(network)), None)
        return f"{first}.0.0" if first else None
    if name == kernels.LINE:
        return f"{kernels.LINE}-45"
    return name if name in kernels.MAKERS else None


def _size_of(own: Trained, network: Network) -> dict[str, Any]:
    """Size and bias of a kernel of the network, for the options."""
    layer = layers(network).get(own.layer)
    if layer is None:
        return {}
    height, width = layer.weight.shape[2:]
    bias = {"b": float(layer.bias[own.output]), "bias": True} if 0 <= own.output < layer.bias.size else {}
    return {"height": height, "width": width, **bias}


def _kernel(written: str, count: int, height: int, width: int, network: Network) -> NDArray[np.float32]:
    """Kernel (count, height, width) of a text."""
    kind = preset(written)
    if kind == TYPED:
        found = numbers_text.read(written, (MOST_CHANNELS, SIDE, SIDE))
    elif kind == TRAINED:
        found = _weight(written, network)
    else:
        found = kernels.make(kind, height, width, angle(written))[None]
    return np.stack([kernels.fit(found[place % len(found)], height, width) for place in range(count)])


def _weight(written: str, network: Network) -> NDArray[np.float32]:
    """Kernels of one output channel of the network, from the named input channel on."""
    own, found = trained(written), layers(network)
    sizes = found[own.layer].weight.shape if own.layer in found else (0, 0)
    if not (own.output < sizes[0] and own.input < sizes[1]):
        raise ImpossibleError("preset", TEXT["problem-kernel"].format(kernel=written, network=network.title))
    return np.roll(found[own.layer].weight[own.output], -own.input, axis=0)

"""Checks of a network that is none of the project's: the form of its input, and whether it is a classifier."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn

from lenet.errors import InputError
from lenet.networks import forward
from lenet.networks.form import Form, of_shape
from lenet.networks.forward import Layer
from lenet.networks.own import said

SIDES: Final = (28, 32, 64, 96, 128, 224, 299)
"""Sides in pixels that are tried where a network doesn't say the size of its input."""
COLOUR_SIDES: Final = (32, 64, 96, 128, 224, 299, 28)
"""Likewise, with several channels."""
CHANNELS: Final = (1, 3)
TRIED: Final = 2
"""Inputs in the batch with which a network is tried: one alone would not show a network that takes no others."""
WHOLE_NUMBERS: Final = frozenset({torch.quint8, torch.qint8, torch.qint32, torch.int8, torch.uint8})


class Found(NamedTuple):
    """Result of a check.

    Attributes:
        form: of the input.
        classes: number of logits.
        differentiable: whether a gradient flows from the logits to the parameters.
    """

    form: Form
    classes: int
    differentiable: bool


class PartialError(InputError):
    """A network raises in its forward pass.

    Args:
        key: as for `InputError`.
        layers: those whose output was computed before.
        values: as for `InputError`.
    """

    def __init__(self, key: str, layers: Sequence[Layer], **values: object) -> None:
        self.layers = tuple(layers)
        super().__init__(key, **values)


def unwrapped(model: nn.Module) -> nn.Module:
    """The module inside the wrappers of `torch.compile`, DataParallel and DistributedDataParallel."""
    while True:
        inner = getattr(model, "_orig_mod", None)
        if inner is None and isinstance(model, nn.DataParallel | nn.parallel.DistributedDataParallel):
            inner = model.module
        if not isinstance(inner, nn.Module):
            return model
        model = inner


def parameters(name: str, model: nn.Module) -> None:
    """Check the parameters of a network.

    Raises:
        InputError: they are lazy, quantized, or have no numbers.
    """
    for place, parameter in (*model.named_parameters(), *model.named_buffers()):
        if nn.parameter.is_lazy(parameter):
            raise InputError("own-lazy", name=name, parameter=place)
        if parameter.device.type == "meta":
            raise InputError("own-meta", name=name, parameter=place)
    for place, module in model.named_modules():
        # Quantized layers keep their weights packed, where they are no parameters.
        quantized = type(module).__module__.startswith(("torch.ao.nn.quantized", "torch.nn.quantized"))
        weight = getattr(module, "weight", None) if isinstance(module, nn.Conv2d | nn.Linear) else None
        if quantized or (isinstance(weight, Tensor) and weight.dtype in WHOLE_NUMBERS):
            raise InputError("own-quantized", name=name, layer=place or type(module).__name__)


def check(name: str, model: nn.Module, asked: Form | None = None) -> Found:
    """Find the form of a network's input and check what comes out.

    Args:
        name: of the network.
        model: on the CPU, in float32; left in evaluation mode.
        asked: form of the input where it is known.

    Raises:
        InputError: the network takes no input that was tried, or gives something else than (N, classes).
    """
    model.eval()
    tried: list[str] = []
    problem: InputError | None = None
    for form in (asked,) if asked else _candidates(model):
        tried.append(form.text)
        try:
            classes, differentiable = _try(name, model, form)
        except PartialError as error:
            if problem is None or len(error.layers) > len(getattr(problem, "layers", ())):
                problem = error
        else:
            return Found(form, classes, differentiable)
    if len(tried) == 1 and problem is not None:
        raise problem
    farthest = problem.values if problem else {}
    facts = {key: farthest.get(key, "") for key in ("shape", "reason", "last")}
    raise PartialError("own-input", getattr(problem, "layers", ()), name=name, tried=", ".join(tried), **facts)


def _try(name: str, model: nn.Module, form: Form) -> tuple[int, bool]:
    """Number of logits for inputs of this form, and whether they have a gradient."""
    x = torch.zeros(TRIED, *form.shape)
    watch = _Layers(*forward.tensor_names(model), x)
    with torch.random.fork_rng(devices=[]):
        try:
            with torch.enable_grad(), watch:
                output: Any = model(x)
        except Exception as error:
            if any(word in str(error) for word in ("CUDA", "cuda", "NVIDIA")):
                raise InputError("own-gpu", name=name, reason=said(error)) from None
            raise PartialError(
                "own-forward", watch.layers, name=name, shape=_shape(x), reason=said(error), last=_last(watch.layers)
            ) from None
    if not isinstance(output, Tensor):
        raise InputError("own-output", name=name, found=_described(output))
    if output.dim() != 2 or len(output) != TRIED or output.shape[1] < 2 or not output.is_floating_point():
        raise InputError("own-classes", name=name, shape=_shape(x), found=f"{_shape(output)} {_dtype(output)}")
    return int(output.shape[1]), output.requires_grad


class _Layers(forward.Watch):
    """Lists the layers of a pass, also of one that ends early."""


def _candidates(model: nn.Module) -> Iterator[Form]:
    """Forms of the input that a network may take, the likeliest first."""
    said = _attribute(model)
    if isinstance(said, Form):
        yield said
        return
    first = next((m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)), None)
    own = getattr(model, "in_channels", None)
    if type(own) is int and own > 0:
        channels = [own]
    elif isinstance(first, nn.Conv2d):
        channels = [first.in_channels]
    elif isinstance(first, nn.Linear):
        # It reads a flat picture.
        for count in CHANNELS:
            side = math.isqrt(first.in_features // count)
            if first.in_features == count * side * side and side and not said:
                yield Form(count, side, side)
        channels = list(CHANNELS)
    else:
        channels = list(CHANNELS)
    for count in channels:
        for side in (said,) if said else SIDES if count == 1 else COLOUR_SIDES:
            yield Form(count, side, side)


def _attribute(model: nn.Module) -> Form | int | None:
    """Form, or the side alone, that a network says itself."""
    for name in ("input_shape", "input_size", "image_size", "img_size"):
        value = getattr(model, name, None)
        if type(value) is int and value > 0:
            return value
        if isinstance(value, tuple | list) and all(type(number) is int for number in value):
            shape = list(value)[-3:]
            if len(shape) == 2 and shape[0] == shape[1]:
                return int(shape[0])
            if (found := of_shape(shape)) is not None:
                return found
    return None


def _last(layers: Sequence[Layer]) -> str:
    """Name and output of the last layer."""
    return f"{layers[-1].name} ({'×'.join(map(str, layers[-1].shape))})"


def _described(output: object) -> str:
    """Type of a result that is no tensor, with what is in it."""
    if isinstance(output, dict):
        return f"a {type(output).__name__} with the keys {', '.join(map(repr, list(output)[:6]))}"
    if isinstance(output, tuple | list):
        parts = ", ".join(_shape(one) if isinstance(one, Tensor) else type(one).__name__ for one in output[:6])
        return f"a {type(output).__name__} of {len(output)} ({parts})"
    return f"a {type(output).__name__}"


def _shape(tensor: Tensor) -> str:
    return f"({', '.join(map(str, tensor.shape))}{',' if tensor.dim() == 1 else ''})"


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")

"""Picture of a network from input to softmax, with a worked example for any of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lenet.explain import contributions
from lenet.explain import overview as overviews
from lenet.explain.contribution_table import Numbers
from lenet.explain.overview import Overview
from lenet.networks import kinds, layer_facts, weights
from lenet.networks.ablation import Channel
from lenet.networks.forward import Layer, Pass
from playground.components import mount
from playground.components.browser_values import sent, take_pick, taken
from playground.components.network_view.edges import NOTHING, packed
from playground.components.network_view.step_data import RecordedStep, packed_step
from playground.palette import Scale
from playground.text import text

NUMBER_WORDS: Final = text("number_words")

Gradients = Mapping[str, NDArray[np.float32] | None]

_mount = mount.component("network_view")


@dataclass(frozen=True)
class Unit:
    """One map of a layer or one unit of a vector, whose detail the visitor has opened.

    Attributes:
        layer: name of the layer.
        channel: index of the channel or unit, counted from 0.
    """

    layer: str
    channel: int


def network_view(
    *,
    key: str,
    layers: Sequence[Layer],
    passed: Pass | None,
    revision: int,
    numbers: Numbers,
    ticket: str | None = None,
    gradients: Gradients | None = None,
    follow: str | None = None,
    marked: str | None = None,
    spare: int | None = None,
    off: Mapping[str, Sequence[int]] | None = None,
    group: str | None = None,
    step: RecordedStep | None = None,
    overview: Overview | None = None,
    names: Sequence[str] = (),
) -> Unit | None:
    """Show a network: every layer's output, or the outputs and gradients computed so far at a stop of an iteration.

    Args:
        key: key of the component.
        layers: layers of the network.
        passed: forward pass of one digit, None if the pad is empty.
        revision: number of the drawing that `passed` belongs to.
        numbers: returns a parameter or buffer of the network by its name.
        ticket: classifier whose newer values may arrive over the fast path, see `playground.draw.fast_path`.
        gradients: gradient of the loss with respect to each layer's output, for the digit of `passed`, float32 in the
            layer's shape, by the layer's name; None for a layer whose gradient is never computed.
        follow: channel of the `step_view` that publishes, stop by stop, what has been computed; nothing is shown
            until its first stop. None to show every output and no gradient.
        marked: name of a layer to highlight.
        spare: pixels of the window's height to leave free under the picture, which fills the rest if it is wide
            enough for columns; None for the smallest height.
        off: channels of each layer that are switched off; None if channels can't be switched. See `picked_switch`.
        group: common name of pictures of the same layers that share their colour scales on a page; None for none.
        step: the recorded step that the `step_view` plays, None if there is none.
        overview: of which `layers` and `passed` are; None if they are whole.
        names: of the classes; empty if they have none but their numbers.

    Returns:
        The unit whose detail is open: the last one that the visitor clicked.
    """
    opened = opened_unit(key, layers)
    data = network_data(
        layers=layers,
        passed=passed,
        revision=revision,
        numbers=numbers,
        ticket=ticket,
        gradients=gradients,
        follow=follow,
        marked=marked,
        spare=spare,
        off=off,
        group=group,
        step=step,
        overview=overview,
        names=names,
    )
    graded = bool(data["graded"])
    own = {**unit_data(opened, layers, numbers, graded=graded, step=step), "taken": taken(key)}
    _mount(data={**data, **own}, key=key, on_picked_change=mount.keep)
    return opened


def network_data(
    *,
    layers: Sequence[Layer],
    passed: Pass | None,
    revision: int,
    numbers: Numbers,
    ticket: str | None = None,
    gradients: Gradients | None = None,
    follow: str | None = None,
    marked: str | None = None,
    spare: int | None = None,
    off: Mapping[str, Sequence[int]] | None = None,
    group: str | None = None,
    step: RecordedStep | None = None,
    overview: Overview | None = None,
    names: Sequence[str] = (),
) -> dict[str, object]:
    """The component's data without those of `unit_data`, see `NetworkData` in network_view.js.

    Arguments as in `network_view`.
    """
    graded = [(layer.name, values) for layer in layers if (values := (gradients or {}).get(layer.name)) is not None]
    return {
        "ticket": ticket,
        "layers": [
            one | _part(one, overview, names)
            for one in _describe(tuple(layers), passed is None or _is_ink(passed.outputs[layers[0].name]))
        ],
        "graded": [name for name, _ in graded],
        "gradients": b"".join(_bytes(values) for _, values in graded),
        "follow": follow,
        "marked": marked,
        "spare": spare,
        "off": None if off is None else {name: list(channels) for name, channels in off.items()},
        "group": group,
        "taken": 0,
        **changing(passed, revision, numbers, overview is not None),
        **packed(_backward(passed, gradients, numbers), "backward"),
        **packed_step(step, _values(step.passed) if step and step.passed else b""),
    }


def unit_data(
    unit: Unit | None,
    layers: Sequence[Layer],
    numbers: Numbers,
    *,
    graded: bool,
    step: RecordedStep | None = None,
) -> dict[str, object]:
    """Part of the component's data about the opened unit.

    Args:
        unit: the opened unit, one of `layers`, or None.
        layers: of the network.
        numbers: returns a parameter or buffer of the network by its name.
        graded: True if gradients are shown.
        step: as in `network_view`.
    """
    return {
        "opened": unit and {"layer": unit.layer, "channel": unit.channel},
        **learned(unit, layers, numbers),
        "facts": unit and _facts(unit.layer, tuple(layers), NUMBER_WORDS["thousands"]),
        "onward": _onward(unit, layers, numbers) if unit and graded else b"",
        **{f"after_{name}": part for name, part in _learned_after(unit, layers, step).items()},
    }


def picked_switch(key: str, counts: Mapping[str, int]) -> tuple[Channel, bool] | None:
    """Return the channel that the visitor has switched since the last call and whether it is on now, or None.

    Call this before `network_view`.

    Args:
        key: key of the component.
        counts: number of channels of each layer that can be switched.
    """
    picked = take_pick(key)
    layer, channel, on = (picked.get(name) for name in ("layer", "channel", "on"))
    if not isinstance(layer, str) or type(channel) is not int or type(on) is not bool:
        return None
    return (Channel(layer, channel), on) if 0 <= channel < counts.get(layer, 0) else None


def changing(passed: Pass | None, revision: int, numbers: Numbers | None, part: bool = False) -> dict[str, object]:
    """Part of the component's data that changes with the drawing.

    Args:
        passed: as in `network_view`.
        revision: likewise.
        numbers: likewise; None to leave the edges as they are.
        part: True if `passed` is part of an overview, which has no edges.
    """
    edges = contributions.forward(passed, numbers) if passed and numbers and not part else NOTHING
    return {
        **(packed(edges, "forward") if numbers or not passed else {}),
        "revision": revision,
        "values": _values(passed, part) if passed else b"",
        "probabilities": _bytes(passed.probabilities) if passed and kinds.SOFTMAX in passed.outputs else b"",
    }


def learned(unit: Unit | None, layers: Sequence[Layer], numbers: Numbers) -> dict[str, object]:
    """Part of the component's data that changes with the network's weights; arguments as in `network_view`.

    Args:
        unit: the opened unit, one of `layers`, or None.
        layers: of the network.
        numbers: returns a parameter or buffer of the network by its name.
    """
    if unit is None:
        return {"kernel": b"", "bias": b""}
    layer = next(layer for layer in layers if layer.name == unit.layer)
    kernel, bias = weights.numbers_of_unit(layer, numbers, unit.channel)
    return {"kernel": _bytes(kernel), "bias": _bytes(bias)}


def opened_unit(key: str, layers: Sequence[Layer]) -> Unit | None:
    """Unit whose detail is open in the component with this key; None if there is none or `layers` doesn't have it."""
    unit = sent(key, "opened")
    channel = unit.get("channel")
    layer = next((layer for layer in layers if layer.name == unit.get("layer")), None)
    return Unit(layer.name, channel) if layer and type(channel) is int and 0 <= channel < layer.shape[0] else None


def _learned_after(unit: Unit | None, layers: Sequence[Layer], step: RecordedStep | None) -> dict[str, object]:
    return learned(unit if step and step.passed else None, layers, step.numbers if step else lambda _: None)


def _backward(passed: Pass | None, gradients: Gradients | None, numbers: Numbers) -> contributions.Contributions:
    return contributions.backward(passed, gradients, numbers) if passed and gradients else NOTHING


@lru_cache(maxsize=64)
def _facts(name: str, layers: tuple[Layer, ...], thousands: str) -> dict[str, str | None]:
    """Calculations of a layer's number of parameters and output size, as text."""
    by_name = {layer.name: layer for layer in layers}
    layer = by_name[name]
    source = by_name.get(layer.sources[0]) if layer.sources else None
    return layer_facts.facts(layer, source, thousands)._asdict()


def _onward(unit: Unit, layers: Sequence[Layer], numbers: Numbers) -> bytes:
    """Weights with which the next layer reads a unit, and through which the gradient flows back to it.

    Returns:
        (outputs, height, width) of a convolution, for the outputs of the unit's group; (outputs, the unit's values) of
        a linear layer; those of the reader's unit of the same number where it reads this unit alone; nothing where it
        isn't just one layer with weights that reads the unit.
    """
    layer = next(layer for layer in layers if layer.name == unit.layer)
    readers = [reader for reader in layers if unit.layer in reader.sources]
    kind = kinds.of(readers[0]) if len(readers) == 1 else None
    if kind is None or not (readers[0].weight or readers[0].buffers or kinds.in_training(readers[0])):
        return b""
    (reader,) = readers
    if not kind.mixes:
        return (
            _bytes(weights.numbers_of_unit(reader, numbers, unit.channel)[0])
            if reader.shape[0] == layer.shape[0]
            else b""
        )
    group, part = divmod(unit.channel, layer.shape[0] // reader.groups)
    count = reader.shape[0] // reader.groups
    parts = layer.shape[0] // reader.groups
    rows = (weights.numbers_of_unit(reader, numbers, output)[0] for output in range(group * count, (group + 1) * count))
    return b"".join(_bytes(row.reshape(parts, -1)[part]) for row in rows)


def _values(passed: Pass, part: bool = False) -> bytes:
    """Values that the browser can't copy from other layers (as for ReLU, max-pooling), float32 little-endian."""
    return b"".join(_bytes(passed.outputs[layer.name]) for layer in passed.layers if part or not kinds.is_copied(layer))


def _part(described: Mapping[str, object], overview: Overview | None, names: Sequence[str]) -> dict[str, object]:
    """Numbers, labels, whole shape and step between two cells of what is shown of a layer."""
    name = str(described["name"])
    found: dict[str, object] = {}
    if overview is not None:
        (layer,) = (layer for layer in overview.passed.layers if layer.name == name)
        numbers, whole, step = overview.parts[name]
        found = {
            "numbers": numbers.tolist(),
            "whole": whole,
            "step": step,
            "explained": False,
            "sent": True,
            "switchable": False,
            "mixes": overviews.mixes(overview, layer),
        }
    if names and described["bars"]:
        indices = overview.parts[name].numbers.tolist() if overview else range(len(names))
        found["labels"] = [names[index] for index in indices]
    return found


def _bytes(values: NDArray[np.float32]) -> bytes:
    return values.astype("<f4", copy=False).tobytes()


@lru_cache(maxsize=32)
def _describe(layers: tuple[Layer, ...], ink: bool = True) -> list[dict[str, object]]:
    """Layers as JSON values, see `Described` in network.js."""
    scales: dict[str, Scale] = {}
    described: list[dict[str, object]] = []
    for layer in layers:
        kind = kinds.of(layer)
        scales[layer.name] = _scale(layer, scales, ink)
        described.append(
            {
                "name": layer.name,
                "kind": layer.kind,
                "shape": layer.shape,
                "sources": layer.sources,
                "kernel": layer.kernel,
                "stride": layer.stride,
                "padding": layer.padding,
                "dilation": layer.dilation,
                "groups": layer.groups,
                "settings": dict(layer.settings),
                "mixes": kind is not None and kind.mixes,
                "switchable": kind is not None and kind.module is not None,
                "keeps_zero": kind is not None and kind.keeps_zero,
                "bars": layer.name == kinds.SOFTMAX,
                "sent": not kinds.is_copied(layer),
                "scale": scales[layer.name],
            }
        )
    return described


def _is_ink(values: NDArray[np.float32]) -> bool:
    """True if all values are from 0 (paper) to 1 (full ink), as in a picture; random noise has both signs."""
    return bool(((values >= 0) & (values <= 1)).all())


def _scale(layer: Layer, scales: Mapping[str, Scale], ink: bool) -> Scale:
    """Colour scale for a layer's values: `ink`, `sequential` (from zero up) or `diverging` (both signs)."""
    if layer.kind == kinds.INPUT:
        return "ink" if ink else "diverging"
    kind = kinds.of(layer)
    if kind is not None and kind.scale == "source":
        return scales.get(layer.sources[0], "diverging")
    return "sequential" if kind is not None and kind.scale == "unsigned" else "diverging"

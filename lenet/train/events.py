"""Events of a training, in the order in which they happen, and their JSON."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Final

from lenet.errors import InputError
from lenet.json_values import plain


@dataclass(frozen=True)
class Event:
    """Event of a training. Each kind has these attributes.

    Attributes:
        step: steps done.
        seconds: of training alone since the first step: no evaluation, watching or saving is counted.
    """

    kind: ClassVar[str]
    step: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The event as JSON values, with its kind as `event`."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {"event": self.kind, **{name: plain(_unpacked(value)) for name, value in values.items()}}


@dataclass(frozen=True)
class Started(Event):
    """Begin of the training, or of going on with it in a new process; `step` says from where.

    Attributes:
        steps: that the training has in all, if it doesn't stop early.
        per_epoch: steps of an epoch.
        parameters: of the network.
    """

    kind = "started"
    steps: int
    per_epoch: int
    parameters: int


@dataclass(frozen=True)
class Step(Event):
    """One step is done.

    Attributes:
        epoch: that it belongs to, from 1.
        loss: of its batch, before the update.
        lr: learning rate.
        accuracy: share of its batch that was right before the update, 0..1.
        digest: SHA-256 of all gradients and all updated parameters, in the order of the parameters; "" but after a
            checkpoint, for the step that follows it.
    """

    kind = "step"
    epoch: int
    loss: float
    lr: float
    accuracy: float
    digest: str = ""


@dataclass(frozen=True)
class Evaluation(Event):
    """Measurement on digits that are not trained on.

    Attributes:
        data: name of the digits: `held-out`.
        n: number of digits.
        loss: mean over them.
        accuracy: share that was right, 0..1.
    """

    kind = "evaluation"
    data: str
    n: int
    loss: float
    accuracy: float


@dataclass(frozen=True)
class LayerWatch:
    """Numbers of a layer with parameters.

    Attributes:
        name: of the layer.
        gradient: norm of the gradient of all its parameters in this step; None before the first.
        update: norm of their change by this step; None before the first.
        weight: norm of the parameters.
        dead: share of the units (channels or neurons) of the ReLU that reads the layer which are 0 for each watched
            digit, 0..1; None where no ReLU does.
    """

    name: str
    gradient: float | None
    update: float | None
    weight: float
    dead: float | None


@dataclass(frozen=True)
class Kernels:
    """Kernels of the first convolution.

    Attributes:
        name: of the layer.
        shape: outputs, inputs, height, width.
        values: all weights in this order, rounded to float32's first 6 digits.
    """

    name: str
    shape: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Watch(Event):
    """View into the network. It is not kept in the run's folder.

    Attributes:
        digits: number of held-out digits that `LayerWatch.dead` is of.
        layers: those with parameters, in the order of the network.
        kernels: None where there is no convolution.
        probabilities: of the ten classes for the visitor's digit, None without one.
    """

    kind = "watch"
    digits: int
    layers: tuple[LayerWatch, ...]
    kernels: Kernels | None
    probabilities: tuple[float, ...] | None


@dataclass(frozen=True)
class Checkpoint(Event):
    """State of network and optimizer was kept; `folder` is the name of the checkpoint's folder in the run's."""

    kind = "checkpoint"
    folder: str


@dataclass(frozen=True)
class Epoch(Event):
    """Last step of an epoch is done.

    Attributes:
        epoch: its number, from 1.
        loss: mean over its steps that this process took.
    """

    kind = "epoch"
    epoch: int
    loss: float


@dataclass(frozen=True)
class Paused(Event):
    """Training waits."""

    kind = "paused"


@dataclass(frozen=True)
class Resumed(Event):
    """Training goes on after a pause."""

    kind = "resumed"


@dataclass(frozen=True)
class Finished(Event):
    """Training has ended as it should.

    Attributes:
        reason: one of `REASONS`.
    """

    kind = "finished"
    reason: str


@dataclass(frozen=True)
class Failed(Event):
    """Training had to end.

    Attributes:
        key: of a message in `lenet.messages`.
        values: for its placeholders: texts and numbers.
    """

    kind = "failed"
    key: str
    values: Mapping[str, Any]


ALL_STEPS: Final = "all-steps"
MAX_STEPS: Final = "max-steps"
REACHED: Final = "accuracy-reached"
STOPPED: Final = "stopped"
REASONS: Final = (ALL_STEPS, MAX_STEPS, REACHED, STOPPED)
"""Reasons of an end: all epochs are done; `max_steps` are; `stop_at` is reached; somebody stopped it."""

KINDS: Final[Mapping[str, type[Event]]] = {
    one.kind: one for one in (Started, Step, Evaluation, Watch, Checkpoint, Epoch, Paused, Resumed, Finished, Failed)
}
"""The events by their kinds."""


PLAIN: Final = (int, float, str)
"""Types of the values of a failure."""


def from_json(content: object) -> Event:
    """The event of `to_json`.

    Raises:
        InputError: the content is something else.
    """
    event = KINDS.get(str(content.get("event"))) if isinstance(content, Mapping) else None
    if event is None or not isinstance(content, Mapping):
        raise InputError("event-unreadable")
    found: Event = _packed(event, {name: value for name, value in content.items() if name != "event"})
    return found


def _unpacked(value: Any) -> Any:
    """Dataclasses as mappings, at any depth."""
    if isinstance(value, LayerWatch | Kernels):
        return {name: _unpacked(item) for name, item in vars(value).items()}
    return [_unpacked(item) for item in value] if isinstance(value, tuple) else value


def _packed(kind: Any, value: object) -> Any:
    """Value of a type, from JSON.

    Raises:
        InputError: it has another type.
    """
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        return None if value is None else _packed(inner[0], value)
    if origin is tuple and isinstance(value, list):
        return tuple(_packed(inner[0], item) for item in value)
    if (
        isinstance(kind, type)
        and origin is None
        and issubclass(kind, Event | LayerWatch | Kernels)
        and isinstance(value, Mapping)
    ):
        hints = _hints(kind)  # type: ignore[arg-type]
        if hints.keys() == value.keys():
            return kind(**{name: _packed(hint, value[name]) for name, hint in hints.items()})
    if kind is float:
        number = float(value) if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity") else value
        if type(number) is float or (type(number) is int and abs(number) < 2**53):
            return float(number)
    if kind in (int, str) and type(value) is kind:
        return value
    if origin is Mapping and isinstance(value, dict) and all(type(item) in PLAIN for item in value.values()):
        return value
    raise InputError("event-unreadable")


@functools.cache
def _hints(kind: Any) -> Mapping[str, Any]:
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}

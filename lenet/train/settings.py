"""Settings of a training: one value that decides all its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final

from torch import nn, optim

from lenet.digits.mnist import CLASSES
from lenet.errors import InputError
from lenet.networks import checkpoint, models, own
from lenet.record import losses, optimizers, query_text
from lenet.record.experiment import FILE, RANDOM, SEEDS, SHIPPED, Weights
from lenet.record.losses import LOSSES, Loss
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.targets import LABEL
from lenet.train.schedule import SCHEDULES

TRAINING_DIGITS: Final = 60_000
"""Number of MNIST's training digits."""

LARGEST_SEED: Final = 2**63 - 1

RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "batch": (1, 4096),
    "epochs": (1, 1000),
    "digits": (1, TRAINING_DIGITS),
    "hold_out": (0, TRAINING_DIGITS - 1),
    "handwriting": (0, 100_000),
    "handwritten": (0, 4096),
    "own": (0, 4096),
    "seed": (0, LARGEST_SEED),
    "threads": (1, 256),
    "max_steps": (1, 10_000_000),
}
"""Smallest and largest value of each whole number."""


@dataclass(frozen=True)
class Training:
    """Settings of a training. Two runs with the same settings, device and drawings have the same numbers, bit for bit.

    Attributes:
        network: name, as for `models.build`.
        weights: of the network before the first step.
        loss: key of one of `losses.LOSSES` that can compare with the label.
        optimizer: key of one of `optimizers.OPTIMIZERS`.
        lr: highest learning rate.
        schedule: key of one of `schedule.SCHEDULES`, the way of the learning rate from step to step.
        weight_decay: of the optimizer; None for its own default.
        batch: MNIST digits per step.
        epochs: passes over the digits.
        digits: number of training digits, the first ones of MNIST's.
        hold_out: number of training digits, the last ones of MNIST's, that are held out to measure on.
        augment: whether each step gets random variants of its digits.
        handwriting: number of synthetic digits, drawn before the first step; 0 for none.
        handwritten: synthetic digits per step, beside those of MNIST.
        own: drawings of the visitor's per step, beside those of MNIST.
        drawings: SHA-256 of the file with these drawings, "" for none; never part of an address.
        smoothing: share of the target that all classes have in common, in (0, 1); 0 for the loss as it is. A recipe's
            setting, which no page shows and a recorded iteration doesn't have; likewise the next one.
        bfloat16: whether the forward pass multiplies in bfloat16, with float32 weights.
        seed: of the order of the digits, of their variants and of dropout.
        device: `cpu`, `cuda`, `cuda:1`, `mps`.
        threads: of PyTorch on the CPU; the order of a sum, and so its last bits, depend on them.
        max_steps: number of steps after which the training ends, None for all epochs; the schedule is that of all.
        stop_at: accuracy on the held-out digits, 0..1, at which the training ends; None for never.
    """

    network: str = next(iter(models.MODELS))
    weights: Weights = field(default_factory=lambda: Weights(RANDOM))
    loss: str = next(iter(LOSSES))
    optimizer: str = "AdamW"
    lr: float = 4e-3
    schedule: str = "one_cycle"
    weight_decay: float | None = None
    batch: int = 128
    epochs: int = 2
    digits: int = 55_000
    hold_out: int = 5_000
    augment: bool = False
    handwriting: int = 0
    handwritten: int = 0
    own: int = 0
    drawings: str = ""
    smoothing: float = 0.0
    bfloat16: bool = False
    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    max_steps: int | None = None
    stop_at: float | None = None

    def __post_init__(self) -> None:
        """Check the values; `device` is checked where the training starts, because devices differ from day to day.

        Raises:
            InputError: a value is not possible; the message names the setting.
        """
        models.check(self.network)
        given = own.find(self.network)
        if given is not None and given.classes < CLASSES:
            raise InputError("own-digits", name=self.network, classes=given.classes)
        _among("loss", self.loss, TRAINABLE)
        _among("optimizer", self.optimizer, OPTIMIZERS)
        _among("schedule", self.schedule, SCHEDULES)
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not (name == "max_steps" and value is None) and not (_is_whole(value) and low <= value <= high):
                raise InputError("training-whole", name=name, value=value, low=low, high=high)
        if not (_is_number(self.lr) and 0 <= self.lr <= query_text.LAST_RATE):
            raise InputError("training-number", name="lr", value=self.lr, low=0, high=f"{query_text.LAST_RATE:g}")
        if self.weight_decay is not None and not (_is_number(self.weight_decay) and 0 <= self.weight_decay <= 1):
            raise InputError("training-number", name="weight_decay", value=self.weight_decay, low=0, high=1)
        if not (_is_number(self.smoothing) and 0 <= self.smoothing < 1):
            raise InputError("training-number", name="smoothing", value=self.smoothing, low=0, high=1)
        if self.stop_at is not None and not (_is_number(self.stop_at) and 0 < self.stop_at <= 1):
            raise InputError("training-number", name="stop_at", value=self.stop_at, low=0, high=1)
        for name in ("augment", "bfloat16"):
            if type(getattr(self, name)) is not bool:
                raise InputError("training-flag", name=name, value=getattr(self, name))
        if not isinstance(self.device, str) or not isinstance(self.drawings, str):
            raise InputError("training-text", name="device" if isinstance(self.drawings, str) else "drawings")
        if self.digits + self.hold_out > TRAINING_DIGITS:
            raise InputError("training-digits", digits=self.digits, hold_out=self.hold_out, most=TRAINING_DIGITS)
        if self.stop_at is not None and not self.hold_out:
            raise InputError("training-stop")
        if self.handwritten and not self.handwriting:
            raise InputError("training-handwriting")
        if self.own and not self.drawings:
            raise InputError("training-drawings")

    @property
    def per_epoch(self) -> int:
        """Steps of an epoch; the last has the digits that are left."""
        return -(-self.digits // self.batch)

    @property
    def scheduled(self) -> int:
        """Steps of all epochs, over which the learning rate is laid out."""
        return self.epochs * self.per_epoch

    @property
    def steps(self) -> int:
        """Steps of the training, if it doesn't stop early."""
        return min(self.scheduled, self.max_steps or self.scheduled)

    @property
    def criterion(self) -> Loss:
        """The loss."""
        return losses.smoothed(self.smoothing) if self.smoothing else losses.find(self.loss)

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 1."""
        return SCHEDULES[self.schedule](step - 1, self.scheduled, self.lr)

    def model(self) -> nn.Module:
        """A new network with the weights before the first step, on the CPU.

        Raises:
            InputError: the weights are missing, broken or don't fit.
        """
        if self.weights.source == RANDOM:
            return models.build(self.network, self.weights.seed)
        return checkpoint.load(self.network, self.weights.file if self.weights.source == FILE else None)

    def make_optimizer(self, model: nn.Module) -> optim.Optimizer:
        """PyTorch's optimizer of the network's parameters."""
        made = optimizers.find(self.optimizer, self.weight_decay).make(model.parameters(), self.lr)
        if made is None:
            raise InputError("training-parameters", name=self.network)
        return made

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON values, by their names."""
        return asdict(self)

    @staticmethod
    def from_json(content: object) -> Training:
        """The settings of `to_json`; none may be missing, and there may be no others.

        Raises:
            InputError: the content is something else, or a value is not possible.
        """
        names = {one.name for one in fields(Training)}
        if not isinstance(content, Mapping) or set(content) != names:
            raise InputError("training-settings")
        start = content["weights"]
        if not isinstance(start, Mapping) or set(start) != {one.name for one in fields(Weights)}:
            raise InputError("training-settings")
        for name in ("network", "loss", "optimizer", "schedule"):
            if not isinstance(content[name], str):
                raise InputError("training-settings")
        numbers = {name: float(content[name]) for name in FLOATS if type(content[name]) is int}
        try:
            return Training(**{**content, **numbers, "weights": _weights(start)})
        except (TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("training-settings") from None

    def to_query(self) -> dict[str, str]:
        """Names and texts of an address, of the settings that are not the defaults.

        The seed of the first weights is `weights_seed`. Weights of a file and drawings are never part of it.
        """
        defaults, values = _flat(Training()), _flat(self)
        if self.weights.source != RANDOM:
            values["weights_seed"] = defaults["weights_seed"]
        return {
            name: _write(values[name])
            for name in READERS
            if values[name] != defaults[name] and not (name == "weights" and values[name] == FILE)
        }

    @staticmethod
    def from_query(query: Mapping[str, str]) -> tuple[Training, tuple[str, ...]]:
        """The settings that an address asks for, with the defaults for what it doesn't say or says wrongly.

        Args:
            query: the address's names and texts, not trusted.

        Returns:
            The settings, and the address's names whose texts can't be read or don't go with the others.
        """
        values: dict[str, Any] = {}
        refused = []
        for name, read in READERS.items():
            if name in query:
                value = read(query[name])
                if value is None:
                    refused.append(name)
                else:
                    values[name] = value[0]
        try:
            return _unflat(values), tuple(refused)
        except InputError:
            # Each can be read, and they don't go together: take one by one those that do.
            good: dict[str, Any] = {}
            for name in sorted(values, key=lambda name: name not in FIRST):
                try:
                    _unflat(good | {name: values[name]})
                except InputError:
                    refused.append(name)
                else:
                    good[name] = values[name]
            return _unflat(good), tuple(refused)


TRAINABLE: Final = tuple(key for key, loss in LOSSES.items() if LABEL in loss.targets)
"""Keys of the losses that can compare with the label."""

FLOATS: Final = ("lr", "weight_decay", "smoothing", "stop_at")
FIRST: Final = ("hold_out", "handwriting")
"""Settings that others need to be possible."""


def _weights(start: Mapping[str, Any]) -> Weights:
    if not isinstance(start["source"], str) or not isinstance(start["file"], str) or not _is_whole(start["seed"]):
        raise InputError("training-settings")
    return Weights(**start)


def _among(name: str, value: object, choices: Iterable[str]) -> None:
    if value not in tuple(choices):
        raise InputError("training-choice", name=name, value=value, names=", ".join(choices))


def _is_whole(value: object) -> bool:
    return type(value) is int


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


# Texts of an address


def _flat(settings: Training) -> dict[str, Any]:
    start = settings.weights
    return {**vars(settings), "weights": start.source, "weights_seed": start.seed}


def _unflat(values: Mapping[str, Any]) -> Training:
    default = Training()
    source, seed = values.get("weights", default.weights.source), values.get("weights_seed", default.weights.seed)
    rest = {name: value for name, value in values.items() if name not in ("weights", "weights_seed")}
    return replace(default, weights=Weights(source, seed if source == RANDOM else 0), **rest)


def _write(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "none" if value is None else query_text.write(value)


Reader = Callable[[str], tuple[Any] | None]
"""Gives the value of a text in a tuple of one, or None where it can't be read."""


def _reader(read: Callable[[str], Any], optional: bool = False) -> Reader:
    def reader(text: str) -> tuple[Any] | None:
        if optional and text == "none":
            return (None,)
        value = read(text)
        return None if value is None else (value,)

    return reader


def _share(text: str) -> float | None:
    value = query_text.read_rate(text)
    return value if value is not None and value <= 1 else None


_FLAG: Final = {"0": False, "1": True}

READERS: Final[Mapping[str, Reader]] = {
    "network": _reader(models.known),
    "weights": _reader(query_text.among((SHIPPED, RANDOM))),
    "weights_seed": _reader(query_text.between(0, SEEDS - 1)),
    "loss": _reader(query_text.among(TRAINABLE)),
    "optimizer": _reader(query_text.among(tuple(OPTIMIZERS))),
    "lr": _reader(query_text.read_rate),
    "schedule": _reader(query_text.among(tuple(SCHEDULES))),
    "weight_decay": _reader(_share, optional=True),
    "batch": _reader(query_text.between(*RANGES["batch"])),
    "epochs": _reader(query_text.between(*RANGES["epochs"])),
    "digits": _reader(query_text.between(*RANGES["digits"])),
    "hold_out": _reader(query_text.between(*RANGES["hold_out"])),
    "augment": _reader(_FLAG.get),
    "handwriting": _reader(query_text.between(*RANGES["handwriting"])),
    "handwritten": _reader(query_text.between(*RANGES["handwritten"])),
    "seed": _reader(query_text.between(0, SEEDS - 1)),
    "device": _reader(lambda text: text if text in ("cpu", "cuda", "mps") else None),
    "max_steps": _reader(query_text.between(*RANGES["max_steps"]), optional=True),
    "stop_at": _reader(_share, optional=True),
}
"""Reads the text under each name of an address."""

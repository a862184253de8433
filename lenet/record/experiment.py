"""Experiments, each one value: a network, its weights, an input, its label, the settings and the number of steps.

The command line, the presets, links, a visitor's session and the exported scripts use them, and `run` takes the steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from torch import nn

from lenet.digits import batch, colour
from lenet.digits.batch import MOST, Batch
from lenet.errors import InputError
from lenet.networks import checkpoint, models, own
from lenet.networks.form import Form, square
from lenet.record import losses, modes, optimizers, query_text
from lenet.record.iteration import ZERO_GRAD, Iteration, Setup, State
from lenet.record.recorder import record

SHIPPED: Final = "shipped"
RANDOM: Final = "random"
FILE: Final = "file"
RUN: Final = "run"
WEIGHTS: Final = (SHIPPED, RANDOM, FILE, RUN)
"""Sources of weights: the files of the project, PyTorch's initialisation, another file, or a moment of a training."""

PAD: Final = "pad"
SHARED: Final = "shared"
MNIST: Final = "mnist"
NOISE: Final = "noise"
EXAMPLE: Final = "example"
PICTURE: Final = "upload"
INPUTS: Final = (PAD, SHARED, MNIST, NOISE, RUN, EXAMPLE, PICTURE)
"""Sources of the input: the drawing pad, a digit that came with a link, MNIST's test set, random numbers, the batch
that the training run of the weights took next, one of the inputs that came with a network of one's own, or a picture
file.
"""

SEEDS: Final = 10_000
"""Number of seeds to choose from on a page; an address has no others."""
MOST_MASK_SEED: Final = 2**63 - 1
"""Largest seed of what a forward pass draws in an address, which may be that of a training run, of 63 bits."""
MAX_STEPS: Final = 100
"""Largest number of steps in an address: the page of the person who opens it takes them all."""


@dataclass(frozen=True)
class Weights:
    """Source of a network's weights.

    Attributes:
        source: one of `WEIGHTS`.
        seed: of the random ones.
        file: path or name of the file, "" where there is none; never part of an address. Of a run, the file with the
            weights of that moment.
        run: id of the training run, "" for none.
        moment: steps that the run had done.
    """

    source: str = SHIPPED
    seed: int = 0
    file: str = ""
    run: str = ""
    moment: int = 0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: there is no such source, or a number is negative.
        """
        if self.source not in WEIGHTS or self.seed < 0 or self.moment < 0:
            raise ValueError(self)


@dataclass(frozen=True)
class Input:
    """Source of the input. Values for the other sources are kept, so that a person can go back to them.

    Attributes:
        source: one of `INPUTS`.
        digits: indices in MNIST's test set, from 0.
        noise: seed of `torch.randn(1, 1, size, size)`.
        picture: the digit from the pad or a link, side × side bytes as the network gets it, 255 for full ink; empty
            where there is none.
        example: index of the input that came with the network, from 0.
        pixels: of the picture file, C × H × W bytes as `lenet.digits.colour.read` gives them; never part of an address.
    """

    source: str = PAD
    digits: tuple[int, ...] = (0, 1, 2, 3)
    noise: int = 0
    picture: bytes = b""
    example: int = 0
    pixels: bytes = b""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InputError: there are no digits, or more than `MOST`.
            ValueError: there is no such source, the seed is negative, or the picture is not a square of a possible
                size.
        """
        if not 1 <= len(self.digits) <= MOST:
            raise InputError("batch-size", most=MOST)
        if (
            self.source not in INPUTS
            or self.noise < 0
            or (self.picture and not query_text.is_square(len(self.picture)))
        ):
            raise ValueError(self)

    @property
    def content(self) -> tuple[object, ...]:
        """Source and values that decide the numbers of the input; a digit is the same on the pad and in a link."""
        if self.source == MNIST:
            return MNIST, self.digits
        if self.source == RUN:
            return (RUN,)  # the weights say which
        if self.source == EXAMPLE:
            return EXAMPLE, self.example
        if self.source == PICTURE:
            return PICTURE, self.pixels
        return (NOISE, self.noise) if self.source == NOISE else ("picture", self.picture)


@dataclass(frozen=True)
class Experiment:
    """Values that decide a recorded iteration.

    Attributes:
        network: a name as for `models.build`, or the name of another network where the caller brings the model.
        weights: of the network before the first step.
        input: source of the batch.
        label: class of a drawn digit or of noise, None where there is none or the digits have their own.
        setup: loss, target, optimizer, way of zeroing gradients, and the mode: None stands for `modes.TRAIN`, that of a
            new module, because the notes' iterations never call `eval()`.
        steps: number of the step that is recorded, from 1; those before it are taken first.
    """

    network: str = next(iter(models.MODELS))
    weights: Weights = Weights()
    input: Input = Input()
    label: int | None = None
    setup: Setup = field(default_factory=Setup)
    steps: int = 1

    def __post_init__(self) -> None:
        """Check the values that `record` doesn't.

        Raises:
            ValueError: the label is negative, or there is no step.
        """
        if (self.label is not None and self.label < 0) or self.steps < 1:
            raise ValueError(self)
        if self.setup.mode == modes.TRAIN:
            object.__setattr__(self, "setup", replace(self.setup, mode=None))

    @property
    def mode(self) -> str:
        """Mode in which the network runs, one of `modes.MODES`."""
        return self.setup.mode or modes.TRAIN

    def model(self) -> nn.Module:
        """A new network with these weights, on the CPU, in evaluation mode.

        Raises:
            InputError: there is no such network, or its weights are missing, broken or don't fit.
        """
        if self.weights.source == RANDOM:
            return models.build(self.network, self.weights.seed).eval()
        own = self.weights.source in (FILE, RUN)
        return checkpoint.load(self.network, Path(self.weights.file) if own else None)

    def batch(self, size: int | Form) -> Batch:
        """The input of `size` × `size` pixels or of a form, with its label; that of a run is made by
        `lenet.train.moment`.

        Raises:
            InputError: there is no such digit or no picture, the picture has another size, MNIST can't be read, or the
                input is that of a run.
        """
        if self.input.source == RUN:
            raise InputError("run-input")
        if self.input.source == EXAMPLE:
            return self._example()
        if self.input.source == PICTURE:
            return self._picture(square(size))
        if self.input.source == MNIST:
            return batch.of_mnist(self.input.digits, size)
        if self.input.source == NOISE:
            found = batch.of_noise(self.input.noise, size)
        else:
            if not self.input.picture:
                raise InputError("pad-empty")
            picture = query_text.pixels(self.input.picture)
            form = square(size)
            if len(picture) != form.side:
                raise InputError("picture-size", side=len(picture), size=form.side, name=self.network)
            found = batch.of_pictures(picture[None], None, form)
        return found if self.label is None else batch.with_label(found, self.label)

    def _example(self) -> Batch:
        """The chosen one of the inputs that came with the network; its own label stays, where it has one."""
        given = own.find(self.network)
        if given is None or given.examples is None or not 0 <= self.input.example < len(given.examples.inputs):
            raise InputError("example-none", name=self.network, index=self.input.example)
        rows, labels = slice(self.input.example, self.input.example + 1), given.examples.labels
        found = Batch(given.examples.inputs[rows], None if labels is None else labels[rows])
        return found if self.label is None or labels is not None else batch.with_label(found, self.label)

    def _picture(self, form: Form) -> Batch:
        """The picture file."""
        if len(self.input.pixels) != math.prod(form.shape):
            raise InputError("picture-none")
        pixels = np.frombuffer(self.input.pixels, np.uint8).reshape(form.shape)
        found = Batch(colour.inputs(pixels, form), None)
        return found if self.label is None else batch.with_label(found, self.label)

    def continues(self, other: Experiment) -> bool:
        """True if this experiment is the other one, or goes on from it with more steps."""
        same = self.input.content == other.input.content and replace(self, input=other.input) == replace(
            other, steps=self.steps
        )
        return same and self.steps >= other.steps

    def values(self) -> dict[str, Any]:
        """The experiment's values by their names in an address."""
        weights, given = self.weights, self.input
        return {
            "network": self.network,
            "weights": weights.source,
            "seed": weights.seed,
            "run": weights.run,
            "moment": weights.moment,
            "input": given.source,
            "digits": given.digits,
            "noise": given.noise,
            "digit": given.picture,
            "example": given.example,
            "label": self.label,
            **{one.name: getattr(self.setup, one.name) for one in fields(Setup)},
            "steps": self.steps,
        }

    def with_values(self, values: Mapping[str, Any]) -> Experiment:
        """The experiment with other values under these names, which are those of `values`."""
        new = self.values() | dict(values)
        return Experiment(
            new["network"],
            Weights(new["weights"], new["seed"], self.weights.file, new["run"], new["moment"]),
            Input(new["input"], new["digits"], new["noise"], new["digit"], new["example"], self.input.pixels),
            new["label"],
            Setup(**{one.name: new[one.name] for one in fields(Setup)}),
            new["steps"],
        )

    def to_query(self, names: Iterable[str] | None = None) -> dict[str, str]:
        """The address's names and texts of all values that are not the defaults.

        Args:
            names: those to write, all where it is None. The seed is written with random weights only, run and moment
                with those of a run, and a file of weights never.
        """
        defaults, values = Experiment().values(), self.values()
        if self.weights.source != RANDOM:
            values["seed"] = defaults["seed"]
        if self.weights.source != RUN:
            values |= {name: defaults[name] for name in ("run", "moment")}
        return {name: query_text.write(values[name]) for name in names or values if values[name] != defaults[name]}

    @staticmethod
    def from_query(query: Mapping[str, str], names: Iterable[str] | None = None) -> tuple[Experiment, tuple[str, ...]]:
        """The experiment that an address asks for, with the defaults for what it doesn't say or says wrongly.

        Args:
            query: the address's names and texts, not trusted.
            names: those to read, all where it is None.

        Returns:
            The experiment, and the address's names whose texts can't be read.
        """
        found: dict[str, Any] = {}
        refused = []
        for name in names or READERS:
            given = next((one for one in (name, *_old_names(name)) if one in query), None)
            if given is not None:
                value = READERS[name](query[given])
                if value is None:
                    refused.append(given)
                else:
                    found[name] = value
        return Experiment().with_values(found), tuple(refused)


@dataclass(frozen=True, eq=False)
class Run:
    """An experiment with what came of it.

    Attributes:
        experiment: that was run.
        iteration: the record of its last step, or of the step that failed.
        losses: before each step, and after the last.
        inputs: batch of that step.
    """

    experiment: Experiment
    iteration: Iteration
    losses: tuple[float, ...]
    inputs: Batch


Following = Callable[[int], tuple[Batch, Setup]]
"""Gives the batch and the setup of a step, counted from 1.

Raises:
    InputError: there is no such step.
"""


def run(
    experiment: Experiment,
    model: nn.Module,
    inputs: Batch,
    after: Run | None = None,
    begin: State | None = None,
    following: Following | None = None,
) -> Run:
    """Take the steps of an experiment, each from where the one before ended, and keep the record of the last.

    Args:
        experiment: says how, and how many.
        model: the network before the first step, as `experiment.model()` makes it; it is not changed.
        inputs: the batch, as `experiment.batch(size)` makes it.
        after: an earlier run with the same model and batch. Its steps are not taken again where this experiment
            continues that of the run, and none of them failed.
        begin: state before the first step, with what the optimizer remembers; None for that of the model alone.
        following: gives batch and setup of each step after the first; None for those of the first.

    Raises:
        InputError: the settings or the labels don't fit, or there is no such step.
    """
    found: tuple[float, ...] = ()
    start, taken = begin, 0
    if after is not None and experiment.continues(after.experiment):
        if experiment.steps == after.experiment.steps:
            return after
        if after.iteration.failure is None:
            found, start, taken = after.losses, after.iteration.after, after.experiment.steps
    for number in range(taken + 1, experiment.steps + 1):
        setup = step_setup(experiment, model, number)
        if following is not None and number > 1:
            inputs, setup = following(number)
        done = record(model, inputs.inputs, inputs.labels, setup, start, shown=MOST)
        if done.outcome_before is not None:
            found = (*found[: number - 1], done.outcome_before.loss)  # of this step's batch and masks
        if done.outcome_after is not None:
            found = (*found, done.outcome_after.loss)
        start = done.after
        if done.failure is not None:
            break
    return Run(experiment, done, found, inputs)


def step_setup(experiment: Experiment, model: nn.Module, number: int) -> Setup:
    """Setup of a step, counted from 1.

    Where the network depends on its mode, that of the experiment is in it; where a pass draws random numbers, each step
    has a seed of its own.
    """
    found, setup = modes.differences(model), experiment.setup
    if found.draws:
        setup = replace(setup, mask_seed=setup.mask_seed + number - 1)
    return replace(setup, mode=experiment.mode) if found.draws or found.differ else setup


# Names and texts of an address

NETWORK_NAMES: Final = ("network", "weights", "seed", "run", "moment")
"""Names of an address that say what the network is."""
ITERATION_NAMES: Final = tuple(name for name in Experiment().values() if name not in NETWORK_NAMES)
"""The other names: those of the iteration."""

OLD_NAMES: Final = {"taken": "steps"}
"""Names in older addresses, with those of today."""
OLD_WEIGHTS: Final = {"trained, shipped": SHIPPED, "random, untrained": RANDOM, "your own file": FILE}
"""Sources of weights in older addresses, with those of today."""

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "network": tuple(models.MODELS),
    "weights": WEIGHTS,
    "input": INPUTS,
    "loss": tuple(losses.LOSSES),
    "target": tuple(dict.fromkeys(target for loss in losses.LOSSES.values() for target in loss.targets)),
    "optimizer": tuple(optimizers.OPTIMIZERS),
    "zero_grad": ZERO_GRAD,
    "mode": modes.MODES,
}
"""Texts that an address may have under a name."""
RANGES: Final[dict[str, tuple[int, int]]] = {
    "seed": (0, SEEDS - 1),
    "moment": (0, 10**8 - 1),
    "noise": (0, SEEDS - 1),
    "label": (0, 9),
    "example": (0, 10**6 - 1),
    "target_seed": (0, SEEDS - 1),
    "mask_seed": (0, MOST_MASK_SEED),
    "steps": (1, MAX_STEPS),
}
"""Smallest and largest number that an address may have under a name."""


def _old_names(name: str) -> list[str]:
    return [old for old, new in OLD_NAMES.items() if new == name]


def _read_label(text: str) -> int | None:
    """Reader of a class, which networks of one's own may have more than ten of."""
    most = max([RANGES["label"][1], *(one.classes - 1 for one in map(own.find, own.names()) if one is not None)])
    return query_text.between(0, most)(text)


READERS: Final[dict[str, Callable[[str], Any]]] = {
    **{name: query_text.among(choices) for name, choices in CHOICES.items()},
    **{name: query_text.between(*ends) for name, ends in RANGES.items()},
    "network": models.known,
    "label": _read_label,
    "weights": lambda text: query_text.among(WEIGHTS)(OLD_WEIGHTS.get(text, text)),
    "run": query_text.read_name,
    "digits": query_text.read_digits,
    "digit": query_text.unpack_picture,
    "lr": query_text.read_rate,
    "weight_decay": query_text.read_rate,
}
"""Reads the text under each name of an address; None where it can't be read."""

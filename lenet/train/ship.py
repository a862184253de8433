"""Weights for the project: `python -m lenet.train.ship --model LeNet5 --seed 0 1 2 --out assets/weights`.

Trains a network by its recipe once for each seed, measures every run after its last step, and saves the weights of the
first seed with a card that has the results of all.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch
from torch import nn

from lenet import device
from lenet.digits import mnist, stroke_file
from lenet.digits.augmentation import Strength
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.networks import checkpoint
from lenet.networks.models import MODELS, count_parameters
from lenet.record.experiment import RANDOM, Weights
from lenet.train import data, evaluate, run
from lenet.train.events import Epoch, Failed
from lenet.train.presets import RECIPES
from lenet.train.settings import TRAINING_DIGITS, Training


@dataclass(frozen=True, eq=False)
class Trained:
    """Network after a run, the run's seconds, and the accuracy on each set of digits, 0..1."""

    model: nn.Module
    seconds: float
    accuracy: Mapping[str, float]


def train_once(settings: Training, measured: Mapping[str, Digits]) -> Trained:
    """Train a network, and measure it after the last step.

    Raises:
        InputError: the training fails.
    """
    model = settings.model()
    for event in run.train(replace(settings, hold_out=0), model=model):
        if isinstance(event, Epoch):
            progress = f"epoch {event.epoch}/{settings.epochs}  loss {event.loss:.4f}  {event.seconds:.0f} s"
            print(f"{settings.network}, seed {settings.seed}: {progress}", file=sys.stderr, flush=True)
        elif isinstance(event, Failed):
            raise InputError(event.key, **event.values)
    accuracy = {name: evaluate.evaluate(model, digits).accuracy for name, digits in measured.items()}
    return Trained(model, event.seconds, accuracy)


def recipe(settings: Training) -> dict[str, Any]:
    """Recipe of a training as cards have it."""
    return dict(  # noqa: C408  (a literal would have a loss's name as a key)
        epochs=settings.epochs,
        batch=settings.batch,
        handwritten=settings.handwritten,
        handwriting=settings.handwriting,
        learning_rate=settings.lr,
        weight_decay=settings.weight_decay,
        label_smoothing=settings.smoothing,
        bfloat16=settings.bfloat16,
        strength=asdict(Strength()),
    )


def card(settings: Training, runs: Mapping[int, Trained], counts: Mapping[str, int]) -> dict[str, Any]:
    """Card of the weights.

    Args:
        settings: of the runs, but for the seed.
        runs: by seed, in their order.
        counts: number of digits of each set that they were measured on.
    """
    seeds = list(runs)
    accuracy = {data: {str(seed): run.accuracy[data] for seed, run in runs.items()} for data in counts}
    seconds = float(np.mean([run.seconds for run in runs.values()])) / settings.epochs
    return {
        "model": settings.network,
        "parameters": count_parameters(runs[seeds[0]].model),
        "recipe": recipe(settings),
        "epochs": settings.epochs,
        "data": f"the first {settings.digits} training digits of MNIST, and synthetic handwriting",
        "seeds": seeds,
        "shipped_seed": seeds[0],
        "rule": "the weights are those of the first seed after its last epoch, whatever the others reached",
        "accuracy": {data: {"mean": float(np.mean(list(each.values()))), **each} for data, each in accuracy.items()},
        "digits": dict(counts),
        "seconds_per_epoch": round(seconds, 1),
        "device": settings.device,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "pillow": PIL.__version__,
        },
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, measure and save; return the exit code, 0 or 2 for a bad argument or file."""
    parser = argparse.ArgumentParser(prog="python -m lenet.train.ship", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--model", dest="network", required=True, choices=list(MODELS))
    parser.add_argument("--seed", type=int, nargs="+", default=[0], help="one run for each; the first is saved (0)")
    parser.add_argument("--out", type=Path, required=True, help="folder for weights and card")
    parser.add_argument("--strokes", type=Path, help="also measure on the strokes of this JSON-lines file")
    parser.add_argument("--hold-out", type=int, metavar="N", help="measure on the last N training digits, not the test")
    parser.add_argument("--epochs", type=int, help="passes over the digits (the recipe's)")
    parser.add_argument("--digits", type=int, help="train on the first N digits of MNIST only")
    parser.add_argument("--handwriting", type=int, help="how many synthetic digits to draw (the recipe's)")
    parser.add_argument("--device", help="cpu, cuda or mps (default: the best one available)")
    options = parser.parse_args(arguments)
    try:
        print(_ship(options))
    except InputError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


def _ship(options: argparse.Namespace) -> Path:
    hold_out = options.hold_out or 0
    settings = RECIPES[options.network]
    changes = {
        "epochs": options.epochs,
        "digits": options.digits or TRAINING_DIGITS - hold_out,
        "hold_out": hold_out,
        "handwriting": options.handwriting,
        "handwritten": 0 if options.handwriting == 0 else None,
        "device": str(device.choose(options.device)),
        "threads": torch.get_num_threads(),
    }
    settings = replace(settings, **{name: value for name, value in changes.items() if value is not None})
    strokes = {} if options.strokes is None else {options.strokes.name: stroke_file.read(options.strokes)}
    runs: dict[int, Trained] = {}
    path: Path = options.out / f"{options.network}.safetensors"
    for seed in options.seed:
        held_out = {"held-out": data.held_out(settings)} if hold_out else {"mnist-test": mnist.load("test")}
        measured = held_out | strokes
        own = replace(settings, seed=seed, weights=Weights(RANDOM, seed))
        runs[seed] = train_once(own, measured)
        # After each run, so that what is there is kept if a later one is interrupted.
        counts = {name: len(digits.labels) for name, digits in measured.items()}
        checkpoint.save(next(iter(runs.values())).model, path, card(settings, runs, counts))
    return path


if __name__ == "__main__":
    raise SystemExit(main())

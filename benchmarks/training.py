"""Training beside the ordinary way to write it, the notes' own loop, both to the accuracy that the notes report.

Each runs in a process of its own, with all processors. Its time is that of training alone: reading the digits is not
counted, nor is measuring, after which the accuracy on the test digits is known.
"""

from __future__ import annotations

import gzip
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import nn
from torch.utils.data import DataLoader

from benchmarks.report import Figure, percentile
from benchmarks.serving import ROOT
from lenet.digits import mnist
from lenet.networks.models import MODELS, build, input_size
from lenet.networks.torchvision_guard import torchvision
from lenet.train import evaluate, events, run
from lenet.train.presets import PRESETS
from lenet.train.settings import TRAINING_DIGITS

GOAL: Final = 0.9854
"""Accuracy on the test digits that the notes report."""
FASTER: Final = 40
MOST_EPOCHS: Final = 15
"""Epochs after which the notes' loop is given up."""
SEEDS: Final = 3


@dataclass(frozen=True)
class Trained:
    """Training that came to its end.

    Attributes:
        seconds: of training alone.
        accuracy: on the test digits afterwards, 0..1.
        epochs: passes over the digits.
    """

    seconds: float
    accuracy: float
    epochs: float


def notes() -> Trained:
    """The notes' loop: torchvision's MNIST with ToTensor, DataLoader, DigitCNN, Adam 2e-4, batches of 256; epochs until
    the goal is reached.
    """
    datasets = torchvision().datasets
    transforms = importlib.import_module("torchvision.transforms")
    torch.manual_seed(0)
    model, test = build("DigitCNN", 0), mnist.load("test")
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-4)
    criterion = nn.CrossEntropyLoss()
    seconds, accuracy, epoch = 0.0, 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        _unpack(Path(folder) / "MNIST" / "raw")
        digits = datasets.MNIST(folder, train=True, transform=transforms.ToTensor())
    loader = DataLoader(digits, batch_size=256, shuffle=True)
    while accuracy < GOAL and epoch < MOST_EPOCHS:
        epoch += 1
        model.train()
        started = time.perf_counter()
        for images, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
        seconds += time.perf_counter() - started
        accuracy = evaluate.evaluate(model, test).accuracy
    return Trained(seconds, accuracy, epoch)


def _unpack(raw: Path) -> None:
    """Write MNIST's four files where torchvision looks for them."""
    raw.mkdir(parents=True)
    for name in mnist.SHA256:
        (raw / name.removesuffix(".gz")).write_bytes(gzip.decompress((mnist.SHIPPED / name).read_bytes()))


def fast(seed: int) -> Trained:
    """The preset "98.5 % in seconds", on all processors."""
    settings = replace(PRESETS["fast"], seed=seed, threads=os.cpu_count() or 1)
    settings = replace(settings, weights=replace(settings.weights, seed=seed))
    model = settings.model()
    for event in run.train(settings, model=model):
        if isinstance(event, events.Finished):
            seconds = event.seconds
    return Trained(seconds, evaluate.evaluate(model, mnist.load("test")).accuracy, settings.epochs)


def epoch(name: str) -> dict[str, float]:
    """Images a second of the loop, and the share of the measured rate of matrix products that they need."""
    settings = replace(PRESETS["notes"], network=name, epochs=1, threads=os.cpu_count() or 1, max_steps=40)
    done = [event for event in run.train(settings) if isinstance(event, events.Finished)]
    images = 40 * settings.batch / done[-1].seconds
    model = build(name)
    return {
        "images": images,
        "epoch": TRAINING_DIGITS / images,
        "share": images * 3 * products(model) / product_rate(),
    }


def products(model: nn.Module) -> float:
    """Multiply-adds of a forward pass of one digit, from the calls that compute them; backward takes twice as many."""
    from torch.utils.flop_counter import FlopCounterMode

    side = input_size(model)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 1, side, side))
    return counter.get_total_flops() / 2


def product_rate() -> float:
    """Multiply-adds a second of a product of two large matrices, float32."""
    side = 1024
    one, other = torch.randn(side, side), torch.randn(side, side)
    times = []
    for _ in range(10):
        started = time.perf_counter()
        one @ other
        times.append(time.perf_counter() - started)
    return side**3 / min(times)


def measure(quick: bool) -> Iterator[Figure]:
    """Time to the notes' accuracy both ways, and the speed of each network."""
    ours = [Trained(**_run("fast", str(seed))) for seed in range(1 if quick else SEEDS)]
    seconds = percentile([one.seconds for one in ours], 50)
    yield Figure('preset "98.5 % in seconds": seconds of training, median', seconds, "s", samples=len(ours))
    name = 'preset "98.5 % in seconds": accuracy on the test digits, the lowest'
    yield Figure(name, 100 * min(one.accuracy for one in ours), "%", 98.54, "at least", len(ours))
    for network in MODELS:
        speed = _run("epoch", network)
        yield Figure(f"training {network}: images a second", speed["images"], "")
        yield Figure(f"training {network}: an epoch of 60,000 digits", speed["epoch"], "s")
        share = 100 * speed["share"]
        yield Figure(f"training {network}: share of the rate of large matrix products", share, "%")
    if quick:
        return
    theirs = Trained(**_run("notes"))
    yield Figure(f"the notes' loop to {100 * GOAL:.2f} % on the test digits", theirs.seconds, "s")
    yield Figure("epochs of the notes' loop until then", theirs.epochs, "")
    if theirs.accuracy >= GOAL:
        yield Figure(
            "times faster than the notes' loop to their accuracy", theirs.seconds / seconds, "×", FASTER, "at least"
        )


def _run(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.training", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(arguments: list[str]) -> None:
    """Run one part, and print its numbers as JSON."""
    torch.set_num_threads(os.cpu_count() or 1)
    what, *rest = arguments
    if what == "epoch":
        print(json.dumps(epoch(*rest)))
    else:
        print(json.dumps(asdict(notes() if what == "notes" else fast(int(rest[0])))))


if __name__ == "__main__":
    main(sys.argv[1:])

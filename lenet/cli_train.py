"""The command `python -m lenet train`: its options, its progress, and what it prints in the end."""

from __future__ import annotations

import argparse
import hashlib
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, Final, Protocol

import torch

from lenet import cli_own, device
from lenet.digits import mnist, stroke_file
from lenet.errors import InputError
from lenet.networks import checkpoint, own, stack
from lenet.networks.models import count_parameters
from lenet.record.experiment import FILE, RANDOM, SHIPPED, Weights
from lenet.record.optimizers import OPTIMIZERS
from lenet.train import distributed, evaluate, events, run, run_folder
from lenet.train.control import Control
from lenet.train.distributed import World
from lenet.train.events import Epoch, Evaluation, Event, Failed, Finished, Started, Step
from lenet.train.presets import PRESETS, recipe
from lenet.train.schedule import SCHEDULES
from lenet.train.settings import RANGES, TRAINABLE, TRAINING_DIGITS, Training

OUT: Final = Path("build") / "runs"
HANDWRITTEN: Final = 80
"""Synthetic digits per step, where the option says how many to draw and the preset has none."""
OWN: Final = 16
"""Drawings of one's own per step."""
SETTINGS: Final = (
    *("loss", "optimizer", "lr", "schedule", "weight_decay", "batch", "epochs", "digits", "hold_out", "augment"),
    *("handwriting", "handwritten", "own", "max_steps", "stop_at"),
)
"""Options that have the name of the setting."""
CHANGEABLE: Final = ("max_steps", "stop_at")
"""Settings that may be other ones when a run is resumed: they say only when it ends."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give the command its options."""
    parser.set_defaults(network=None)
    parser.epilog = "The default is the recipe of the network's included weights. A seed gives the same weights again."

    def number(name: str, kind: Callable[[str], Any], text: str) -> None:
        parser.add_argument(f"--{name}", type=kind, metavar=name.replace("-", "_").upper(), help=text)

    parser.add_argument("--preset", choices=list(PRESETS), help="ready-made settings; other options change them")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--start", choices=(RANDOM, SHIPPED), help="weights before the first step (random)")
    start.add_argument("--weights", type=Path, help="start with the weights of this file of safetensors or torch.save")
    parser.add_argument("--loss", choices=TRAINABLE, help="(cross_entropy)")
    parser.add_argument("--optimizer", choices=list(OPTIMIZERS), help="how the parameters are updated")
    number("lr", float, "highest learning rate")
    parser.add_argument("--schedule", choices=list(SCHEDULES), help="of the learning rate")
    number("weight-decay", float, "weight decay")
    number("batch", int, "MNIST digits per step")
    number("epochs", int, "passes over the digits")
    number("digits", int, "train on the first N digits of MNIST only")
    number("hold-out", int, "hold out the last N training digits and measure on them instead of the test set")
    parser.add_argument("--augment", action=argparse.BooleanOptionalAction, help="random variants of each digit")
    number("handwriting", int, "how many synthetic digits to draw")
    number("handwritten", int, f"how many of them each step gets ({HANDWRITTEN})")
    parser.add_argument("--own", dest="drawings", type=Path, help="mix in the strokes of this JSON-lines file")
    parser.add_argument("--own-per-step", dest="own", type=int, metavar="N", help=f"so many in each step ({OWN})")
    number("seed", int, "of the first weights, of the order and of the variants (0)")
    number("threads", int, "of the processor (all cores); other numbers give other last bits")
    number("max-steps", int, "end after N steps; the schedule stays that of all epochs")
    number("stop-at", float, "end at this accuracy on held-out digits, 0..1")
    parser.add_argument("--strokes", type=Path, help="in the end, also measure on the strokes of this JSON-lines file")
    parser.add_argument("--no-test", action="store_true", help="don't measure on MNIST's test digits in the end")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--out", type=Path, help=f"folder of the run (a new one in {OUT})")
    where.add_argument("--resume", type=Path, metavar="FOLDER", help="go on with a run at its last checkpoint")
    parser.add_argument("--tensorboard", type=Path, metavar="FOLDER", help="also write event files for TensorBoard")


def train(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    """Run the command.

    Returns:
        The object for `--json`, and the text.

    Raises:
        InputError: an option or a file is bad, or the training failed.
        KeyboardInterrupt: Ctrl-C or SIGTERM has ended it, with a checkpoint.
    """
    control = Control()
    with _stopped_by_signals(control), distributed.joined() as world:
        if world.rank:
            _last(run.follow(world, control))
        else:
            strokes = None if options.strokes is None else stroke_file.read(options.strokes)
            folder, settings, last = _run(options, control, world)
    if world.rank:
        sys.exit()  # rank 0 measures and prints
    if control.stopped and isinstance(last, Finished) and last.reason == events.STOPPED:
        _say(f"Stopped after step {last.step}. Its checkpoint is kept: go on with --resume {folder}")
        raise KeyboardInterrupt
    step = run_folder.checkpoints(folder)[-1]
    model = run_folder.load_model(folder, step).to(device.choose(settings.device))
    asked = options.hold_out is None and not options.no_test
    accuracy = evaluate.evaluate(model, mnist.load("test")).accuracy if asked else None
    held_out = [one for one in run_folder.events(folder) if one["event"] == Evaluation.kind]
    result = {
        "model": settings.network,
        "accuracy": accuracy,
        "held_out": held_out[-1]["accuracy"] if held_out else None,
        "strokes": None if strokes is None else evaluate.evaluate(model, strokes).accuracy,
        "seconds": last.seconds if last else 0.0,
        "steps": step,
        "losses": run_folder.losses(folder),
        "weights": str(run_folder.weights_file(folder, step)),
        "run": str(folder),
        "parameters": count_parameters(model),
        "settings": settings.to_json(),
    }
    return result, _text(result)


def _run(options: argparse.Namespace, control: Control, world: World) -> tuple[Path, Training, Event | None]:
    """Train, with the progress on stderr; returns the run's folder, its settings and its last event."""
    with ExitStack() as stack:
        views: list[View] = [_Bar() if sys.stderr.isatty() else _Lines()]
        if options.tensorboard is not None:
            views.append(_TensorBoard(options.tensorboard))
        folder, settings = _opened(options)
        model = None if options.weights is None else checkpoint.from_terminal(settings.network, options.weights).model
        cli_own.note_digits(settings.network)
        for view in views:
            stack.callback(view.close)
        stream = run.train(settings, folder, resume=True, control=control, model=model, world=world)
        return folder, settings, _last(_shown(stream, views, settings))


def _shown(stream: Iterator[Event], views: Sequence[View], settings: Training) -> Iterator[Event]:
    for event in stream:
        for view in views:
            view.show(event, settings)
        yield event


def _last(stream: Iterator[Event]) -> Event | None:
    """Last event of a training that doesn't fail."""
    last = None
    for event in stream:
        last = event
    if isinstance(last, Failed):
        raise InputError(last.key, **last.values)
    return last


def _text(result: dict[str, Any]) -> str:
    lines = [f"saved {result['weights']}", f"{result['steps']} steps in {result['seconds']:.1f} s of training"]
    for name, words in (("held_out", "held-out digits"), ("accuracy", "MNIST's test digits"), ("strokes", "strokes")):
        if result[name] is not None:
            lines.append(f"{words}: {result[name]:.2%} correct")
    return "\n".join(lines)


def _opened(options: argparse.Namespace) -> tuple[Path, Training]:
    """The folder of the run, made where it is a new one, and the run's settings."""
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    if options.resume is not None:
        known = options.network is not None and own.find(options.network) is not None
        others = (
            *(() if known else ("network",)),
            "preset",
            "start",
            "weights",
            "drawings",
            "seed",
            "threads",
            "device",
        )
        wrong = [name for name in (*given, *others) if name not in CHANGEABLE and getattr(options, name) is not None]
        if wrong:
            names = ", ".join("--" + name.replace("_", "-").replace("network", "model") for name in wrong)
            raise InputError("train-resume", names=names)
        before = run_folder.settings(options.resume)
        if known and options.network != before.network:
            raise InputError("moment-network", other=before.network, name=options.network)
        settings = replace(before, **given)
        run_folder.change(options.resume, settings)
        return options.resume, settings
    drawings = b"" if options.drawings is None else _read(options.drawings)
    settings = _settings(options, given, drawings)
    folder: Path = options.out or _free(stack.short(settings.network))
    run_folder.create(folder, settings, drawings)
    return folder, settings


def _settings(options: argparse.Namespace, given: dict[str, Any], drawings: bytes) -> Training:
    base = PRESETS[options.preset] if options.preset else recipe(options.network or Training().network)
    hold_out = given.get("hold_out", base.hold_out)
    changes: dict[str, Any] = {
        "network": options.network or base.network,
        "seed": 0 if options.seed is None else options.seed,
        "threads": torch.get_num_threads() if options.threads is None else options.threads,
        "device": str(device.choose(options.device)),
        "digits": max(1, min(base.digits, TRAINING_DIGITS - hold_out)) if hold_out >= 0 else base.digits,
    }
    source = FILE if options.weights else options.start or RANDOM
    low, high = RANGES["seed"]
    seed = changes["seed"] if source == RANDOM and low <= changes["seed"] <= high else 0
    changes["weights"] = Weights(source, seed, str(options.weights.resolve()) if options.weights else "")
    if given.get("handwriting") == 0:
        changes["handwritten"] = 0
    elif given.get("handwriting") and not base.handwritten:
        changes["handwritten"] = HANDWRITTEN
    if drawings:
        changes |= {"drawings": hashlib.sha256(drawings).hexdigest(), "own": OWN}
    if "loss" in given:
        changes["smoothing"] = 0.0  # which is a loss of its own
    return replace(base, **{**changes, **given})


def _read(path: Path) -> bytes:
    stroke_file.read(path)  # or else say what is wrong with it
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError("file-read", path=path, reason=error.strerror or error) from None


def _free(name: str) -> Path:
    number = 1
    while (folder := OUT / f"{name}-{number}").exists():
        number += 1
    return folder


@contextmanager
def _stopped_by_signals(control: Control) -> Iterator[None]:
    """Stop the training at the first Ctrl-C or SIGTERM after its step; a second one ends the program at once."""
    found = {}

    def stop(number: int, frame: FrameType | None) -> None:
        if control.stopped:
            raise KeyboardInterrupt
        control.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # not the main thread
            found[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in found.items():
            signal.signal(number, handler)


class View(Protocol):
    """Shows events."""

    def show(self, event: Event, settings: Training) -> None:
        """Show an event."""

    def close(self) -> None:
        """Show no more."""


class _Lines:
    """A line for each epoch, and for the end."""

    def __init__(self) -> None:
        self._held_out = ""

    def show(self, event: Event, settings: Training) -> None:
        if isinstance(event, Evaluation):
            self._held_out = f"  held-out digits {event.accuracy:.2%}"
        elif isinstance(event, Epoch):
            done = f"epoch {event.epoch}/{settings.epochs}  step {event.step}  loss {event.loss:.4f}"
            _say(f"{settings.network}: {done}{self._held_out}  {event.seconds:.1f} s")

    def close(self) -> None:
        pass


class _Bar:
    """A progress bar on a terminal."""

    def __init__(self) -> None:
        from tqdm import tqdm  # here, because it takes a tenth of a second

        self._make = tqdm
        self._bar: Any = None
        self._held_out = ""

    def show(self, event: Event, settings: Training) -> None:
        if isinstance(event, Started):
            self._bar = self._make(total=event.steps, initial=event.step, unit="step", desc=settings.network)
        elif isinstance(event, Evaluation):
            self._held_out = f", held-out digits {event.accuracy:.2%}"
        elif isinstance(event, Step) and self._bar is not None:
            if event.step % 10 == 0:
                self._bar.set_postfix_str(f"loss {event.loss:.4f}{self._held_out}", refresh=False)
            self._bar.update()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class _TensorBoard:
    """Event files for TensorBoard, an optional package.

    Raises:
        InputError: it is not installed, or the folder can't be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise InputError("tensorboard-missing") from None
        try:
            self._writer: Any = SummaryWriter(str(folder))
        except OSError as error:
            raise InputError("run-write", path=folder, reason=error.strerror or error) from None

    def show(self, event: Event, settings: Training) -> None:
        if isinstance(event, Step):
            self._writer.add_scalar("loss/batch", event.loss, event.step)
            self._writer.add_scalar("accuracy/batch", event.accuracy, event.step)
            self._writer.add_scalar("learning rate", event.lr, event.step)
        elif isinstance(event, Evaluation):
            self._writer.add_scalar(f"loss/{event.data}", event.loss, event.step)
            self._writer.add_scalar(f"accuracy/{event.data}", event.accuracy, event.step)

    def close(self) -> None:
        self._writer.close()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

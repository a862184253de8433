"""The command line: `python -m lenet train | evaluate | predict | graph | step | download`.

Prints text, or one JSON object with `--json`, on stdout and progress on stderr. A bad argument or file gives one line
on stderr and exit code 2.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
from torch import nn

from lenet import cli_own, cli_report, cli_train, device
from lenet.digits import mnist, stroke_file
from lenet.digits.batch import MOST, Batch
from lenet.digits.drawing import Drawing, rasterize
from lenet.digits.ink import FIELD, normalize
from lenet.digits.mnist import Digits
from lenet.digits.picture import MAX_BYTES, read_digits
from lenet.errors import InputError
from lenet.json_values import plain
from lenet.networks import checkpoint, form, forward, weights_fit
from lenet.networks.models import MODELS
from lenet.networks.own_check import PartialError
from lenet.record import modes
from lenet.record.experiment import FILE, MNIST, NOISE, RANDOM, Experiment, Input, Run, Weights, run
from lenet.record.iteration import ZERO_GRAD
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.presets import PRESETS
from lenet.record.targets import LABEL
from lenet.train import evaluate

DIGITS: Final = "0123456789"
SETTINGS: Final = (
    *("network", "loss", "target", "target_seed", "optimizer", "lr", "weight_decay", "zero_grad"),
    *("mode", "mask_seed", "steps"),
)
"""Options that have the name of the experiment's value."""
MODEL: Final = (
    f"which network: {', '.join(MODELS)}, or a list of layers such as stack-28~conv-8-5~relu~max_pool~flatten~linear, "
    f"or {cli_own.MODEL} (LeNet5)"
)
WEIGHTS: Final = "a file of safetensors or of torch.save (default: the included weights)"
DOWNLOAD: Final = "Download the files of MNIST that are missing or damaged."


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 for success, 2 for a bad argument or file, 130 for Ctrl+C."""
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    command: Callable[[argparse.Namespace], tuple[dict[str, Any], str]] = options.command
    try:
        if hasattr(options, "form"):
            cli_own.resolve(options)
        result, text = command(options)
    except InputError as error:
        print(f"python -m lenet: {error}", file=sys.stderr)
        if isinstance(error, weights_fit.MisfitError):
            print(weights_fit.table(error.differences), file=sys.stderr)
        if isinstance(error, PartialError):
            print(cli_own.computed(error.layers), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    try:
        print(json.dumps(plain(result), allow_nan=False) if options.json else text, flush=True)
    except OSError as error:
        # Otherwise Python reports the error again when it flushes stdout on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 0  # the reader, such as `head`, closed the pipe
        print(f"python -m lenet: {InputError('output-write', reason=error.strerror)}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m lenet", description="The networks of the playground, from a terminal.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, command: Callable[[argparse.Namespace], tuple[dict[str, Any], str]], what: str) -> _Parser:
        sub: _Parser = commands.add_parser(name, help=what, description=what)
        sub.add_argument("--model", dest="network", type=cli_own.network, default="LeNet5", metavar="NAME", help=MODEL)
        sub.add_argument("--device", help="cpu, cuda or mps (default: the best one available)")
        sub.add_argument("--json", action="store_true", help="print one JSON object")
        sub.set_defaults(command=command)
        cli_own.add_options(sub)
        return sub

    train = add("train", cli_train.train, "Train a network, and keep the run in a folder.")
    cli_train.add_options(train)

    measure = add("evaluate", _evaluate, "Measure a network on MNIST's test digits or on pen strokes.")
    measure.add_argument("--weights", type=Path, help=WEIGHTS)
    measure.add_argument("--strokes", type=Path, help='JSON lines of {"label": d, "strokes": [[[x, y], ...], ...]}')

    name = add("predict", _predict, "Classify digits.")
    name.add_argument("--weights", type=Path, help=WEIGHTS)
    which = name.add_mutually_exclusive_group(required=True)
    which.add_argument("--index", type=_natural, help="a digit of MNIST's test set, from 0")
    which.add_argument("--image", type=Path, help="a picture of a digit, or of several")
    which.add_argument("--strokes", type=Path, help="the digits of a JSON-lines file of strokes")

    walk = add("graph", _graph, "Print the grad_fn graph behind a loss, with the expression that reaches each node.")
    _add_iteration(walk)

    step = add("step", _step, "Record one training iteration: gradients, loss and probabilities before and after.")
    _add_iteration(step)
    step.add_argument("--optimizer", choices=list(OPTIMIZERS), help="how the parameters are updated (SGD)")
    step.add_argument("--lr", type=float, help="learning rate (0.01)")
    step.add_argument("--weight-decay", type=float, metavar="DECAY", help="weight decay (the optimizer's own)")
    step.add_argument(
        "--zero-grad", choices=ZERO_GRAD, help="what zero_grad does with old gradients, or left out on purpose (none)"
    )
    step.add_argument("--steps", type=_positive, default=1, help="number of iterations; the last one is printed (1)")

    fetch = commands.add_parser("download", help=DOWNLOAD, description=DOWNLOAD)
    fetch.add_argument("--json", action="store_true", help="print one JSON object")
    fetch.set_defaults(command=_download)
    return parser


def _add_iteration(sub: _Parser) -> None:
    """Add the options of an iteration's start and loss."""
    sub.set_defaults(network=None)
    sub.epilog = "JSON has no NaN and no infinity: they are the strings NaN, Infinity and -Infinity."
    sub.add_argument("--preset", choices=list(PRESETS), help="a ready-made iteration; other arguments change it")
    weights = sub.add_mutually_exclusive_group()
    weights.add_argument("--weights", type=Path, help=WEIGHTS)
    weights.add_argument(
        "--weights-seed", type=_natural, metavar="SEED", help="PyTorch's random weights, with this seed"
    )
    inputs = sub.add_mutually_exclusive_group()
    inputs.add_argument(
        "--index",
        type=_natural,
        nargs="+",
        help=f"1 to {MOST} digits of MNIST's test set, from 0, with their labels (0)",
    )
    inputs.add_argument("--image", type=Path, help="a picture, for a network that reads pictures")
    inputs.add_argument("--noise", type=_natural, metavar="SEED", help="torch.randn(1, 1, size, size), with this seed")
    label = "class of the input (that of the digit; of a picture, what the network says)"
    sub.add_argument("--label", type=_natural, metavar="CLASS", help=label)
    sub.add_argument("--loss", choices=list(LOSSES), help="none: out.backward(random gradient) (cross_entropy)")
    targets = list(dict.fromkeys(target for loss in LOSSES.values() for target in loss.targets))
    sub.add_argument("--target", choices=targets, help="what the loss compares with (the label where there is one)")
    sub.add_argument("--target-seed", type=_natural, metavar="SEED", help="of random targets (0)")
    sub.add_argument(
        "--mode", choices=modes.MODES, help="mode of the network, which batch norm and dropout ask (train)"
    )
    sub.add_argument("--mask-seed", type=_natural, metavar="SEED", help="of dropout's masks (0)")


def _natural(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number < 2**63:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 0 up")
    return number


def _positive(text: str) -> int:
    number = _natural(text)
    if not number:
        raise argparse.ArgumentTypeError("0 is too few")
    return number


def _model(name: str, weights: Path | None) -> nn.Module:
    """The network with these weights, None for the included ones."""
    return checkpoint.load(name) if weights is None else checkpoint.from_terminal(name, weights).model


def _evaluate(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    model = _model(options.network, options.weights).to(device.choose(options.device))
    cli_own.note_digits(options.network)
    digits, data = _digits(options.strokes)
    found = evaluate.evaluate(model, digits)
    # JSON has no NaN: a class without digits has no accuracy.
    per_class = {str(c): float(a) for c, a in enumerate(found.per_class) if not np.isnan(a)}
    result = {
        "model": options.network,
        "data": data,
        "n": found.n,
        "accuracy": found.accuracy,
        "per_class": per_class,
        "confusion": found.confusion.tolist(),
    }
    wrong = len(found.mistakes)
    lines = [f"{options.network} on {data}: {found.accuracy:.2%} of {found.n} digits correct, {wrong} wrong", ""]
    others = " others" if found.confusion.shape[1] > len(DIGITS) else ""
    lines += ["digit  correct  predicted " + "".join(f"{d:>6}" for d in DIGITS) + others]
    for row in range(len(DIGITS)):
        share = f"{per_class[str(row)]:.2%}" if str(row) in per_class else "none"
        cells = found.confusion[row].tolist()
        cells = [*cells[: len(DIGITS)], *([sum(cells[len(DIGITS) :])] if len(cells) > len(DIGITS) else [])]
        lines.append(f"{row:>5}  {share:>7}            " + "".join(f"{n or '.':>6}" for n in cells))
    return result, "\n".join(lines)


def _predict(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    model = _model(options.network, options.weights).to(device.choose(options.device))
    if options.image is not None and not form.of(model).plain:
        return _predict_picture(options, model)
    cli_own.note_digits(options.network)
    if options.image is not None:
        try:
            with options.image.open("rb") as file:
                data = file.read(MAX_BYTES + 1)  # one too many is refused as too large
        except OSError as error:
            raise InputError("file-read", path=options.image, reason=error.strerror or error) from None
        inks = [normalize(rasterize(Drawing(base=one)), FIELD) for one in read_digits(data)]
        images = np.stack([ink.centered for ink in inks])
        labels, source = [None] * len(inks), str(options.image.name)
    else:
        digits, source = _digits(options.strokes)
        images, labels = digits.images, digits.labels.tolist()
        if options.index is not None:
            if options.index >= len(images):
                raise InputError("index-range", index=options.index, last=len(images) - 1)
            images, labels = images[options.index, None], [labels[options.index]]
    probabilities = evaluate.predict(model, images)
    found = [
        {"label": label, "prediction": int(row.argmax()), "probabilities": [float(p) for p in row]}
        for label, row in zip(labels, probabilities, strict=True)
    ]
    others = " others" if probabilities.shape[1] > len(DIGITS) else ""
    lines = ["digit  label" + "".join(f"{d:>8}" for d in range(min(len(DIGITS), probabilities.shape[1]))) + others]
    for label, row in zip(labels, probabilities, strict=True):
        said = "-" if label is None else label
        cells = [*row[: len(DIGITS)], *([row[len(DIGITS) :].sum()] if others else [])]
        lines.append(f"{row.argmax():>5}  {said:>5}" + "".join(f"{p:>8.2%}" for p in cells))
    return {"model": options.network, "data": source, "digits": found}, "\n".join(lines)


def _predict_picture(options: argparse.Namespace, model: nn.Module) -> tuple[dict[str, Any], str]:
    """The likeliest classes of a picture, for a network that doesn't read digits."""
    (row,) = forward.run(model, cli_own.picture(options.image, form.of(model))[0]).probabilities[None]
    found = {"label": None, "prediction": int(row.argmax()), "probabilities": [float(p) for p in row]}
    lines = [f"{row[index]:>7.2%}  {cli_own.class_name(options.network, int(index))}" for index in (-row).argsort()[:5]]
    return {"model": options.network, "data": options.image.name, "digits": [found]}, "\n".join(lines)


def _graph(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    graph = cli_report.finished(_run(options).iteration)[0]
    return cli_report.graph_json(graph), cli_report.graph_text(graph)


def _step(options: argparse.Namespace) -> tuple[dict[str, Any], str]:
    done = _run(options)
    return cli_report.step_json(done.iteration, done.losses), cli_report.step_text(done.iteration, done.losses)


def _run(options: argparse.Namespace) -> Run:
    """The experiment that the options describe, with its steps taken."""
    chosen = _experiment(options)
    model = chosen.model() if options.weights is None else _model(chosen.network, options.weights)
    model = model.to(device.choose(options.device))
    options.network = chosen.network
    if options.image is not None:
        batch = cli_own.picture_batch(options, model)
    else:
        batch = cli_own.labelled(options, model, chosen.batch(form.of(model)))
        if chosen.input.source == MNIST:
            cli_own.note_digits(chosen.network)
    if options.target is None:
        chosen = chosen.with_values({"target": _target(chosen.setup.loss, chosen.setup.target, batch)})
    return run(chosen, model, batch)


def _experiment(options: argparse.Namespace) -> Experiment:
    """The preset, or else the first test digit, with what the other options change."""
    chosen = PRESETS.get(options.preset, Experiment(input=Input(MNIST, (0,))))
    if options.weights is not None:
        chosen = replace(chosen, weights=Weights(FILE, file=str(options.weights)))
    elif options.weights_seed is not None:
        chosen = replace(chosen, weights=Weights(RANDOM, options.weights_seed))
    if options.index is not None:
        chosen = replace(chosen, input=Input(MNIST, tuple(options.index)))
    elif options.noise is not None:
        chosen = replace(chosen, input=Input(NOISE, noise=options.noise))
    given = {name: value for name, value in vars(options).items() if value is not None}
    return chosen.with_values({name: given[name] for name in SETTINGS if name in given})


def _target(loss: str, target: str, batch: Batch) -> str:
    """This target, or where the loss or the batch can't have it, the first that it can."""
    possible = [name for name in LOSSES[loss].targets if name != LABEL or batch.labels is not None]
    return target if target in possible else possible[0]


def _download(_: argparse.Namespace) -> tuple[dict[str, Any], str]:
    names = mnist.download()
    return {"downloaded": names}, "\n".join(f"downloaded {name}" for name in names) or "nothing is missing"


def _digits(strokes: Path | None) -> tuple[Digits, str]:
    return (mnist.load("test"), "mnist-test") if strokes is None else (stroke_file.read(strokes), strokes.name)

"""Options of the command line for networks of one's own: what `--model my_net.py:Net` reads, and its input."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch import nn

from lenet.digits import batch, colour
from lenet.digits.batch import Batch
from lenet.digits.picture_file import MAX_BYTES
from lenet.errors import InputError
from lenet.networks import form, forward, models, own, own_file
from lenet.networks.form import Form
from lenet.networks.forward import Layer
from lenet.networks.own_file import Read

MODEL: Final = (
    "a network of your own, such as my_net.py:Net (any callable of a Python file that gives a torch.nn.Module), or "
    "torchvision:resnet18"
)
MOST_CLASSES: Final = 100_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a command the options of networks of one's own."""
    group = parser.add_argument_group("a network of your own")
    group.add_argument(
        "--input", dest="form", type=form_of, metavar="CxHxW", help="shape of its input, such as 3x64x64"
    )
    group.add_argument(
        "--classes",
        type=classes,
        metavar="NAMES",
        help="names of its classes with commas between, or a file with one in each line; of a torchvision network also "
        "how many there are",
    )


def network(text: str) -> str:
    """Value of `--model`: the name of a network, or what `resolve` reads.

    Raises:
        ArgumentTypeError: there is no such network.
    """
    if own_file.names_one(text):
        return text
    try:
        models.check(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def resolve(options: argparse.Namespace) -> None:
    """Read the network of one's own that the options name, and put its short name in their place.

    Raises:
        InputError: it can't be read, or an option is for such networks alone.
    """
    text = options.network
    if not (text and own_file.names_one(text)):
        if options.form or options.classes:
            raise InputError("own-options")
        return
    found = own_file.read(text, options.form, options.classes or ())
    options.network = found.own.name
    for line in notes(found):
        print(line, file=sys.stderr)


def notes(found: Read) -> list[str]:
    """Sentences on what was found out about a network, for the person at the terminal."""
    kept = found.own
    lines = [f"{kept.name}: input {kept.form.text}, {kept.classes} classes"]
    if found.searched and not kept.name.startswith(own_file.TORCHVISION):
        lines[0] += " (the first input that it takes; --input says another)"
    if found.converted:
        lines.append(f"{kept.name}: converted from {', '.join(found.converted)} to float32")
    if not found.differentiable:
        lines.append(f"{kept.name}: no gradient flows from its output, so there is a forward pass alone")
    return lines


def computed(layers: Sequence[Layer]) -> str:
    """The layers that were computed before a network raised, as a table."""
    rows = [(layer.name, layer.kind, "×".join(map(str, layer.shape))) for layer in layers]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def note_digits(name: str) -> None:
    """Say on stderr how MNIST's digits become the input of a network, where they are more than given a border."""
    found = own.find(name)
    if found is not None and not found.form.plain:
        repeated = f", the same in each of its {found.form.channels} channels" if found.form.channels > 1 else ""
        size = f"{found.form.height}×{found.form.width}"
        print(f"{name} gets MNIST's digits, scaled to {size}{repeated}", file=sys.stderr)


def picture(path: Path, shape: Form) -> NDArray[np.float32]:
    """Picture file as the input of a network, (1, C, H, W) float32.

    Raises:
        InputError: the file can't be read, or is no picture.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError("file-read", path=path, reason=error.strerror or error) from None
    return colour.inputs(colour.read(data, shape), shape)


def picture_batch(options: argparse.Namespace, model: nn.Module) -> Batch:
    """Batch of the picture that the options name, with their label, else with the class that the network gives it.

    Raises:
        InputError: the file can't be read, or there is no such class.
    """
    inputs = picture(options.image, form.of(model))
    label = options.label
    if label is None:
        label = forward.run(model, inputs[0]).prediction
        print(f"The label is the network's own prediction, {class_name(options.network, label)}", file=sys.stderr)
    return batch.with_label(Batch(inputs, None), label)


def labelled(options: argparse.Namespace, model: nn.Module, given: Batch) -> Batch:
    """A batch with labels that the network has classes for: those of the options, else its own predictions.

    Raises:
        InputError: there is no such class.
    """
    if options.label is not None:
        return batch.with_label(given, options.label)
    found = own.find(options.network or "")
    if found is None or given.labels is None or int(given.labels.max()) < found.classes:
        return given
    said = [forward.run(model, one).prediction for one in given.inputs]
    names = ", ".join(class_name(options.network, label) for label in said)
    print(f"The digits' labels are no classes of {found.name}: its predictions are taken, {names}", file=sys.stderr)
    return replace(given, labels=np.array(said, np.int64))


def class_name(name: str | None, index: int) -> str:
    """Number of a class, with its name where it has one."""
    found = own.find(name or "")
    return f"{index} ({found.names[index]})" if found is not None and index < len(found.names) else str(index)


def form_of(text: str) -> Form:
    """Form of an input, such as 3x64x64.

    Raises:
        ArgumentTypeError: the text is none.
    """
    found = form.read(text)
    if found is None:
        raise argparse.ArgumentTypeError(str(InputError("own-input-text", text=text)))
    return found


def classes(text: str) -> tuple[str, ...]:
    """Names of classes: with commas between, a line each in a file, or a number of them.

    Raises:
        ArgumentTypeError: the file can't be read, or the number is none.
    """
    if text.isdecimal():
        if not 2 <= int(text) <= MOST_CLASSES:
            raise argparse.ArgumentTypeError(f"{text} is not a number of classes")
        return tuple(map(str, range(int(text))))
    path = Path(text)
    if path.is_file():
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise argparse.ArgumentTypeError(f"{path} can't be read: {error}") from None
    else:
        lines = text.split(",")
    return tuple(line.strip() for line in lines if line.strip())

"""Networks of the person who starts the server, read from the words of a command line alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from lenet import cli_own
from lenet.errors import InputError
from lenet.networks import own_file, own_weights, weights_fit
from lenet.networks.own_check import PartialError
from lenet.networks.weights_fit import MisfitError


def read(model: str, weights: Path | None, shape: str | None, classes: str | None) -> tuple[list[str], str]:
    """Read a network and register it.

    Args:
        model: such as `my_net.py:Net` or `torchvision:resnet18`.
        weights: file of its weights, None for those that it comes with.
        shape: of its input, such as 3x64x64; None to find it out.
        classes: names of its classes, as the command line of `lenet` takes them.

    Returns:
        Lines to print, and a sentence on why it can't be used, "" if it can.
    """
    lines: list[str] = []
    try:
        if not own_file.names_one(model):
            raise InputError("own-text", text=model)
        form = cli_own.form_of(shape) if shape else None
        names = cli_own.classes(classes) if classes else ()
        found = own_file.read(model, form, names)
        lines = cli_own.notes(found)
        if weights is not None:
            own_weights.give(found.own.name, weights)
    except argparse.ArgumentTypeError as problem:
        return lines, str(problem)
    except InputError as problem:
        if isinstance(problem, MisfitError):
            lines.append(weights_fit.table(problem.differences))
        if isinstance(problem, PartialError):
            lines.append(cli_own.computed(problem.layers))
        return lines, str(problem)
    return lines, ""

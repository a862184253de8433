"""Weights of a file for a network of one's own, as the person at the terminal names them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from lenet.networks import checkpoint, own
from lenet.networks.checkpoint import Loaded


def give(name: str, path: str | os.PathLike[str]) -> Loaded:
    """Load a file into a registered network, which from then on has come with these weights.

    Args:
        name: of a network of one's own.
        path: of a file of safetensors or of `torch.save`.

    Raises:
        InputError: the file can't be read or doesn't fit.
    """
    loaded = checkpoint.from_terminal(name, path)
    found = own.find(name)
    if found is not None:
        file = str(Path(path).resolve())
        own.register(replace(found, given=own.prepared(loaded.model, found.form).eval(), weights=file))
    return loaded

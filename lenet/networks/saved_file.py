"""Weights as `torch.save` writes them, for the person at the terminal alone: what a browser sends never comes here."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor

from lenet.errors import InputError
from lenet.networks.own import said

DEEPEST: Final = 6


def tensors(data: bytes, source: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors in a file, by their keys joined with points, such as `state_dict.conv1.weight`.

    `weights_only` lets nothing else than tensors, numbers, texts and containers be read.

    Args:
        data: the file's content.
        source: what a message calls it.

    Raises:
        InputError: there is something else in it, it is damaged, or it has no tensors.
    """
    try:
        content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except Exception as error:
        if type(error).__name__ == "UnpicklingError":
            raise InputError("weights-unsafe", path=source, reason=_short(str(error))) from None
        raise InputError("weights-damaged", path=source, reason=said(error)) from None
    found: dict[str, Tensor] = {}
    _collect(content, "", found, 0)
    if not found:
        raise InputError("weights-no-tensors", path=source, kind=type(content).__name__)
    return found


def _collect(content: object, prefix: str, found: dict[str, Tensor], depth: int) -> None:
    if isinstance(content, Tensor) and prefix:
        found[prefix.removesuffix(".")] = content.detach()
    elif isinstance(content, Mapping) and depth < DEEPEST:
        for key, value in content.items():
            _collect(value, f"{prefix}{key}.", found, depth + 1)


def _short(reason: str) -> str:
    """Name of the refused object, out of PyTorch's long advice."""
    found = re.search(r"(?:GLOBAL|Unsupported global: GLOBAL|Unsupported operand|Unsupported class) (\S+)", reason)
    return found[1] if found else " ".join(reason.split())[:160]

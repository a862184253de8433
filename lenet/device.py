"""Choice of the device: CUDA, else MPS, else the CPU."""

from __future__ import annotations

import torch

from lenet.errors import InputError


def choose(name: str | None = None) -> torch.device:
    """Choose the device of this name, or else the fastest available.

    Args:
        name: `cpu`, `cuda`, `cuda:1`, `mps`; None for the fastest available.

    Raises:
        InputError: this computer has no such device.
    """
    here = available()
    if name is None:
        return torch.device(here[0])
    try:
        device = torch.device(name)
    except RuntimeError:
        raise InputError("device-unknown", name=name, names=", ".join(here)) from None
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    if device.type not in here or (device.index or 0) >= count:
        raise InputError("device-unknown", name=name, names=", ".join(here))
    return device


def available() -> tuple[str, ...]:
    """Names of the available devices, the fastest first."""
    names = []
    if torch.cuda.is_available():
        names.append("cuda")
    if torch.backends.mps.is_available():
        names.append("mps")
    return (*names, "cpu")

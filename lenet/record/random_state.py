"""Run code without a lasting effect on the global random generators of PyTorch, Python and NumPy."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import numpy as np
import torch
from numpy.random.mtrand import get_bit_generator, set_bit_generator

_MT19937_BYTES: Final = 4 * (624 + 1)
"""Size of the state of NumPy's default global generator: 624 words and a position."""


@contextmanager
def restored(device: torch.device) -> Iterator[None]:
    """Put the global generators back afterwards into the state in which they are now.

    Args:
        device: whose generator is restored besides that of the CPU.
    """
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    state, python, restore_numpy = torch.get_rng_state(), random.getstate(), _numpy()
    try:
        yield
    finally:
        torch.set_rng_state(state)
        if cuda is not None:
            torch.cuda.set_rng_state(cuda, device)
        random.setstate(python)
        restore_numpy()


def _numpy() -> Callable[[], None]:
    """Function that restores NumPy's global generator.

    `get_state` and `set_state` take 25 microseconds each, a tenth of a training step of a small network. Comparing the
    state's memory takes one, but tells nothing about a normal number that was drawn in advance, as they are in pairs.
    So two are drawn: where the first leaves the memory as it is, it was such a number.
    """
    generator = get_bit_generator()
    if type(generator) is not np.random.MT19937:
        return partial(np.random.set_state, np.random.get_state(legacy=False))
    address = generator.ctypes.state_address
    before = ctypes.string_at(address, _MT19937_BYTES)
    first = np.random.standard_normal()
    if ctypes.string_at(address, _MT19937_BYTES) == before:
        state: Any = np.random.get_state(legacy=False) | {"has_gauss": 1, "gauss": first}
        np.random.set_state(state)
        return partial(np.random.set_state, state)
    np.random.standard_normal()
    ctypes.memmove(address, before, _MT19937_BYTES)

    def restore() -> None:
        if get_bit_generator() is not generator or ctypes.string_at(address, _MT19937_BYTES) != before:
            set_bit_generator(generator)  # which also forgets a number drawn in advance
            ctypes.memmove(address, before, _MT19937_BYTES)

    return restore

"""Storages of tensors, so that memory shared by a tensor and its views is counted once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, UntypedStorage


class Memory(NamedTuple):
    """Storage of one or several tensors.

    Attributes:
        number: the same for tensors that share it, counted from 0.
        size: bytes of all of it, which stay as long as one view of it does.
        owner: name of the model's parameter or buffer that lies there, None where none does.
    """

    number: int
    size: int
    owner: str | None = None


class Memories:
    """Numbering of storages, valid as long as all tensors asked about are alive.

    Args:
        owned: the model's parameters and buffers by name.
    """

    def __init__(self, owned: Mapping[str, Tensor]) -> None:
        self.known: dict[int, Memory] = {}
        self.owners: dict[int, str] = {}
        for name, tensor in owned.items():
            pointer, _ = _place(tensor)
            if pointer:
                self.owners.setdefault(pointer, name)

    def of(self, tensor: Tensor) -> Memory | None:
        """Storage of a tensor; None for a tensor without one, such as a sparse tensor."""
        pointer, storage = _place(tensor)
        found = self.known.get(pointer)
        if found is None and storage is not None:
            found = self.known[pointer] = Memory(len(self.known), storage.nbytes(), self.owners.get(pointer))
        return found


def _place(tensor: Tensor) -> tuple[int, UntypedStorage | None]:
    """Address of a tensor's storage, and the storage; 0 and None where it has none."""
    try:
        storage = tensor.untyped_storage()
        pointer = storage.data_ptr()
    except (RuntimeError, NotImplementedError):
        return 0, None
    return (pointer, storage) if pointer else (0, None)

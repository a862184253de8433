"""Names, shapes and types of a file's weights beside those of a network."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import torch
from torch import Tensor

from lenet.errors import InputError
from lenet.messages import Message

WRAPPERS: Final = frozenset({"module", "_orig_mod"})
"""Parts of a name that DataParallel, DistributedDataParallel and `torch.compile` put in, at its start or inside."""
PRECISIONS: Final = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
"""Accepted types of weights; all are converted to float32. Counts, such as those of batch norm, are whole numbers."""
NAMED: Final = 3
"""Names that a message lists before it says how many more there are."""

Source = str | os.PathLike[str]


class Difference(NamedTuple):
    """An entry that doesn't fit.

    Attributes:
        name: of the entry, without the file's prefix.
        wanted: its shape in the network, None where the network has no such entry.
        found: its shape in the file, None where the file has none.
    """

    name: str
    wanted: tuple[int, ...] | None
    found: tuple[int, ...] | None


class MisfitError(InputError):
    """Weights that don't fit a network.

    Args:
        key: as for `InputError`.
        differences: all entries that don't fit.
        values: as for `InputError`.
    """

    def __init__(self, key: str, differences: Iterable[Difference], **values: object) -> None:
        self.differences = tuple(differences)
        super().__init__(key, **values)


def fit(source: Source, name: str, weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, str]:
    """The file's name for each of the network's; every entry named has the network's shape and finite numbers.

    Args:
        source: what a message calls the file.
        name: of the network.
        weights: the file's.
        expected: the network's.

    Raises:
        InputError: the file doesn't fit.
    """
    found: dict[str, list[str]] = {}
    for key in sorted(weights):
        found.setdefault(".".join(part for part in key.split(".") if part not in WRAPPERS), []).append(key)
    prefix = _prefix(source, name, found, weights, expected)
    names = {key: found[prefix + key] for key in expected}
    for choices in names.values():
        if len(choices) > 1:
            raise InputError("weights-several", path=source, name=name, names=listed(choices))
    only = {key: choices[0] for key, choices in names.items()}
    for key, want in expected.items():
        tensor = weights[only[key]]
        if tensor.shape != want.shape:
            facts = {"found": _shape(tensor), "wanted": _shape(want)}
            differences = _differences(prefix, found, weights, expected)
            raise MisfitError("weights-shape", differences, path=source, name=name, parameter=key, **facts)
        if tensor.dtype not in PRECISIONS and tensor.dtype != want.dtype:
            raise InputError("weights-type", path=source, parameter=key, type=type_of(tensor))
        if not torch.isfinite(tensor.float()).all():
            raise InputError("weights-finite", path=source, parameter=key)
    return only


def _prefix(
    source: Source,
    name: str,
    found: Mapping[str, list[str]],
    weights: Mapping[str, Tensor],
    expected: Mapping[str, Tensor],
) -> str:
    """The prefix under which the file has every one of the network's names, "" where they stand alone.

    Raises:
        InputError: there is none, or several, or the file has more under it.
    """
    starts = {key.removesuffix(own) for key in found for own in expected if f".{key}".endswith(f".{own}")}
    counts = {start: sum(start + key in found for key in expected) for start in sorted(starts | {""}, key=len)}
    best = max(counts, key=lambda start: counts[start])  # the shortest of several
    whole = [start for start, count in counts.items() if count == len(expected)]
    if len(whole) > 1 and best:
        raise InputError("weights-several", path=source, name=name, names=listed(whole))
    missing = [best + key for key in expected if best + key not in found]
    more = [key for key in found if key.startswith(best) and key.removeprefix(best) not in expected]
    differences = _differences(best, found, weights, expected) if missing or more else ()
    if missing and more:
        facts = {"missing": listed(missing), "more": listed(more)}
        raise MisfitError("weights-names", differences, path=source, name=name, **facts)
    if missing:
        raise MisfitError("weights-missing-names", differences, path=source, name=name, missing=listed(missing))
    if more:
        raise MisfitError("weights-more-names", differences, path=source, name=name, more=listed(more))
    return best


def _differences(
    prefix: str, found: Mapping[str, list[str]], weights: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> list[Difference]:
    """Entries that are missing, then those that are not needed, then those that differ in shape."""
    file = {
        key.removeprefix(prefix): tuple(weights[names[0]].shape)
        for key, names in found.items()
        if key.startswith(prefix)
    }
    network = {key: tuple(tensor.shape) for key, tensor in expected.items()}
    return [
        *(Difference(key, shape, None) for key, shape in network.items() if key not in file),
        *(Difference(key, None, shape) for key, shape in file.items() if key not in network),
        *(Difference(key, shape, file[key]) for key, shape in network.items() if file.get(key, shape) != shape),
    ]


def shape_text(shape: tuple[int, ...]) -> str | Message:
    """Shape in words, such as 6×1×5×5."""
    return "×".join(map(str, shape)) or Message("shape-scalar")


def table(differences: Iterable[Difference]) -> str:
    """Differences as a table for a terminal."""
    rows = [("", "in the network", "in the file")]
    for one in differences:
        wanted = "not needed" if one.wanted is None else str(shape_text(one.wanted))
        rows.append((one.name, wanted, "missing" if one.found is None else str(shape_text(one.found))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def type_of(tensor: Tensor) -> str:
    """Name of a tensor's type, such as float16."""
    return str(tensor.dtype).removeprefix("torch.")


def listed(names: Iterable[str]) -> str | Message:
    """The first names, and how many more there are."""
    every = list(names)
    shown = ", ".join(name[:60] for name in every[:NAMED])
    more = len(every) - NAMED
    return Message("names-more", {"names": shown, "count": more}) if more > 0 else shown


def _shape(tensor: Tensor) -> str | Message:
    return shape_text(tuple(tensor.shape))

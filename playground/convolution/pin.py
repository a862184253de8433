"""Cell of the output that the visitor has pinned, as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

PIN: Final = re.compile(r"(\d{1,3}),(\d{1,3})")


def is_pin(written: str) -> bool:
    """True for a text that is a cell, or empty."""
    return not written or PIN.fullmatch(written) is not None


def cell_or_middle(written: str, shape: Sequence[int]) -> list[int]:
    """Row and column of the pinned cell, or of the middle one if none is pinned; arguments as for `cell`."""
    return cell(written, shape) or [side // 2 for side in shape]


def cell(written: str, shape: Sequence[int]) -> list[int] | None:
    """Row and column of the pinned cell; None if there is none in an output of this height and width."""
    found = PIN.fullmatch(written)
    if not found or int(found[1]) >= shape[0] or int(found[2]) >= shape[1]:
        return None
    return [int(found[1]), int(found[2])]

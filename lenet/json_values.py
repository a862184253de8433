"""Values that JSON cannot represent: NaN and infinity."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """Replace NaN and the infinities with the strings `NaN`, `Infinity` and `-Infinity`, at any depth.

    Python's `float` and JavaScript's `Number` read these strings, and null stays free for what was not computed.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list | tuple) else value

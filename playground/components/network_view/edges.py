"""Contributions between layers as compact arrays for the browser."""

from __future__ import annotations

from typing import Final

from lenet.explain.contributions import Contributions

NOTHING: Final = Contributions((), {})


def packed(contributions: Contributions, side: str) -> dict[str, object]:
    """Part of a component's data: the edges of all pairs of layers, one pair after another.

    Args:
        contributions: of the forward or the backward pass.
        side: prefix of the names, "forward" or "backward".

    Returns:
        `{side}_edges`, the source, the target and the number of edges of each pair; `{side}_values`, float32;
        `{side}_units`, int16: first the units of all sources, then those of all targets. All are little-endian.
        `{side}_reasons`: why a layer has no edges, by its name.
    """
    edges, reasons = contributions
    return {
        f"{side}_edges": [[pair.source, pair.target, len(pair.values)] for pair in edges],
        f"{side}_reasons": dict(reasons),
        f"{side}_values": b"".join(pair.values.astype("<f4", copy=False).tobytes() for pair in edges),
        f"{side}_units": b"".join(
            units.astype("<i2", copy=False).tobytes()
            for units in (*(pair.from_units for pair in edges), *(pair.to_units for pair in edges))
        ),
    }

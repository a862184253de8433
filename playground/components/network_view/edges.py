"""Contributions between layers as compact arrays for the browser."""

from __future__ import annotations

from collections.abc import Sequence

from lenet.explain.contributions import Edges


def packed(edges: Sequence[Edges], side: str) -> dict[str, object]:
    """Part of a component's data: the edges of all pairs of layers, one pair after another.

    Args:
        edges: of the forward or the backward pass.
        side: prefix of the names, "forward" or "backward".

    Returns:
        `{side}_edges`, the source, the target and the number of edges of each pair; `{side}_values`, float32;
        `{side}_units`, int16: first the units of all sources, then those of all targets. All are little-endian.
    """
    return {
        f"{side}_edges": [[pair.source, pair.target, len(pair.values)] for pair in edges],
        f"{side}_values": b"".join(pair.values.astype("<f4", copy=False).tobytes() for pair in edges),
        f"{side}_units": b"".join(
            units.astype("<i2", copy=False).tobytes()
            for units in (*(pair.from_units for pair in edges), *(pair.to_units for pair in edges))
        ),
    }

"""`python -m tests.color_vision`: how far apart the pictures' colours are for each kind of colour vision, as a table.

Colour blindness is simulated after Machado, Oliveira and Fernandes (2009) at its full severity; a distance is that in
CIELAB (CIE 1976), of which about 2 can just be seen.
"""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from playground.palette import PALETTE, Theme

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses Matplotlib, for figures that are not made here
    import colour

TABLE: Final = Path(__file__).parents[1] / "docs" / "colours.md"
KINDS: Final = {"full": "", "protan": "Protanomaly", "deutan": "Deuteranomaly", "tritan": "Tritanomaly"}
PAIRS: Final = {
    "positive and negative output": (("diverging", 1), ("diverging", -1)),
    "positive and negative gradient": (("night", 1), ("night", -1)),
    "ground of outputs and of gradients": (("diverging", 0), ("night", 0)),
    "positive output and its ground": (("diverging", 1), ("diverging", 0)),
    "positive gradient and its ground": (("night", 1), ("night", 0)),
}
STRONG: Final = 3
"""Stops between zero and the colour that stands for a value of either sign."""


@cache
def matrix(kind: str) -> NDArray[np.float64]:
    """Matrix (3, 3) that turns linear sRGB into what eyes of a kind of colour vision see."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.eye(3) if not KINDS[kind] else np.asarray(colour.matrix_cvd_Machado2009(KINDS[kind], 1.0))


def seen(color: str, kind: str) -> NDArray[np.float64]:
    """(3,) CIELAB of an #rrggbb colour as it is seen."""
    linear = colour.cctf_decoding([int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.asarray(colour.XYZ_to_Lab(colour.RGB_to_XYZ(np.clip(matrix(kind) @ linear, 0, 1), "sRGB")))


def distance(one: str, other: str, kind: str) -> float:
    """Distance of two #rrggbb colours as they are seen."""
    return float(np.linalg.norm(seen(one, kind) - seen(other, kind)))


def color_of(theme: Theme, scale: str, sign: int) -> str:
    """Colour of zero, or of a large value of a sign, in a scale of both signs."""
    stops: tuple[str, ...] = PALETTE[theme][scale]  # type: ignore[literal-required]
    return stops[len(stops) // 2 + sign * STRONG]


def distances() -> dict[tuple[str, Theme], dict[str, float]]:
    """Distance of each pair in each theme, by the kind of colour vision."""
    themes: tuple[Theme, ...] = ("light", "dark")
    return {
        (pair, theme): {kind: distance(color_of(theme, *one), color_of(theme, *other), kind) for kind in KINDS}
        for pair, (one, other) in PAIRS.items()
        for theme in themes
    }


def table() -> str:
    """Page of the documentation with the distances."""
    lines = [
        "# Colours for every eye",
        "",
        "Distance in CIELAB between colours that must be told apart, with full colour vision and with each kind of",
        "colour blindness at its full severity (simulated after Machado, Oliveira and Fernandes, 2009). About 2 can",
        "just be seen. The sign of a value is its hue; what tells a gradient from an output is its ground, which is",
        "dark in one theme and light in the other. `python -m tests.color_vision` computes this table.",
        "",
        f"| | theme | {' | '.join(KINDS)} |",
        f"|---|---|{'---|' * len(KINDS)}",
    ]
    for (pair, theme), found in distances().items():
        lines.append(f"| {pair} | {theme} | {' | '.join(f'{value:.0f}' for value in found.values())} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
    print(TABLE.name)

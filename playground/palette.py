"""The colours of the house, in one place: the components get them as `PALETTE`, the figures as Plotly scales.

Signed values go from blue (negative) over the page's own grey (zero) to orange (positive), a pair that people with any
of the common kinds of colour blindness tell apart. Unsigned values use the orange half alone, so that a map before and
after a ReLU shows the same number in the same colour. In the dark theme zero is dark, in the light theme it is light.
"""

from __future__ import annotations

from typing import Final, Literal, TypedDict

Theme = Literal["light", "dark"]
Scale = Literal["diverging", "sequential", "ink"]


class Colors(TypedDict):
    """Colours of one theme. The scales are stops at equal distances, as #rrggbb."""

    diverging: tuple[str, ...]
    """From the most negative over zero, the stop in the middle, to the most positive."""
    sequential: tuple[str, ...]
    """From zero to the largest."""
    ink: tuple[str, ...]
    """From paper to full ink."""
    accent: str
    """Frame of what is chosen or pointed at."""
    track: str
    """The empty part of a bar."""
    bar: str
    """The filled part of a bar that isn't the largest."""
    series: tuple[str, ...]
    """Curves of a figure, in order."""
    kinds: dict[str, str]
    """Kinds of nodes of a graph, see `components.graph_view.families`; each has a sign of its own as well."""


_LIGHT_POSITIVE: Final = ("#f3f2ef", "#fbd9b5", "#f5a860", "#dc7220", "#a84a08", "#6b2c02")
_LIGHT_NEGATIVE: Final = ("#062a5c", "#15509a", "#3a80c6", "#84b5e2", "#cddff0")
_DARK_POSITIVE: Final = ("#1b1e25", "#5a2f10", "#a85515", "#e88a34", "#fdbe7d", "#fff0dc")
_DARK_NEGATIVE: Final = ("#e2f1ff", "#8cc4f7", "#3f93e0", "#1f5fa5", "#17355a")

PALETTE: Final[dict[Theme, Colors]] = {
    "light": {
        "diverging": (*_LIGHT_NEGATIVE, *_LIGHT_POSITIVE),
        "sequential": _LIGHT_POSITIVE,
        "ink": ("#f3f2ef", "#16181d"),
        "accent": "#0b7a6f",
        "track": "#eeedea",
        "bar": "#9aa0aa",
        "series": ("#0b7a6f", "#dc7220", "#15509a", "#8a5a9e", "#6b6f76"),
        "kinds": {
            "loss": "#16181d",
            "linear": "#15509a",
            "convolution": "#8a5a9e",
            "normalization": "#4d62b0",
            "activation": "#b85c0e",
            "pooling": "#846808",
            "reshape": "#6b6f76",
            "arithmetic": "#a3456b",
            "parameter": "#2f7d4f",
            "other": "#6b6f76",
        },
    },
    "dark": {
        "diverging": (*_DARK_NEGATIVE, *_DARK_POSITIVE),
        "sequential": _DARK_POSITIVE,
        "ink": ("#1b1e25", "#f4f4f2"),
        "accent": "#3ecfbe",
        "track": "#252932",
        "bar": "#6d7480",
        "series": ("#3ecfbe", "#e88a34", "#8cc4f7", "#c79bdb", "#a3a8b0"),
        "kinds": {
            "loss": "#f4f4f2",
            "linear": "#8cc4f7",
            "convolution": "#c79bdb",
            "normalization": "#9aa9ee",
            "activation": "#e88a34",
            "pooling": "#d6b656",
            "reshape": "#a3a8b0",
            "arithmetic": "#ec8fb3",
            "parameter": "#7cc795",
            "other": "#a3a8b0",
        },
    },
}


def plotly_scale(scale: Scale, theme: Theme) -> list[tuple[float, str]]:
    """A scale as Plotly's `colorscale`: pairs of a position in 0..1 and a colour.

    For `diverging`, give the trace `zmid=0`.
    """
    stops = PALETTE[theme][scale]
    return [(index / (len(stops) - 1), stop) for index, stop in enumerate(stops)]

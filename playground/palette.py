"""All colours of the playground: `PALETTE` for the components, Plotly scales for the figures.

Signed values go from blue (negative) through the page's grey (zero) to orange (positive), a pair that people with any
common kind of colour blindness can tell apart. Unsigned values use only the orange half, so that maps before and after
a ReLU show the same number in the same colour. Zero is dark in the dark theme and light in the light theme.
"""

from __future__ import annotations

from typing import Final, Literal, TypedDict

Theme = Literal["light", "dark"]
Scale = Literal["diverging", "sequential", "ink", "night"]


class Colors(TypedDict):
    """Colours of one theme as #rrggbb. Each scale is a sequence of stops at equal distances."""

    diverging: tuple[str, ...]
    """From the most negative value through zero, the middle stop, to the most positive."""
    sequential: tuple[str, ...]
    """From zero to the largest value."""
    ink: tuple[str, ...]
    """From paper to full ink."""
    night: tuple[str, ...]
    """As `diverging`, on a ground as dark as the other theme's: for gradients, beside outputs on the theme's own."""
    accent: str
    """Selected elements, and those under the pointer."""
    track: str
    """Empty part of a bar."""
    bar: str
    """Filled part of a bar that isn't the largest."""
    series: tuple[str, ...]
    """Curves of a figure, in order."""
    kinds: dict[str, str]
    """Kinds of nodes of a graph, see `components.graph_view.families`; each has a sign of its own as well."""


_LIGHT_POSITIVE: Final = ("#f3f2ef", "#fbd9b5", "#f5a860", "#dc7220", "#a84a08", "#6b2c02")
_LIGHT_NEGATIVE: Final = ("#062a5c", "#15509a", "#3a80c6", "#84b5e2", "#cddff0")
_DARK_POSITIVE: Final = ("#1b1e25", "#5a2f10", "#a85515", "#e88a34", "#fdbe7d", "#fff0dc")
_DARK_NEGATIVE: Final = ("#e2f1ff", "#8cc4f7", "#3f93e0", "#1f5fa5", "#17355a")
# The light theme's, on a ground that doesn't glare beside dark maps.
_DIM_POSITIVE: Final = ("#c9c7c1", "#dfb488", "#e39545", "#cb6416", "#984106", "#612702")
_DIM_NEGATIVE: Final = ("#062a5c", "#124788", "#2f70b4", "#6a9fce", "#a3b8c8")

PALETTE: Final[dict[Theme, Colors]] = {
    "light": {
        "diverging": (*_LIGHT_NEGATIVE, *_LIGHT_POSITIVE),
        "sequential": _LIGHT_POSITIVE,
        "ink": ("#f3f2ef", "#16181d"),
        "night": (*_DARK_NEGATIVE, *_DARK_POSITIVE),
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
        "night": (*_DIM_NEGATIVE, *_DIM_POSITIVE),
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
    """Plotly `colorscale` of a scale: pairs of a position in 0..1 and a colour.

    For `diverging`, set `zmid=0` in the trace.
    """
    stops = PALETTE[theme][scale]
    return [(index / (len(stops) - 1), stop) for index, stop in enumerate(stops)]

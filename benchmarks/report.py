"""Report of the benchmarks: figures with their targets, as a table for people and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

HEADINGS: Final = ("what", "measured", "target", "met")


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
        name: what was measured, for people.
        value: as measured.
        unit: such as "ms".
        target: the number that it must not pass, or None where it only informs.
        bound: whether the target is the largest ("at most") or the smallest ("at least") that is good.
        samples: how many measurements the number comes from.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    bound: Literal["at most", "at least"] = "at most"
    samples: int = 1

    @property
    def met(self) -> bool | None:
        """True if the target is reached; None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.bound == "at most" else self.value >= self.target


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which `percent` of them lie, linearly between neighbours.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table that also reads well in a terminal."""
    rows = [HEADINGS, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join((lines[0], rule, *lines[1:]))


def document(figures: Sequence[Figure]) -> str:
    """The figures of `make bench` as a page of text."""
    about = machine()
    return f"""# How fast it is

`make bench` measures this in one run and writes this file: in a headless browser and at the WebSocket, beside the
ordinary way to build such a page, which is `streamlit run` as installed, `streamlit-drawable-canvas` and one Plotly
heatmap for each feature map. Of this run: {about["processors"]} processors without a GPU, Python {about["python"]},
{platform.system()}. Load of the computer over the 1, 5 and 15 minutes before its end: {about["load"]}. Where that is
more than there are processors, other programs had a part of the times.

{table(figures)}
"""


def save(path: Path, figures: Sequence[Figure], **about: Any) -> None:
    """Write the figures and what is known about the machine as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(), **about, "figures": [asdict(figure) | {"met": figure.met} for figure in figures]}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def machine() -> dict[str, Any]:
    """Facts that the numbers depend on: processors and how busy they were, system, Python."""
    return {
        "processors": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def _row(figure: Figure) -> tuple[str, ...]:
    target = "" if figure.target is None else f"{figure.bound} {_number(figure.target)} {figure.unit}".rstrip()
    met = {True: "yes", False: "no", None: ""}[figure.met]
    return figure.name, f"{_number(figure.value)} {figure.unit}".rstrip(), target, met


def _number(value: float) -> str:
    if value == 0 or abs(value) >= 1000 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"

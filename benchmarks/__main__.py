"""`python -m benchmarks [--reliability] [--quick] [--only NAME] [--json FILE]`: measure all, print a table, write JSON.

A complete run is also written to `docs/benchmarks.md`; with `--reliability`, which loads and attacks the server, to
`docs/reliability.md`.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from benchmarks import (
    baseline,
    build_page,
    contributions,
    convolution,
    convolution_ideas,
    drawing,
    graph_page,
    load,
    playing,
    record_size,
    recording,
    recording_cost,
    reliability,
    report,
    round_trip,
    serving,
    soak,
    start_up,
    step_page,
    training,
    training_page,
)
from benchmarks.report import Figure
from benchmarks.serving import ROOT, Server
from tests.browser.chromium import NoBrowserError

TIMES_FASTER: Final = 30
SPEED: Final = ROOT / "docs" / "benchmarks.md"
RELIABILITY: Final = ROOT / "docs" / "reliability.md"


def _served(
    serve: Callable[[], AbstractContextManager[Server]], measure: Callable[[Server, bool], Iterator[Figure]]
) -> Callable[[bool], Iterator[Figure]]:
    def run(quick: bool) -> Iterator[Figure]:
        with serve() as server:
            yield from measure(server, quick)

    return run


# A fresh server for each, so that none inherits another's memory.
BENCHMARKS: Final[dict[str, Callable[[bool], Iterator[Figure]]]] = {
    "start-up": start_up.measure,
    "drawing": _served(serving.playground, drawing.measure),
    "build-page": _served(serving.playground, build_page.measure),
    "baseline": _served(serving.baseline, baseline.measure),
    "round-trip": _served(serving.playground, round_trip.measure),
    "contributions": contributions.measure,
    "recording": recording.measure,
    "recording-cost": recording_cost.measure,
    "record-size": record_size.measure,
    "step-page": _served(serving.playground, step_page.measure),
    "playing": _served(serving.playground, playing.measure),
    "graph-page": graph_page.measure,
    "convolution": _served(serving.playground, convolution.measure),
    "convolution-ideas": _served(serving.playground, convolution_ideas.measure),
    "visitors": _served(serving.playground, load.measure),
    "soak": _served(serving.playground, soak.measure),
    "training": training.measure,
    "training-page": _served(serving.playground, training_page.measure),
}


def compare(figures: list[Figure]) -> Iterator[Figure]:
    """Compare with the baseline, where both were measured in this run."""
    values = {figure.name: figure.value for figure in figures}
    ours, theirs = values.get(drawing.MEDIAN), values.get(baseline.LAST_MAP)
    if ours and theirs:
        name = "times faster than the ordinary way: all maps, LeNet5"
        yield Figure(name, theirs / ours, "×", TIMES_FASTER, "at least")


def main() -> int:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter measurements")
    parser.add_argument("--reliability", action="store_true", help=f"load, faults and attacks, into {RELIABILITY.name}")
    names = [*BENCHMARKS, *reliability.MEASURES]
    parser.add_argument("--only", action="append", choices=names, help="this one alone; may be repeated")
    parser.add_argument("--json", type=Path, default=ROOT / "bench" / "results.json", help="where the results go")
    chosen = parser.parse_args()
    measures = reliability.MEASURES if chosen.reliability else BENCHMARKS
    if unknown := set(chosen.only or ()) - measures.keys():
        parser.error(f"{', '.join(sorted(unknown))}: {'without' if chosen.reliability else 'only with'} --reliability")
    # Raise as Ctrl+C does, so that servers and browsers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    figures: list[Figure] = []
    try:
        for name in chosen.only or measures:
            print(f"{name} ...", file=sys.stderr, flush=True)
            figures += measures[name](chosen.quick)
    except NoBrowserError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    figures += compare(figures)
    print(report.table(figures))
    report.save(chosen.json, figures, quick=chosen.quick)
    if not chosen.reliability and not chosen.only and not chosen.quick:
        SPEED.write_text(report.document(figures), "utf-8")
    if chosen.reliability and not chosen.only:
        RELIABILITY.parent.mkdir(exist_ok=True)
        RELIABILITY.write_text(reliability.document(figures, chosen.quick), "utf-8")
    print(f"\n{chosen.json}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

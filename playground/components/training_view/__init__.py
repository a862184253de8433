"""Training run as it happens: progress, curves of loss and accuracy, kernels, probabilities and layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from playground.components import mount

COMMANDS: Final = ("pause", "go_on", "stop")

_mount = mount.component("training_view")


@dataclass(frozen=True)
class Compared:
    """Another run to draw in the same plots.

    Attributes:
        name: of the run.
        numbers: see `playground.runs.stream.numbers`.
        probabilities: of the visitor's digit at its last checkpoint, None without one.
    """

    name: str
    numbers: Mapping[str, Any]
    probabilities: Sequence[float] | None = None


def training_view(
    *,
    key: str,
    run: str,
    live: bool,
    total: int,
    per_epoch: int,
    numbers: Mapping[str, Any],
    reason: str,
    watch: Mapping[str, Any] | None = None,
    other: Compared | None = None,
    controls: bool = True,
) -> str | None:
    """Show a run.

    Args:
        key: key of the component.
        run: id of the run.
        live: True if the browser may ask for newer numbers over the stream, see `playground.runs.stream`.
        total: steps that the run will have.
        per_epoch: steps of an epoch.
        numbers: of the run now, see `playground.runs.stream.numbers`.
        reason: sentence about why the run has ended, "" while it hasn't.
        watch: view into the network of a run that doesn't train, see `lenet.train.events.Watch`.
        other: run to compare with.
        controls: False to leave out the buttons.

    Returns:
        The command that the visitor has given in this run of the page, one of `COMMANDS`, or None.
    """
    blocks = {name: value for name, value in numbers.items() if isinstance(value, bytes)}
    given = {name: value for name, value in numbers.items() if name not in blocks}
    other_blocks, other_given = _split(other)
    state = _mount(
        key=key,
        data={
            "run": run,
            "live": live,
            "total": total,
            "per_epoch": per_epoch,
            "numbers": given,
            "reason": reason,
            "controls": controls,
            "watch": watch,
            "other": other.name if other else "",
            "other_numbers": other_given,
            "other_answer": list(other.probabilities) if other and other.probabilities else None,
            **blocks,
            **other_blocks,
        },
        on_command_change=mount.keep,
        on_state_change=mount.keep,
    )
    command = state.get("command") if isinstance(state, Mapping) else None
    return command if command in COMMANDS else None


def _split(other: Compared | None) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Bytes of a compared run, under names of their own, and its other values."""
    if other is None:
        return {}, {}
    blocks = {f"other_{name}": value for name, value in other.numbers.items() if isinstance(value, bytes)}
    return blocks, {name: value for name, value in other.numbers.items() if not isinstance(value, bytes)}

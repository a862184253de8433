"""Slider over the checkpoints of a run, which moves the network's picture on the same page through its training."""

from __future__ import annotations

from collections.abc import Sequence

from playground.components import mount
from playground.components.browser_values import sent

_mount = mount.component("run_timeline")


def run_timeline(
    *, key: str, run: str, steps: Sequence[int], at: int, per_epoch: int, ticket: str | None, revision: int
) -> None:
    """Show the slider.

    Args:
        key: key of the component.
        run: id of the run.
        steps: steps after which there is a checkpoint, rising.
        at: one of them, which the page shows.
        per_epoch: steps of an epoch.
        ticket: what answers while the slider moves, see `playground.runs.moments`; None to wait until it rests.
        revision: number of the network's picture on the page; the slider's answers get higher ones.
    """
    _mount(
        key=key,
        data={
            "run": run,
            "steps": list(steps),
            "at": at,
            "per_epoch": per_epoch,
            "ticket": ticket,
            "revision": revision,
        },
        on_moment_change=mount.keep,
    )


def chosen_moment(key: str, run: str, steps: Sequence[int]) -> int | None:
    """Checkpoint at which the visitor has left the slider of this run, None before. Call this before `run_timeline`.

    A slider at the newest checkpoint follows the training: it is then at the newest one of now.

    Args:
        key: key of the component.
        run: id of the run.
        steps: steps after which there is a checkpoint.
    """
    moment = sent(key, "moment")
    step = moment.get("step")
    if moment.get("run") != run or type(step) is not int or step not in steps:
        return None
    return steps[-1] if moment.get("newest") is True else step

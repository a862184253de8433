"""Path along a graph as a strip of buttons, each with the code that leads to its node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from playground.components import mount
from playground.components.browser_values import take_pick, taken

_mount = mount.component("walk_strip")


@dataclass(frozen=True)
class Step:
    """One step of the path.

    Attributes:
        code: code that leads here from the step before.
        label: name of the node.
        note: one more word about the node.
        ahead: True if the step lies beyond the visitor's position.
    """

    code: str
    label: str
    note: str = ""
    ahead: bool = False


def walk_strip(*, key: str, steps: Sequence[Step], at: int) -> None:
    """Show a path.

    Args:
        key: key of the component.
        steps: steps of the path.
        at: index of the step at the visitor's position.
    """
    _mount(
        key=key,
        data={
            "steps": [asdict(step) for step in steps],
            "at": at,
            "taken": taken(key),
        },
        on_picked_change=mount.keep,
    )


def picked_step(key: str, count: int) -> int | None:
    """Return the step that the visitor has picked since the last call, or None. Call this before `walk_strip`.

    Args:
        key: key of the component.
        count: number of steps that the strip showed.
    """
    step = take_pick(key).get("step")
    return step if type(step) is int and 0 <= step < count else None

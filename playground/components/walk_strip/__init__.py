"""A walk along a graph as a strip of steps, each a button with the code that leads on to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from playground.components import mount
from playground.components.browser_values import take_pick, taken

_mount = mount.component("walk_strip")


@dataclass(frozen=True)
class Step:
    """One stop of the walk.

    Attributes:
        code: that leads here from the stop before.
        label: what is found here.
        note: more about it, in a word.
        ahead: whether it lies beyond the place where the visitor is.
    """

    code: str
    label: str
    note: str = ""
    ahead: bool = False


def walk_strip(*, key: str, steps: Sequence[Step], at: int) -> None:
    """Show a walk.

    Args:
        key: of the component.
        steps: of the walk.
        at: which of them is where the visitor is.
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
    """The step that the visitor has picked since this was last asked, or None. Ask before `walk_strip`.

    Args:
        key: of the component.
        count: how many steps it showed.
    """
    step = take_pick(key).get("step")
    return step if type(step) is int and 0 <= step < count else None

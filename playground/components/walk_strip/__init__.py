"""A walk along a graph as a strip of steps, each a button with the code that leads on to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from playground.components import assembly
from playground.components.browser_values import take_pick, turn

FILES: Final = ("shared/dom.js", "shared/colors.js", "walk_strip/walk_strip.js")

_mount = assembly.component("walk_strip", '<div class="walk-strip" data-testid="walk-strip"></div>', FILES)


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
            "turn": turn(key),
        },
        on_picked_change=assembly.keep,
    )


def picked_step(key: str, count: int) -> int | None:
    """The step that the visitor has picked since this was last asked, or None. Ask before `walk_strip`.

    Args:
        key: of the component.
        count: how many steps it showed.
    """
    step = take_pick(key).get("step")
    return step if type(step) is int and 0 <= step < count else None

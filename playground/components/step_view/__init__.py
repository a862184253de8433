"""The player of a recorded iteration: its phases and stops, the line of code that runs, and what happens, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lenet.record.iteration import PHASES
from playground.components import mount
from playground.components.browser_values import sent

_mount = mount.component("step_view")


@dataclass(frozen=True)
class Frame:
    """What a page shows at one stop of an iteration. All that a visitor reads of it is worded already.

    Attributes:
        phase: one of `iteration.PHASES`.
        name: of what runs, as the record names it, such as `conv1` or `AddmmBackward0`; "" where a phase is one stop.
        title: a few words.
        detail: a sentence or two.
        lines: of the listing that run now, counted from 0.
        activations: names of the layers whose output is known.
        gradients: names of the layers whose gradient is known.
        current: the layer that runs now.
    """

    phase: str
    name: str = ""
    title: str = ""
    detail: str = ""
    lines: tuple[int, ...] = ()
    activations: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    current: str | None = None


def step_view(
    *,
    key: str,
    frames: Sequence[Frame],
    listing: Sequence[str],
    at: int,
    revision: int,
    channel: str = "step",
    address: str | None = None,
) -> int:
    """Show the player. Going from stop to stop asks no server: pictures that follow the channel are told in the page.

    Args:
        key: of the component.
        frames: one a stop, in the order of `iteration.PHASES`, at least one.
        listing: lines of PyTorch.
        at: the stop to open with.
        revision: number of the recording. Only another one moves the visitor to `at`.
        channel: what `network_view(follow=...)` names.
        address: name of the stop in the page's address, where it is counted from 1; None to leave the address alone.

    Returns:
        The stop at which the visitor rests.
    """
    names = list(dict.fromkeys(name for frame in frames for name in (*frame.activations, *frame.gradients)))
    number = {name: index for index, name in enumerate(names)}
    _mount(
        key=key,
        data={
            "revision": revision,
            "at": at,
            "channel": channel,
            "address": address,
            "phases": PHASES,
            "names": names,
            "frames": [
                {
                    "phase": frame.phase,
                    "name": frame.name,
                    "title": frame.title,
                    "detail": frame.detail,
                    "lines": frame.lines,
                    "activations": [number[name] for name in frame.activations],
                    "gradients": [number[name] for name in frame.gradients],
                    "current": frame.current,
                }
                for frame in frames
            ],
            "listing": list(listing),
        },
        on_at_change=mount.keep,
    )
    rest = stop_at_rest(key, revision, len(frames))
    return at if rest is None else rest


def stop_at_rest(key: str, revision: int, count: int) -> int | None:
    """The stop at which the visitor of this recording came to rest, or None where the browser has sent no such thing.

    Args:
        key: of the component.
        revision: number of the recording.
        count: of its stops.
    """
    at = sent(key, "at")
    stop = at.get("stop")
    fits = type(at.get("revision")) is int and at["revision"] == revision and type(stop) is int and 0 <= stop < count
    return stop if fits else None

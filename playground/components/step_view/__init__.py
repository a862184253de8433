"""Player of a recorded iteration: phases and stops, the line of code that runs, and a description of what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lenet.record.iteration import PHASES
from playground.components import mount
from playground.components.browser_values import sent

_mount = mount.component("step_view")


@dataclass(frozen=True)
class Frame:
    """Content of a page at one stop of an iteration, with its texts in the visitor's language.

    Attributes:
        phase: one of `iteration.PHASES`.
        name: record's name of the operation or node, such as `conv1` or `AddmmBackward0`; "" if the phase is one stop.
        title: a few words.
        detail: a sentence or two.
        lines: indices of the listing's lines that run at this stop, counted from 0.
        activations: names of the layers whose output has been computed.
        gradients: names of the layers whose gradient has been computed.
        current: name of the layer that runs at this stop, None if there is none.
        parameter: name of the parameter whose gradient is complete at this stop, None if there is none.
        numbers: True if the page shows numbers of this stop in a panel, besides those of some phases.
    """

    phase: str
    name: str = ""
    title: str = ""
    detail: str = ""
    lines: tuple[int, ...] = ()
    activations: tuple[str, ...] = ()
    gradients: tuple[str, ...] = ()
    current: str | None = None
    parameter: str | None = None
    numbers: bool = False


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
    """Show the player. Moving between stops needs no server: the player tells the pictures on its channel directly.

    Args:
        key: key of the component.
        frames: one per stop, in the order of `iteration.PHASES`, at least one.
        listing: lines of PyTorch code.
        at: index of the first stop to show.
        revision: number of the recording; only a new recording moves the visitor to `at`.
        channel: name of the channel, for `network_view(follow=...)`.
        address: query parameter that holds the stop, counted from 1; None to leave the address alone.

    Returns:
        Index of the stop at which the visitor has come to rest.
    """
    data = step_data(frames=frames, listing=listing, at=at, revision=revision, channel=channel, address=address)
    _mount(key=key, data=data, on_at_change=mount.keep)
    rest = stop_at_rest(key, revision, len(frames))
    return at if rest is None else rest


def step_data(
    *,
    frames: Sequence[Frame],
    listing: Sequence[str],
    at: int,
    revision: int,
    channel: str = "step",
    address: str | None = None,
) -> dict[str, object]:
    """The component's data, see `StepData` in step_view.js; arguments as in `step_view`."""
    names = list(dict.fromkeys(name for frame in frames for name in (*frame.activations, *frame.gradients)))
    number = {name: index for index, name in enumerate(names)}
    return {
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
                "parameter": frame.parameter,
                "numbers": frame.numbers,
            }
            for frame in frames
        ],
        "listing": list(listing),
    }


def stop_at_rest(key: str, revision: int, count: int) -> int | None:
    """Stop at which the visitor came to rest in this recording; None if the browser has sent no valid one.

    Args:
        key: key of the component.
        revision: number of the recording.
        count: number of stops in the recording.
    """
    at = sent(key, "at")
    stop = at.get("stop")
    fits = type(at.get("revision")) is int and at["revision"] == revision and type(stop) is int and 0 <= stop < count
    return stop if fits else None

"""Bench on which a window moves over a map: input, kernel and output of a convolution or a pooling, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from playground.components import mount
from playground.components.browser_values import take_pick, taken

_mount = mount.component("convolution_bench")


@dataclass(frozen=True)
class Field:
    """Control of one option.

    Attributes:
        name: name of the option.
        value: its value; a bool has a switch.
        choices: possible values, for a list.
        low: least number, likewise `high`.
        step: distance of two numbers.
    """

    name: str
    value: str | int | float | bool
    choices: Sequence[str] = ()
    low: int | None = None
    high: int | None = None
    step: int = 1

    def packed(self) -> dict[str, Any]:
        """Field as the browser gets it."""
        more = {"choices": list(self.choices), "low": self.low, "high": self.high, "step": self.step}
        return {"name": self.name, "value": self.value, **more}


def pack_picture(
    *,
    kind: str,
    x: NDArray[np.float32],
    output: NDArray[np.float32],
    scale: str,
    caption: str,
    window: Mapping[str, object],
    channel: int,
    formulas: Sequence[str],
    code: str,
    pin: Sequence[int] | None,
    editable: bool,
    **arrays: NDArray[Any],
) -> dict[str, object]:
    """Picture as the browser gets it.

    Args:
        kind: "convolution", "transposed", "max" or "avg".
        x: (C, H, W) float32.
        output: (C, OH, OW) float32.
        scale: name of the input's colour scale.
        caption: description of the input.
        window: kernel, stride, padding, mode and dilation, and what the kind of the bench needs besides.
        channel: number of the output channel that is seen.
        formulas: of the output's height and width.
        code: lines that make the output.
        pin: row and column of the pinned cell, None for none.
        editable: whether the input's numbers can be changed.
        arrays: further numbers by name; whole ones are sent as int32, others as float32.
    """
    numbers = {"x": x, "output": output, **arrays}
    return {
        "kind": kind,
        "inShape": list(x.shape),
        "outShape": list(output.shape),
        "scale": scale,
        "caption": caption,
        "window": dict(window),
        "channel": channel,
        "formulas": list(formulas),
        "code": code,
        "pin": None if pin is None else list(pin),
        "editable": editable,
        **{name: _bytes(values) for name, values in numbers.items()},
    }


def pack_bench(
    groups: Sequence[tuple[str, Sequence[Field]]],
    problems: Mapping[str, tuple[str, str]],
    values: Mapping[str, str | int | float],
) -> dict[str, object]:
    """Controls as the browser gets them.

    Args:
        groups: controls in groups with a name each.
        problems: sentence and PyTorch's own words by the option's name.
        values: of all options, which the browser returns with its next change.
    """
    return {
        "groups": [{"name": name, "fields": [field.packed() for field in fields]} for name, fields in groups],
        "problems": {name: list(words) for name, words in problems.items()},
        "values": dict(values),
    }


def taken_changes(key: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Changes from the browser, once after each, unchecked. Call this before `convolution_bench`.

    Returns:
        New values of options by name, and the values of all options with which the browser has got its last picture;
        empty if it got it from the page.
    """
    picked = take_pick(key)
    changes, good = picked.get("changes"), picked.get("good")
    return _named(changes), _named(good)


def convolution_bench(*, key: str, ticket: str, state: Mapping[str, object], picture: Mapping[str, object]) -> None:
    """Show the bench.

    Args:
        key: key of the component.
        ticket: name with which it asks for further pictures, see `playground.convolution.bench.reply`.
        state: from `pack_bench`.
        picture: from `pack_picture`.
    """
    data = {"ticket": ticket, "revision": taken(key), "taken": taken(key), "good": True, **state, **picture}
    _mount(key=key, data=data, on_picked_change=mount.keep)


def _named(values: object) -> dict[str, Any]:
    return {str(name): value for name, value in values.items()} if isinstance(values, Mapping) else {}


def _bytes(values: NDArray[Any]) -> bytes:
    kind = np.int32 if np.issubdtype(values.dtype, np.integer) else np.float32
    return np.ascontiguousarray(values, kind).tobytes()

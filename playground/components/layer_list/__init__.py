"""List of a network's layers to edit, each with the shape of its output and what else follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from lenet.networks import stack
from lenet.networks.stack import MOST, SIDES, Row, Stack
from lenet.networks.stack_layers import TYPES, Option
from playground.components import mount
from playground.components.browser_values import take_pick, taken

_mount = mount.component("layer_list")

FORMS: Final = {bool: "switch", int: "whole", float: "real", tuple: "pair", str: "choice"}


@dataclass(frozen=True)
class Problem:
    """Reason why a layer doesn't fit or should go, as it is shown.

    Attributes:
        key: its name.
        said: message of PyTorch's error, "" for none.
        words: sentence in plain words.
        mend: True if there is a change that mends it.
    """

    key: str
    said: str
    words: str
    mend: bool


@dataclass(frozen=True)
class Shown:
    """Numbers and shapes that follow from a layer and those before it, in words.

    Attributes:
        attribute: name of its module, "" for a function.
        output: sizes of its output; none behind a layer that doesn't fit.
        shape: the same as text.
        sizes: calculations of the sizes.
        parameters: number of its parameters, with their calculation.
        products: number of its multiply-adds.
        receptive_field: its receptive field.
        inferred: values of the options that are inferred, by name.
        problem: reason why it doesn't fit.
        advice: reason why a network that fits may learn badly because of it.
    """

    attribute: str
    output: Sequence[int] = ()
    shape: str = ""
    sizes: Sequence[str] = ()
    parameters: str = ""
    products: str = ""
    receptive_field: str = ""
    inferred: Mapping[str, str] = field(default_factory=dict)
    problem: Problem | None = None
    advice: Problem | None = None


@dataclass(frozen=True)
class Edit:
    """Change by the visitor.

    Attributes:
        stack: the layers as they are to be.
        mend: place of the layer that is to be mended, None for none.
    """

    stack: Stack
    mend: int | None = None


def layer_list(
    *, key: str, layers: Stack, shown: Sequence[Shown], labels: Mapping[str, str], on_change: Callable[[], None]
) -> None:
    """Show a network's layers.

    Args:
        key: key of the component.
        layers: the layers.
        shown: what follows from each.
        labels: names of the types of layers, by their keys.
        on_change: called before the page runs after a change; `take_edit` says what changed.
    """
    _mount(
        key=key,
        data={
            "types": [
                {"kind": one.name, "label": labels[one.name], "options": [_option(option) for option in one.options]}
                for one in TYPES.values()
            ],
            "rows": [
                {"kind": row.kind, "values": row.values, **asdict(words)}
                for row, words in zip(layers.rows, shown, strict=True)
            ],
            "side": layers.side,
            "sides": SIDES,
            "most": MOST,
            "taken": taken(key),
        },
        on_picked_change=on_change,
    )


def take_edit(key: str) -> Edit | None:
    """Return the visitor's change since the last call, None if there is none or it isn't a list of layers.

    Args:
        key: key of the component.
    """
    return read_edit(take_pick(key))


def read_edit(picked: Mapping[str, Any]) -> Edit | None:
    """Change in a message of the browser, which isn't trusted; None if it isn't a list of layers."""
    layers, side, mend = (picked.get(name) for name in ("layers", "side", "mend"))
    if not isinstance(layers, list) or len(layers) > MOST or side not in SIDES:
        return None
    rows = [_row(one) for one in layers]
    found = tuple(row for row in rows if row is not None)
    if len(found) != len(rows):
        return None
    return Edit(Stack(found, side), mend if type(mend) is int and 0 <= mend < len(found) else None)


def _option(option: Option) -> dict[str, object]:
    return {
        "name": option.name,
        "form": FORMS[type(option.default)],
        "default": option.default,
        "low": option.low,
        "high": option.high,
        "choices": option.choices,
        "inferred": bool(option.inferred),
    }


def _row(given: Any) -> Row | None:
    """Layer that the browser has sent; None if it isn't one."""
    kind, values = (given.get("kind"), given.get("values")) if isinstance(given, Mapping) else (None, None)
    if not isinstance(kind, str) or kind not in TYPES or not isinstance(values, Mapping):
        return None
    found = {}
    for option in TYPES[kind].options:
        value = _typed(option, values.get(option.name, option.default))
        if value is None or not stack.fits(option, value):
            return None
        found[option.name] = value
    return stack.row(kind, found)


def _typed(option: Option, value: Any) -> Any:
    """Value in the option's type; None if it has another."""
    if isinstance(option.default, tuple):
        pair = tuple(value) if isinstance(value, list | tuple) else ()
        return pair if len(pair) == 2 and all(type(one) is int for one in pair) else None
    if isinstance(option.default, float):
        return float(value) if type(value) in (int, float) else None
    return value if type(value) is type(option.default) else None

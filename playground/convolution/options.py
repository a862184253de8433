"""Options of a part that is one component: each with its range, kept by the tab and in the address."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from playground import kept_values
from playground.components.convolution_bench import Field
from playground.convolution import addressed
from playground.text import text

TEXT: Final = text("convolution")
LONGEST: Final = 12_000
"""Largest length of a text among the options."""

Value = str | int | float
Values = Mapping[str, Any]
Problems = dict[str, tuple[str, str]]
"""A sentence for each option that has a problem, and PyTorch's own words, "" where it has none."""


class ImpossibleError(Exception):
    """Options of which no picture can be made.

    Args:
        option: name of the option that has to change.
        sentence: reason.
        torch: PyTorch's own words, "" where it has none.
    """

    def __init__(self, option: str, sentence: str, torch: str = "") -> None:
        super().__init__(sentence)
        self.problems: Problems = {option: (sentence, torch)}


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes:
        default: value to start with.
        read: as in `kept_values.keep`.
        low: least number, likewise `high`; None for an option that is no number.
        choices: possible values, for an option with few.
    """

    default: Any
    read: Callable[[object], Any]
    low: int | None = None
    high: int | None = None
    choices: tuple[str, ...] = ()

    def field(self, name: str, now: Any) -> Field:
        """Control of the option."""
        return Field(name, now, self.choices, self.low, self.high)

    def problem(self) -> str:
        """Sentence about a value that `read` refuses."""
        if self.low is not None:
            return TEXT["problem-whole"].format(low=self.low, high=self.high)
        return TEXT["problem-number" if isinstance(self.default, float) else "problem-value"]


def whole(default: int, low: int, high: int) -> Option:
    """Option that is a whole number from `low` to `high`."""
    return Option(default, kept_values.whole(low, high), low, high)


def number(default: float, most: float) -> Option:
    """Option that is a number of magnitude `most` at most."""
    return Option(default, kept_values.number(-most, most))


def choice(default: str, choices: Collection[str]) -> Option:
    """Option that is one of a few."""
    return Option(default, kept_values.among(choices), choices=tuple(choices))


def flag(default: bool) -> Option:
    """Option that is on or off."""
    return Option(default, kept_values.flag)


def words(default: str, fits: Callable[[str], bool] = lambda _: True) -> Option:
    """Option that is a text; `fits` says whether it can be read."""
    return Option(
        default, lambda given: given if isinstance(given, str) and len(given) <= LONGEST and fits(given) else None
    )


def values(part: str, options: Mapping[str, Option]) -> dict[str, Any]:
    """Value of each option."""
    return addressed.options(part, {name: (option.default, option.read) for name, option in options.items()})


def publish(part: str, options: Mapping[str, Option], now: Values) -> None:
    """Write the options that aren't as they were at first into the address."""
    addressed.publish({name: now[name] for name, option in options.items() if now[name] != option.default}, part)

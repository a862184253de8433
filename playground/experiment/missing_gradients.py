"""Sentences on the parameters of an iteration that got no gradient."""

from __future__ import annotations

from typing import Final

from lenet.record.iteration import MISSING, Iteration
from playground.text import text

TEXT: Final = text("missing-gradients")


def sentences(iteration: Iteration) -> list[str]:
    """Markdown, a sentence for each reason: the parameters, and why their `.grad` is None."""
    found = []
    for reason in MISSING:
        names = [f"`{name}`" for name, own in iteration.missing.items() if own == reason]
        if names:
            found.append(TEXT[reason].format(names=", ".join(names)))
    return found


def sentence(iteration: Iteration, name: str) -> str:
    """Markdown, why one parameter's `.grad` is None; "" where it isn't."""
    reason = iteration.missing.get(name)
    return TEXT[reason].format(names=f"`{name}`") if reason else ""

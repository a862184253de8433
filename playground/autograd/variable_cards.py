"""Cards for the tensors of a small program: values, gradient, and attributes such as `requires_grad`."""

from __future__ import annotations

from typing import Final

from lenet.record.program import Variable
from playground.components.number_tables import Card, Table, number_tables
from playground.text import text

TEXT: Final = text("variable_cards")


def variable_cards(key: str, shown: tuple[Variable, ...]) -> None:
    """Show a card for each tensor."""
    number_tables(key=key, cards=[card(variable) for variable in shown])


def card(variable: Variable) -> Card:
    """Card of one tensor: its values, its gradient and its attributes."""
    facts = [
        TEXT["leaf"] if variable.grad_fn is None else variable.grad_fn.rpartition("::")[2],
        TEXT["requires" if variable.requires_grad else "requires-not"],
    ]
    if variable.changes:  # its numbers aren't those of its expression any more
        facts.append(TEXT["changed-once" if variable.changes == 1 else "changed"].format(count=variable.changes))
    return Card(variable.name, variable.source, facts, [Table(TEXT["value"], variable.value), gradient(variable)])


def gradient(variable: Variable) -> Table:
    """Table of a tensor's `.grad`, or the reason why it is None."""
    if not variable.requires_grad:
        none = TEXT["none-untracked"]
    else:
        none = TEXT["none-leaf" if variable.is_leaf else "none-middle"]
    return Table(f"{variable.name}.grad", variable.grad, none)

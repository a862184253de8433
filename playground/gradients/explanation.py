"""Explanation of how one entry of a gradient was computed, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lenet.explain.gradient_terms import Gate, Head, Origin, Part
from lenet.networks.kinds import OTHER
from playground.number_words import grouped
from playground.number_words import number as in_digits
from playground.text import text

TEXT: Final = text("gradients")


def number(value: float | None, digits: int = 6) -> str:
    """Format a number with enough digits that a reader can add up the terms of a sum."""
    return in_digits(value, digits)


def sentences(origin: Origin) -> Iterator[str]:
    """Yield the sentences of the explanation in order."""
    for place, part in enumerate(origin.parts):
        if len(origin.parts) > 1:
            yield TEXT["part-of"].format(
                count=len(origin.parts), number=place + 1, operation=part.operation or part.name
            )
        yield from _part(origin, part)
    count = sum(part.terms.size for part in origin.parts)
    added = number(sum(part.total for part in origin.parts), 9)
    if rests := [part.rest for part in origin.parts if part.rest is not None]:
        kept = sum(part.total for part in origin.parts) - sum(rests)
        yield TEXT["sum" if count > 1 else "one"].format(count=grouped(count), total=number(kept, 9))
        others = max(part.inputs - len(part.terms) for part in origin.parts)
        yield TEXT["rest"].format(others=grouped(others), rest=number(sum(rests), 9), total=added)
    else:
        yield TEXT["sum" if count > 1 else "one"].format(count=grouped(count), total=added)
    if origin.before:
        yield TEXT["left"].format(before=number(origin.before, 9), added=added, total=number(origin.total, 9))
    yield TEXT["holds"].format(value=number(origin.value, 9))


def _part(origin: Origin, part: Part) -> Iterator[str]:
    if part.kind == OTHER:
        yield TEXT["other"].format(name=part.name, total=number(part.total))
        return
    digits = len(part.arriving)
    yield text(f"kind_{part.kind}")[part.role].format(
        number=part.unit,
        units=part.count,
        operation=part.operation,
        height=part.arriving.shape[1] if part.arriving.ndim == 3 else 1,
        width=part.arriving.shape[2] if part.arriving.ndim == 3 else 1,
        count=grouped(part.arriving.size // max(digits, 1) * part.inputs),
        input=origin.index[-1],
        digits=TEXT["digits"].format(count=grouped(part.inputs)) if digits and part.inputs > 1 else "",
        summed=TEXT["summed"] if digits and part.inputs > 1 else "",
    )
    if not part.terms.size:
        yield TEXT["not-kept"]
        return
    if part.rest is not None:
        yield TEXT["first-digits"].format(shown=digits, count=grouped(part.inputs))
    if part.head is not None:
        yield from _head(part.head, part.arriving)
    if not finite(part.arriving):
        odd = int((~np.isfinite(part.arriving)).sum())
        yield TEXT["arriving-not-finite"].format(count=grouped(odd), total=grouped(part.arriving.size))
    elif part.gate is not None:
        yield _gate(part.gate, digits)
    elif part.centred is not None:
        yield text("kind_batch_norm")["through"].format(operation=part.centred)
    elif part.readers:
        yield TEXT["through"].format(operations=", ".join(part.readers))
    if part.reads.size == 1:
        yield TEXT["times"].format(
            reads=number(part.reads.item()), arriving=number(part.arriving.item()), product=number(part.terms.item())
        )


def _head(head: Head, arriving: NDArray[Any]) -> Iterator[str]:
    digits = len(arriving)
    yield TEXT[f"head-{head.loss}"].format(count=head.count)
    if digits == 1:
        read: dict[str, str] = {}
        for name, values in head.reads.items():
            value = number(float(values[0]))
            read[name] = f"({value})" if read and value.startswith("−") else value  # it is subtracted
        yield TEXT[f"formula-{head.loss}"].format(count=head.count, term=number(head.terms[0]), **read)
        got = number(arriving.item())
        if finite(arriving) and got != number(head.terms[0]):
            yield TEXT["formula-rounded"].format(got=got)


def _gate(gate: Gate, digits: int) -> str:
    """Sentence on how much of the gradient passed through the operation that reads the unit."""
    words = text(f"kind_{gate.kind}")
    if gate.count > digits:  # a map
        key = "gate-map-dead" if not gate.open else "gate-map" if gate.passed else "gate-map-missed"
    elif digits == 1:
        key = "gate-one" if gate.open else "gate-one-dead"
    else:
        key = "gate-batch" if gate.open else "gate-batch-dead"
    plain = "-".join(key.split("-")[:2])
    slopes = gate.slope[np.isfinite(gate.slope)]
    return (words.get(key) or TEXT[plain]).format(
        operation=gate.operation or words["label"],
        slope=words["slope"],
        factor=number(gate.slope.flat[0]),
        product=number(gate.slope.flat[0] * gate.arrived.flat[0]),
        least=number(slopes.min() if slopes.size else None),
        most=number(slopes.max() if slopes.size else None),
        open=grouped(gate.open),
        reached=grouped(gate.reached),
        passed=grouped(gate.passed),
        count=grouped(gate.count),
        highest=number(gate.read.max() if gate.read.size else None),
        read=number(gate.read.flat[0] if gate.read.size else None),
        arrived=number(gate.arrived.flat[0]),
    )


def table(part: Part, labels: NDArray[Any] | None) -> list[dict[str, str]]:
    """Table rows, one for each digit of the batch: its contribution to the sum, and the factors."""
    rows = []
    for place in range(len(part.terms)):
        row = {TEXT["table-digit"]: str(place)}
        if labels is not None:
            row[TEXT["table-label"]] = str(labels[place])
        if part.arriving.ndim > 1:
            row[TEXT["table-sum"]] = number(part.terms[place].sum())
            rows.append(row)
            continue
        if part.head is not None:
            row |= {TEXT[f"table-{name}"]: number(float(values[place])) for name, values in part.head.reads.items()}
        if part.gate is not None:
            if part.gate.read.size:
                row[TEXT["table-output"]] = number(part.gate.read[place])
            label = text(f"kind_{part.gate.kind}")["label"]
            row[TEXT["table-reached"].format(operation=label)] = number(part.gate.arrived[place])
            if not np.isin(part.gate.slope, (0, 1)).all():
                row[TEXT["table-slope"]] = number(part.gate.slope[place])
        row[TEXT["table-arriving"]] = number(part.arriving[place])
        if part.reads.size:
            row[TEXT["table-input"]] = number(part.reads[place])
            row[TEXT["table-product"]] = number(part.terms[place])
        rows.append(row)
    return rows


def finite(values: NDArray[Any]) -> bool:
    """True if no value is NaN or infinite."""
    return bool(np.isfinite(values).all())

"""A recorded iteration and its graph as a terminal prints them: in words, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from lenet.errors import InputError
from lenet.record.arrays import FINITE, Values
from lenet.record.graph import Graph
from lenet.record.iteration import Iteration, Outcome
from lenet.record.losses import LOSSES

MOST_CLASSES: Final = 10
"""Largest number of classes that are printed."""
ROW: Final = "{:>5}  {:>10}  {:>10}"


def finished(recorded: Iteration) -> tuple[Graph, Outcome, Outcome]:
    """Graph, outcome before and outcome after a complete iteration.

    Raises:
        InputError: the iteration ended early.
    """
    graph, before, after, failure = recorded.graph, recorded.outcome_before, recorded.outcome_after, recorded.failure
    if failure or graph is None or before is None or after is None:
        raise InputError("iteration-failed", phase=failure and failure.phase, reason=failure and failure.message)
    return graph, before, after


def graph_json(graph: Graph) -> dict[str, Any]:
    """Nodes and edges of a graph as plain values."""
    return {
        "nodes": [
            {
                "index": node.index,
                "name": node.name,
                "expression": graph.expression(node.index),
                "shapes": node.shapes,
                "module": node.module,
                "operation": node.operation,
                "source": node.source and asdict(node.source),
                "parameter": node.parameter,
                "saved": [saved.name for saved in node.saved],
                "order": node.order,
                "gradient_norm": node.norm,
            }
            for node in graph.nodes
        ],
        "edges": [edge._asdict() for edge in graph.edges],
    }


def graph_text(graph: Graph) -> str:
    """The chain from the root on, then all nodes, each with the expression that reaches it."""
    names = [f"{node.title} ({node.parameter or node.operation or '-'})" for node in graph.nodes]
    width = max(map(len, names))

    def lines(nodes: Sequence[int]) -> list[str]:
        return [f"{names[index]:{width}}  {graph.expression(index)}" for index in nodes]

    chain = graph.chain()
    count = f"All {len(graph.nodes)} nodes, connected by {len(graph.edges)} edges:"
    return "\n".join(
        [
            f"The chain from {graph.root} to the input, with each node's parameter or operation in parentheses:",
            "",
            *lines(chain),
            "",
            count,
            "",
            *lines(range(len(graph.nodes))),
        ]
    )


def step_json(recorded: Iteration, losses: Sequence[float]) -> dict[str, Any]:
    """One complete iteration as plain values.

    Args:
        recorded: the last iteration.
        losses: before each step, and after the last.

    Raises:
        InputError: it ended early.
    """
    graph, before, after = finished(recorded)
    return {
        "model": recorded.model,
        "setup": asdict(recorded.setup),
        "labels": None if recorded.labels is None else recorded.labels.tolist(),
        "loss_before": before.loss,
        "loss_after": after.loss,
        "losses": losses,
        "predicted_change": recorded.predicted_change,
        "gradients": {
            name: None if values is None else _array(values).tolist()
            for name, values in _biases(recorded)
            if values is None or values.array is not None  # of a large network only norms are kept
        },
        "gradient_norms": {name: values and values.norm for name, values in recorded.gradients.items()},
        "probabilities_before": _probabilities(before),
        "probabilities_after": _probabilities(after),
        "not_finite": _not_finite(recorded),
        **graph_json(graph),
    }


def step_text(recorded: Iteration, losses: Sequence[float]) -> str:
    """Text of one iteration: the bias gradients before and after backward, then what the step did.

    Args:
        recorded: the last iteration.
        losses: before each step, and after the last.

    Raises:
        InputError: it ended early.
    """
    _, before, after = finished(recorded)
    setup = recorded.setup
    what = LOSSES[setup.loss].words(setup.target)
    decay = "" if setup.weight_decay is None else f", weight decay {setup.weight_decay!r}"
    mode = "" if setup.mode is None else f", mode: {setup.mode}"
    how = f"{setup.optimizer} at {setup.lr!r}{decay}, zero_grad: {setup.zero_grad}{mode}"
    lines = [f"{recorded.model}: {what}, {how}", ""]
    for name, values in _biases(recorded):
        lines += [f"{name}.grad before backward", _printed(recorded.cleared[name])]
        lines += [f"{name}.grad after backward", _printed(values), ""]
    lines += ["L2 norm of each gradient"]
    for name, values in recorded.gradients.items():
        lines.append(f"{name:14}  {'None' if values is None else f'{values.norm:.6g}'}")
    for place in range(len(before.logits)):
        old, new = before.probabilities[place], after.probabilities[place]
        # Of many classes, the likeliest before or after.
        rows = range(len(old)) if len(old) <= MOST_CLASSES else np.argsort(-np.maximum(old, new))[:MOST_CLASSES]
        lines += ["", ROW.format("class" if len(old) > MOST_CLASSES else "digit", "p before", "p after")]
        lines += [ROW.format(row, f"{old[row]:.6f}", f"{new[row]:.6f}") for row in rows]
    lines += ["", f"loss before  {before.loss:.6g}", f"loss after   {after.loss:.6g}"]
    if recorded.predicted_change is not None:
        change = after.loss - before.loss
        lines.append(f"change       {change:.6g}, to first order {recorded.predicted_change:.6g}")
    if len(losses) > 2:
        lines += ["", "loss before each step and after the last", " ".join(f"{loss:.6g}" for loss in losses)]
    lines += [f"{name} after the step: {state}" for name, state in _not_finite(recorded).items()]
    return "\n".join(lines)


def _biases(recorded: Iteration) -> list[tuple[str, Values | None]]:
    return [(name, values) for name, values in recorded.gradients.items() if name.endswith("bias")]


def _array(values: Values) -> NDArray[Any]:
    """Numbers that were kept."""
    if values.array is None:
        raise ValueError("not kept")
    return values.array


def _probabilities(outcome: Outcome) -> list[Any]:
    """Probabilities of the classes, (10,) for one input and (N, 10) for several."""
    rows: list[Any] = outcome.probabilities.tolist()
    return rows[0] if len(rows) == 1 else rows


def _not_finite(recorded: Iteration) -> dict[str, str]:
    """Parameters that the step made NaN or infinite, with their state."""
    after = recorded.after.parameters if recorded.after else {}
    return {name: values.state for name, values in after.items() if values.state != FINITE}


def _printed(values: Values | None) -> str:
    """Array formatted as PyTorch prints it; of a large network, whose numbers are not kept, its shape."""
    if values is None:
        return "None"
    if values.array is None:
        return f"{'×'.join(map(str, values.shape))} numbers, not kept"
    return str(torch.tensor(values.array))

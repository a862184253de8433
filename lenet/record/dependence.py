"""Nodes of a graph whose output depends on the input of the pass, and not on parameters and constants alone."""

from __future__ import annotations

from typing import Any

from lenet.record.graph_walk import LEAF, Walk
from lenet.record.trace import Trace


def depending(walk: Walk, trace: Trace) -> list[bool]:
    """For each node of a graph, True if its output depends on the input.

    The graph alone doesn't say so: an input that needs no gradient has no node. But the trace knows of each operation
    that it watched, and what a node in between made is of parameters where it reads nothing but them, such as the
    transposed weight of a linear layer.
    """
    found = [False] * len(walk.functions)
    for index in sorted(range(len(walk.functions)), key=walk.sequences.__getitem__):
        function: Any = walk.functions[index]
        if walk.sequences[index] >= LEAF:
            continue
        name = trace.functions.get(function) or trace.made_by(walk.sequences[index]).operation
        if name is not None and (function in trace.functions or name in trace.apart):
            found[index] = name not in trace.apart
        else:
            behind = dict(walk.targets(index))
            known = len(behind) == len(function.next_functions)
            found[index] = not known or any(found[target] for target in behind.values())
    return found

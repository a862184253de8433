"""Path along `next_functions` from the loss to a node, and on to the input."""

from __future__ import annotations

from itertools import pairwise

from lenet.networks.kinds import INPUT
from lenet.record.graph import Graph
from playground.components.walk_strip import Step


def walk(graph: Graph, node: int) -> tuple[list[tuple[int, Step]], int]:
    """Path from the root to a node; if the node lies on the chain to the input, the rest of the chain follows.

    Returns:
        The path's nodes with their descriptions, and the position of the given node in it.
    """
    way = [0]
    for slot in graph.nodes[node].path:
        way.append(next(edge.target for edge in graph.by_source[way[-1]] if edge.slot == slot))
    at = len(way) - 1
    chain = graph.chain()
    if node in chain:
        way += chain[chain.index(node) + 1 :]
    codes = [f"{graph.root}.grad_fn"]
    for source, target in pairwise(way):
        slot = next(edge.slot for edge in graph.by_source[source] if edge.target == target)
        codes.append(f".next_functions[{slot}][0]")
    steps = []
    for place, (index, code) in enumerate(zip(way, codes, strict=True)):
        here = graph.nodes[index]
        steps.append((index, Step(code, here.title, here.parameter or here.operation or "", place > at)))
    return steps, at


def forwards(graph: Graph) -> list[str]:
    """Operations of the chain from the input to the root, as the course notes write them."""
    names = [graph.nodes[index].operation or graph.nodes[index].title for index in reversed(graph.chain())]
    return list(dict.fromkeys([INPUT, *names, graph.root]))

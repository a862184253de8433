"""Boxes and arrows for a recorded grad_fn graph: one box per node, or one per module call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lenet.record import graph as graphs
from lenet.record.graph import Edge, Graph, Node
from lenet.shapes import Shape
from playground.components.graph_view import Arrow, Box
from playground.components.graph_view.families import family_of
from playground.components.graph_view.node_words import name_of
from playground.number_words import shape as shape_words
from playground.text import text

TEXT: Final = text("graph_boxes")


@dataclass(frozen=True)
class Drawn:
    """Graph as boxes and arrows.

    Attributes:
        boxes: the root first.
        arrows: arrows between the boxes.
        members: indices of each box's nodes, by the box's id; the box is named after the first.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    members: dict[str, tuple[int, ...]]

    def box_of(self, node: int) -> str:
        """Id of the box that contains a node."""
        return next(box for box, nodes in self.members.items() if node in nodes)


def every_node(graph: Graph) -> Drawn:
    """Draw one box for each node."""
    groups = [((node.index,), node.title, _says(node)) for node in graph.nodes]
    return _draw(graph, groups)


def folded(graph: Graph) -> Drawn:
    """Draw one box for each call of a module or a function."""
    groups = [
        (group.nodes, group.name, f"{graph.nodes[group.nodes[0]].title} · {shape_words(_shape(graph, group.nodes))}")
        for group in graphs.fold(graph)
    ]
    return _draw(graph, groups)


def _draw(graph: Graph, groups: Sequence[tuple[tuple[int, ...], str, str]]) -> Drawn:
    box_of = {node: f"n{nodes[0]}" for nodes, _, _ in groups for node in nodes}
    boxes = []
    for nodes, label, sub in groups:
        first = graph.nodes[nodes[0]]
        inside = "; ".join(name_of(graph.nodes[node]) for node in nodes[1:])
        title = TEXT["title"].format(name=name_of(first), shape=shape_words(_shape(graph, nodes)))
        if inside:
            title = TEXT["title-folded"].format(title=title, inside=inside)
        boxes.append(Box(f"n{first.index}", label, sub, family_of(first.name), first.norm, title))
    arrows = {
        Arrow(box_of[edge.source], box_of[edge.target], shape_words(edge.shape), _flow(graph, edge)): None
        for edge in graph.edges
        if box_of[edge.source] != box_of[edge.target]
    }
    return Drawn(tuple(boxes), tuple(arrows), {f"n{nodes[0]}": nodes for nodes, _, _ in groups})


def _flow(graph: Graph, edge: Edge) -> float | None:
    """Norm of the gradient that was passed along an edge; None if it is unknown."""
    left = graph.nodes[edge.source].left
    values = left[edge.slot] if edge.slot < len(left) else None
    return None if values is None else values.norm


def _says(node: Node) -> str:
    """Second line of a node's box."""
    if node.is_leaf:
        return node.parameter or shape_words(node.shapes[0])
    shape = shape_words(node.shapes[0]) if node.shapes else ""
    return f"{node.operation} · {shape}" if node.operation else shape


def _shape(graph: Graph, nodes: tuple[int, ...]) -> Shape:
    shapes = graph.nodes[nodes[0]].shapes
    return shapes[0] if shapes else ()

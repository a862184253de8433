"""Clickable graph of a small program, with the gradients that passed through the selected node."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from lenet.record.graph import Graph
from playground.components.code_block import code_block
from playground.components.graph_view import Arrow, Box, boxes, graph_view
from playground.components.graph_view.node_words import work_of
from playground.components.number_tables import Card, Table, number_tables
from playground.text import text
from playground.visitor import visitor

TEXT: Final = text("small_graph")
LONGEST: Final = 28
"""Largest number of characters of an expression in a box."""


def small_graph(key: str, graph: Graph, height: int, cut: str | None = None) -> None:
    """Show a graph, and below it the selected node.

    Args:
        key: session key of this graph; another graph of the same visitor needs another key.
        graph: recorded graph with the gradients that backward sent through it.
        height: height of the drawing in pixels.
        cut: label of a box for each None in `next_functions`; None to draw no such boxes.
    """
    drawn = boxes.every_node(graph)
    labelled = []
    for box, node in zip(drawn.boxes, graph.nodes, strict=True):
        made_by = node.source.text if node.source and not node.is_leaf else None
        sub = f"{node.parameter}.grad" if node.parameter else _short(made_by or box.sub)
        labelled.append(replace(box, sub=sub))
    arrows = list(drawn.arrows)
    if cut is not None:
        for place, slot in none_edges(graph):
            box = Box(
                f"none-{place}-{slot}", TEXT["none"], _short(cut), title=TEXT["none-title"].format(slot=slot, what=cut)
            )
            labelled.append(box)
            arrows.append(Arrow(drawn.box_of(place), box.id))
    nodes = visitor().autograd.nodes
    kept = nodes.get(key)
    chosen = graph_view(
        key=key,
        boxes=labelled,
        arrows=arrows,
        selected=kept if kept in drawn.members else labelled[0].id,
        height=height,
    )
    nodes[key] = chosen
    if chosen in drawn.members:
        _node(key, graph, drawn.members[chosen][0])


def none_edges(graph: Graph) -> list[tuple[int, int]]:
    """Pairs (node, position) where a node's `next_functions` has None instead of another node."""
    return [
        (node.index, slot)
        for node in graph.nodes
        for slot in range(len(node.left))
        if slot not in {edge.slot for edge in graph.by_source[node.index]} and not node.is_leaf
    ]


def _node(key: str, graph: Graph, index: int) -> None:
    node = graph.nodes[index]
    st.markdown(f"**{node.title}**" + (f": `{node.source.text}`" if node.source and not node.is_leaf else ""))
    code_block(graph.expression(index), key=f"{key}-expression")
    st.caption(work_of(node))
    tables = [Table(TEXT["arrived"], values, TEXT["none-arrived"]) for values in node.arrived or (None,)]
    for edge in graph.by_source[index]:
        target = graph.nodes[edge.target]
        label = TEXT["left"].format(slot=edge.slot, name=target.parameter or target.title)
        left = node.left[edge.slot] if edge.slot < len(node.left) else None
        tables.append(Table(label, left, TEXT["none-arrived"]))
    flow = Card(TEXT["gradients"].format(root=graph.root), tables=tables)
    number_tables(key=f"{key}-flow", cards=[flow], legend=False)


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"

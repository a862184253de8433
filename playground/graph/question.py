"""Quiz question: what is `next_functions[0][0]` of a linear layer?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from lenet.networks.kinds import SPLITS
from lenet.record.graph import Graph
from playground.components.graph_view.node_words import name_of
from playground.text import text

TEXT: Final = text("graph_question")


def question(source: str, graph: Graph, go: Callable[[int], None]) -> None:
    """Ask the question if the graph has a linear layer.

    Args:
        source: key of the graph on the page.
        graph: recorded graph.
        go: callback that selects a node.
    """
    for index in graph.chain():
        edges = graph.by_source[index]
        _, split = SPLITS.get(graph.nodes[index].name, (None, None))
        if split and split.bias == 0 and len(edges) > 1 and graph.nodes[edges[0].target].is_leaf:
            break
    else:
        return
    node = graph.nodes[index]
    answers = sorted({graph.nodes[edge.target].title for edge in edges}, reverse=True)
    right = graph.nodes[edges[0].target]
    with st.container(border=True):
        st.markdown(TEXT["question"].format(layer=node.operation, expression=graph.expression(right.index)))
        guess = st.pills(TEXT["guess"], answers, key=f"graph-guess-{source}-{index}", label_visibility="collapsed")
        if guess is None:
            return
        st.markdown(TEXT["right" if guess == right.title else "wrong"].format(name=name_of(right)))
        lines = [TEXT["slot"].format(slot=edge.slot, name=name_of(graph.nodes[edge.target])) for edge in edges]
        st.markdown(TEXT["why"].format(name=node.title) + "\n" + "\n".join(lines))
        onward = next((edge for edge in edges if edge.target in graph.chain()), None)
        st.markdown(TEXT["so"].format(slot=onward.slot) if onward else "")
        with st.container(horizontal=True):
            for edge in edges[: onward.slot + 1] if onward else edges[:1]:
                name = TEXT["go"].format(slot=edge.slot)
                st.button(name, key=f"graph-go-{source}-{edge.slot}", on_click=go, args=(edge.target,))

"""Panel for one node of a recorded graph: its operation, module, saved tensors, and incoming and outgoing gradients."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lenet.messages import Message
from lenet.networks.kinds import INPUT
from lenet.record.graph import Graph, Node, Saved
from playground.components.code_block import code_block
from playground.components.graph_view.families import family_of
from playground.components.graph_view.node_words import name_of, work_of
from playground.components.tensor_cards import Card, tensor_cards
from playground.markdown import literal
from playground.number_words import ordinal, shape
from playground.text import text

TEXT: Final = text("node_panel")
KINDS: Final = text("graph_view")


def node_panel(graph: Graph, index: int) -> None:
    """Show the panel.

    Args:
        graph: recorded graph.
        index: index of the node.
    """
    node = graph.nodes[index]
    st.subheader(node.title, anchor=False)
    st.markdown(work_of(node))
    st.markdown(_made(node))
    if node.source is not None:
        code_block(node.source.text, key="node-source")
    st.markdown(f"**{TEXT['expression']}**")
    code_block(graph.expression(index), key="node-expression")
    st.caption(TEXT["pairs"].format(pairs=_pairs(graph, node)) if graph.by_source[index] else TEXT["no-pairs"])
    st.markdown(f"**{TEXT['gradients']}**")
    st.caption(TEXT["ran"].format(ordinal=ordinal(node.order + 1)) if node.order is not None else TEXT["not-run"])
    tensor_cards(key="node-gradients", cards=_gradients(graph, node))
    st.markdown(f"**{TEXT['saved']}**")
    tensors = [saved for saved in node.saved if saved.values is not None]
    plain = [_plain(saved) for saved in node.saved if saved.values is None]
    st.caption(TEXT["saved-note"] if tensors else TEXT["saved-plain" if plain else "saved-none"])
    if tensors:
        tensor_cards(key="node-saved", cards=[Card(saved.name, _is(saved, node), saved.values) for saved in tensors])
    if plain:
        st.markdown(" ".join(plain))


def _made(node: Node) -> str:
    """Sentence on the module and line of code that created a node, and the shape of the result."""
    shapes = ", ".join(map(shape, node.shapes))
    lines = [TEXT["kind"].format(kind=KINDS[f"kind_{family_of(node.name)}"], shapes=shapes)]
    if node.module:
        lines.append(TEXT["module"].format(module=node.module))
    elif node.module == "":
        lines.append(TEXT["model"])
    if node.source is not None:
        source = node.source
        lines.append(TEXT["source"].format(file=source.file, line=source.line, function=source.function))
    return " ".join(lines)


def _pairs(graph: Graph, node: Node) -> str:
    """Format `next_functions` as PyTorch prints it, with names instead of objects."""
    edges = {edge.slot: edge for edge in graph.by_source[node.index]}
    slots = range(max(len(node.left), 1 + max(edges)))
    pairs = [
        f"({graph.nodes[edges[slot].target].title}, {edges[slot].output})" if slot in edges else "(None, 0)"
        for slot in slots
    ]
    return ", ".join(f"`{pair}`" for pair in pairs)


def _gradients(graph: Graph, node: Node) -> list[Card]:
    """Cards for the gradients that arrived, and for those that were passed on to each of `next_functions`."""
    several = len(node.arrived) > 1
    cards = [
        Card(TEXT["arrived-number"].format(number=place) if several else TEXT["arrived"], TEXT["arrived-note"], values)
        for place, values in enumerate(node.arrived or (None,))
    ]
    targets = {edge.slot: edge.target for edge in graph.by_source[node.index]}
    slots = range(max(len(node.left), *(slot + 1 for slot in targets), 0)) if targets else range(0)
    for slot in slots:
        target = targets.get(slot)
        if target is None:
            continue  # None in `next_functions`: that argument needs no gradient
        note = TEXT["left-note"].format(name=name_of(graph.nodes[target]))
        values = node.left[slot] if slot < len(node.left) else None
        cards.append(Card(TEXT["left"].format(slot=slot), note, values))
    return cards


def _plain(saved: Saved) -> str:
    """A saved value that is no tensor, or why a tensor could not be read."""
    if isinstance(saved.value, Message):
        return f"`{saved.name}`: {literal(saved.value)}"
    return f"`{saved.name} = {saved.value!r}`"


def _is(saved: Saved, node: Node) -> str:
    """Describe the source of a saved tensor."""
    if family_of(node.name) == "pooling" and saved.values is not None and saved.values.dtype == "int64":
        return TEXT["is-indices"]
    if saved.parameter is not None:
        return TEXT["is-transposed" if saved.transposed else "is-parameter"].format(name=saved.parameter)
    if saved.operation == INPUT:
        return TEXT["is-input"]
    if saved.operation is not None:
        return TEXT["is-output"].format(name=saved.operation)
    return ""

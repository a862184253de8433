"""Panel with the memory that the recorded graph keeps for backward: the total, and a table by tensor."""

from __future__ import annotations

from typing import Final

import streamlit as st

from lenet.explain import saved_memory
from lenet.explain.saved_memory import SavedTensor
from lenet.networks.kinds import INPUT
from lenet.record.graph import Graph
from playground.components.graph_view.families import family_of
from playground.components.graph_view.node_words import name_of
from playground.number_words import memory, shape
from playground.text import text

TEXT: Final = text("saved_memory_panel")


def saved_memory_panel(graph: Graph, source: str) -> None:
    """Show the total, and the table once the visitor opens it, because Streamlit's table is slow to load.

    Args:
        graph: recorded graph.
        source: key of the graph on the page.
    """
    found = saved_memory.of(graph)
    title = TEXT["title"].format(total=memory(found.total))
    panel = st.expander(title, key=f"graph-memory-{source}", on_change="rerun")
    if not panel.open:
        return
    with panel:
        st.markdown(
            TEXT["split"].format(
                total=memory(found.total), own=memory(found.total - found.owned), owned=memory(found.owned)
            )
        )
        if found.unknown:
            st.caption(TEXT["unknown"].format(count=found.unknown))
        st.caption(TEXT["once"])
        st.dataframe(
            [
                {
                    TEXT["tensor"]: _is(graph, one),
                    TEXT["bytes"]: one.size,
                    TEXT["shape"]: shape(one.shape),
                    TEXT["dtype"]: one.dtype,
                    TEXT["anyway"]: one.owner is not None,
                    TEXT["savers"]: ", ".join(f"{name_of(graph.nodes[node])}: {name}" for node, name in one.savers),
                }
                for one in found.tensors
            ],
            column_config={TEXT["bytes"]: st.column_config.NumberColumn(format="localized")},
            hide_index=True,
            key=f"graph-saved-{source}",
            height="content" if len(found.tensors) <= 24 else 600,
        )


def _is(graph: Graph, one: SavedTensor) -> str:
    """Describe the source of a saved tensor."""
    if one.owner is not None:
        return TEXT["is-transposed"].format(name=one.owner) if one.transposed else one.owner
    if one.operation == INPUT:
        return TEXT["is-input"]
    if one.operation is not None:
        return TEXT["is-output"].format(name=one.operation)
    node = graph.nodes[one.savers[0].node]
    if family_of(node.name) == "pooling" and one.dtype == "int64":
        return TEXT["is-indices"].format(name=node.operation or node.title)
    return TEXT["is-other"].format(name=one.savers[0].name, node=name_of(node))

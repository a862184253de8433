"""A node of an autograd graph in words: what it is called, and what it does."""

from __future__ import annotations

import re
from typing import Final

from lenet.networks import kinds
from lenet.record.graph import Node
from playground.text import text

TEXT: Final = text("node_words")
NODES: Final = text("nodes")


def name_of(node: Node) -> str:
    """A node with the parameter or the operation that it belongs to, `AccumulateGrad (fc3.bias)`."""
    belongs = node.parameter or node.operation
    return f"{node.title} ({belongs})" if belongs else node.title


def work_of(node: Node) -> str:
    """A node's work in a sentence each for forward and backward, or what can be said of one that isn't known."""
    kind = kinds.of_node(node.name)
    named = NODES.get(re.sub(r"Backward\d*(_copy)?$", "", node.title), TEXT["unknown"])
    known = text(f"kind_{kind.name}")["node"] if kind else named
    return known.format(parameter=f"`{node.parameter}`" if node.parameter else TEXT["leaf"])

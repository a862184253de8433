"""Name and description of an autograd node, in words."""

from __future__ import annotations

import re
from typing import Final

from lenet.networks import kinds
from lenet.record.graph import Node
from playground.text import text

TEXT: Final = text("node_words")
NODES: Final = text("nodes")


def name_of(node: Node) -> str:
    """Name of a node with its parameter or operation, such as `AccumulateGrad (fc3.bias)`."""
    belongs = node.parameter or node.operation
    return f"{node.title} ({belongs})" if belongs else node.title


def work_of(node: Node) -> str:
    """Describe a node's forward and backward computation in a sentence each; in general terms for an unknown kind."""
    kind = kinds.of_node(node.name)
    named = NODES.get(re.sub(r"Backward\d*(_copy)?$", "", node.title), TEXT["unknown"])
    known = text(f"kind_{kind.name}")["node"] if kind else named
    return known.format(parameter=f"`{node.parameter}`" if node.parameter else TEXT["leaf"])

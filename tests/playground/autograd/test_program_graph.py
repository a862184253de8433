"""Tests of edges that PyTorch leaves out of a graph, where `next_functions` has None."""

from __future__ import annotations

import torch

from lenet.explain import exercises
from playground.autograd.program_graph import none_edges


def test_the_edge_that_detach_cuts_is_where_pytorch_has_none() -> None:
    graph = exercises.run("detach", {"x": (1.0, -2.0)}).graph
    x = torch.tensor([1.0, -2.0], requires_grad=True)
    product = (x * x.detach()).sum().grad_fn.next_functions[0][0]
    slots = [slot for slot, (function, _) in enumerate(product.next_functions) if function is None]
    assert [(graph.nodes[node].title, slot) for node, slot in none_edges(graph)] == [(product.name(), slots[0])]
    assert slots == [1]

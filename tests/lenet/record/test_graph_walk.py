"""A walk over the graph behind any tensor finds PyTorch's own nodes and edges."""

from __future__ import annotations

import pytest
import torch

from lenet.errors import InputError
from lenet.record.graph_walk import walk


def test_a_graph_without_a_recording() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    y = x + 2
    out = (y * y * 3).mean()
    found = walk(out, parameters={"x": x})
    assert [node.name for node in found.nodes] == [
        *("MeanBackward0", "MulBackward0", "MulBackward0", "AddBackward0", "torch::autograd::AccumulateGrad")
    ]
    assert len(found.edges) == 5  # y is read twice
    assert found.expression(4) == "out.grad_fn" + 4 * ".next_functions[0][0]"
    assert (found.nodes[4].parameter, found.nodes[4].shapes) == ("x", ((2, 2),))
    assert all(node.order is None and node.arrived == () for node in found.nodes)
    saved = {s.name: s for s in found.nodes[2].saved}
    values = saved["self"].values
    assert values is not None
    assert values.array is not None
    assert values.array.tolist() == [[3, 3], [3, 3]]
    out.backward()
    freed = walk(out)
    assert freed.nodes[2].saved == ()
    for tensor in (torch.ones(1), x):
        with pytest.raises(InputError, match="has no grad_fn"):
            walk(tensor, "x")

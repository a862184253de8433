"""A changed weight changes the outputs that PyTorch changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lenet.convolution import counts, sharing
from lenet.digits import batch
from lenet.networks import checkpoint, forward, models


@given(st.sampled_from(list(models.MODELS)), st.floats(-1, 1, width=32), st.data())
def test_the_difference_is_the_source_times_the_change(name: str, by: float, data: st.DataObject) -> None:
    model = checkpoint.load(name)
    passed = forward.run(model, batch.of_mnist([1], models.input_size(model)).inputs[0])
    layer = data.draw(st.sampled_from([one for one in passed.layers if counts.is_convolution(one)]))
    weight = model.get_parameter(str(layer.weight)).detach()
    index = tuple(data.draw(st.integers(0, side - 1)) for side in weight.shape)
    found = sharing.change(passed, model, layer, index, by)  # type: ignore[arg-type]
    assert found.elsewhere == 0
    assert np.array_equal(found.before, passed.outputs[layer.name][index[0]])
    rows, columns = found.before.shape
    read = passed.outputs[layer.sources[0]][index[1], index[2] : index[2] + rows, index[3] : index[3] + columns]
    assert np.allclose(found.difference, by * read, atol=1e-5)
    assert found.changed == (found.difference != 0).sum() <= found.before.size
    assert found.new == pytest.approx(found.old + by, abs=1e-6)


def test_no_change_changes_nothing() -> None:
    model = checkpoint.load("LeNet5")
    passed = forward.run(model, batch.of_mnist([1], 32).inputs[0])
    layer = next(one for one in passed.layers if counts.is_convolution(one))
    assert sharing.change(passed, model, layer, (0, 0, 0, 0), 0.0).changed == 0


def test_every_output_that_reads_ink_changes() -> None:
    model = models.build("LeNet5", seed=1).eval()
    passed = forward.run(model, np.ones((1, 32, 32), np.float32))
    layer = next(one for one in passed.layers if counts.is_convolution(one))
    assert sharing.change(passed, model, layer, (3, 0, 2, 2), 0.5).changed == 28 * 28
    untouched = models.build("LeNet5", seed=1).get_parameter("conv1.weight")
    assert torch.equal(model.get_parameter("conv1.weight"), untouched)

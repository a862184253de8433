"""An output channel added up from its input channels is PyTorch's."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from lenet.convolution import channel_sums, counts
from lenet.digits import batch
from lenet.networks import checkpoint, forward, models
from lenet.networks.forward import Layer, Pass


@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2), st.integers(1, 2),
    st.booleans(), st.integers(0, 10**6),
)  # fmt: skip
def test_the_sum_of_all_channels_and_the_bias_is_the_convolution(
    groups: int, inputs: int, kernel: int, stride: int, padding: int, dilation: int, biased: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    conv = torch.nn.Conv2d(groups * inputs, groups * 2, kernel, stride, padding, dilation, groups, biased)
    models.initialize(conv, generator)
    x = torch.randn(1, groups * inputs, 9, 8, generator=generator)
    expected = conv(x)[0].detach().numpy()
    layer = Layer(
        "conv", "conv2d", expected.shape, ("input",), "weight", "bias" if biased else None,
        (kernel,) * 2, (stride,) * 2, (padding,) * 2, (dilation,) * 2, groups,
    )  # fmt: skip
    passed = Pass((layer,), {"input": x[0].numpy()})
    for channel in range(2 * groups):
        found = channel_sums.of(passed, conv, layer, channel)
        assert len(found.reads) == inputs
        assert np.allclose(found.output, expected[channel], atol=1e-5)
        assert np.array_equal(found.whole, expected[channel])
        assert found.difference < 1e-5
        for place, reads in enumerate(found.reads):
            own = F.conv2d(
                x[:, reads : reads + 1],
                conv.weight[channel : channel + 1, place : place + 1],
                None, stride, padding, dilation,
            )  # fmt: skip
            assert np.allclose(found.parts[place], own[0, 0].detach(), atol=1e-6)
        assert np.allclose(found.sums, np.cumsum(found.parts, 0), atol=1e-5)


def test_every_convolution_of_every_network_on_a_real_digit() -> None:
    for name in models.MODELS:
        model = checkpoint.load(name)
        passed = forward.run(model, batch.of_mnist([0], models.input_size(model)).inputs[0])
        for layer in filter(counts.is_convolution, passed.layers):
            found = channel_sums.of(passed, model, layer, layer.shape[0] - 1)
            assert np.allclose(found.output, passed.outputs[layer.name][-1], atol=1e-5)
            assert np.array_equal(found.inputs, passed.outputs[layer.sources[0]])


def test_a_convolution_of_one_by_one_takes_64_channels_to_16() -> None:
    maps = np.random.default_rng(1).random((64, 8, 8), np.float32)
    source = Layer("relu3", "relu", maps.shape)
    weight, bias = channel_sums.one_by_one_weights(64, 5)
    assert float(weight.abs().max()) <= 1 / 8
    expected = F.conv2d(torch.from_numpy(maps)[None], weight, bias)[0].numpy()
    for channel in (0, 15):
        found = channel_sums.one_by_one(source, maps, channel, 5)
        assert np.allclose(found.output, expected[channel], atol=1e-5)
    assert counts.shared(found.layer, source).parameters.value == 64 * 16 + 16 == weight.numel() + bias.numel()

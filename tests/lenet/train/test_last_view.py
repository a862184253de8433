"""Tests of the view into a network at a checkpoint."""

from __future__ import annotations

import numpy as np
import torch

from lenet.digits import batch, mnist
from lenet.networks.models import build
from lenet.train import last_view
from lenet.train.settings import Training
from lenet.train.watching import dead_shares

SETTINGS = Training(digits=64, hold_out=32, batch=16, epochs=1)


def test_it_shows_the_answer_and_the_kernels_and_no_norms_of_a_step() -> None:
    model = build("LeNet5", seed=1).eval()
    given = batch.of_mnist([0], 32).inputs[0]
    picture = np.round(given[0] * 255).astype(np.uint8)
    seen = last_view.view(SETTINGS, model, 7, picture)
    with torch.no_grad():
        expected = model(torch.from_numpy(given)[None]).softmax(1)[0]
    assert seen.probabilities is not None
    np.testing.assert_allclose(seen.probabilities, expected.numpy(), rtol=1e-6)
    assert (seen.step, seen.digits) == (7, 32)
    assert all(layer.gradient is None and layer.update is None for layer in seen.layers)
    held_out = torch.from_numpy(mnist.load("train").images[-32:].copy()).float()[:, None] / 255
    shares = dead_shares(model, torch.nn.functional.pad(held_out, [2] * 4))
    assert {layer.name: layer.dead for layer in seen.layers if layer.dead is not None} == shares
    assert not model.training


def test_without_a_digit_and_without_passes_it_shows_the_weights() -> None:
    seen = last_view.view(SETTINGS, build("LeNet5", seed=1), 0, None, passes=False)
    assert seen.probabilities is None
    assert seen.digits == 0
    assert seen.kernels is not None
    assert all(layer.dead is None for layer in seen.layers)

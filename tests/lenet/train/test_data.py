"""A batch depends on the settings and the step alone, also in parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lenet.digits import mnist
from lenet.digits.mnist import Digits
from lenet.train import data
from lenet.train.data import Batch, Data
from lenet.train.settings import Training
from tests.lenet.train.small_runs import SMALL, few

CPU = torch.device("cpu")
PLAIN = replace(SMALL, augment=False, handwriting=0, handwritten=0)


def made(settings: Training, drawings: Digits | None = None, size: int = 32) -> Data:
    return Data(settings, size, CPU, drawings, few())


def equal(one: Batch, other: Batch) -> bool:
    return torch.equal(one.inputs, other.inputs) and torch.equal(one.labels, other.labels)


def test_batches_can_be_asked_for_in_any_order() -> None:
    forward, backward = made(SMALL), made(SMALL)
    there = [forward.batch(step) for step in range(1, 21)]
    back = [backward.batch(step) for step in range(20, 0, -1)][::-1]
    assert all(map(equal, there, back))
    assert not any(equal(there[step], there[step + 1]) for step in range(19))


def test_an_epoch_has_each_digit_once() -> None:
    given = made(PLAIN)
    images = torch.from_numpy(few().images[:150].copy()).float()[:, None] / 255
    for epoch in range(2):
        batches = [given.batch(10 * epoch + step) for step in range(1, 11)]
        assert [len(one.labels) for one in batches] == [16] * 9 + [6]
        seen = torch.cat([one.inputs for one in batches])[:, :, 2:-2, 2:-2]
        order = (seen.flatten(1)[:, None] == images.flatten(1)).all(2).float().argmax(1)
        assert sorted(order.tolist()) == list(range(150))
        assert torch.equal(torch.cat([one.labels for one in batches]), torch.from_numpy(few().labels.copy())[order])
    assert not equal(given.batch(1), given.batch(11))


def test_inputs_have_the_networks_size_and_a_border_of_paper() -> None:
    for size, border in ((28, 0), (32, 2)):
        inputs = made(SMALL, size=size).batch(3).inputs
        assert inputs.shape == (20, 1, size, size)
        assert inputs.dtype == torch.float32
        assert inputs.min() == 0
        assert inputs.max() <= 1
        if border:
            assert inputs[..., :border, :].sum() == inputs[..., -border:].sum() == 0


@pytest.mark.parametrize("world", [1, 2, 3, 7, 30])
@pytest.mark.parametrize("step", [1, 10])
def test_parts_are_the_rows_of_the_whole(world: int, step: int) -> None:
    given = made(SMALL)
    whole = given.batch(step)
    parts = [given.batch(step, (rank, world)) for rank in range(world)]
    assert torch.equal(torch.cat([one.labels for one in parts]), whole.labels)
    assert torch.allclose(torch.cat([one.inputs for one in parts]), whole.inputs, atol=1e-5)
    assert {one.total for one in parts} == {len(whole.labels)} == {whole.total}
    sizes = [len(one.labels) for one in parts]
    assert max(sizes) - min(sizes) <= 1


def test_synthetic_digits_and_drawings_come_last_in_each_batch() -> None:
    marked = Digits(np.full((3, 28, 28), 255, np.uint8), np.array([7, 8, 9]))
    settings = replace(PLAIN, handwriting=30, handwritten=4, own=5, drawings="0" * 64)
    batch = made(settings, marked).batch(1)
    assert (len(batch.labels), batch.total) == (25, 25)
    assert (batch.inputs[20:, :, 2:-2, 2:-2] == 1).all()
    assert set(batch.labels[20:].tolist()) <= {7, 8, 9}
    assert not (batch.inputs[:20, :, 2:-2, 2:-2] == 1).all((1, 2, 3)).any()


def test_each_step_has_variants_of_its_own() -> None:
    plain, varied = made(replace(PLAIN, seed=5)).batch(2), made(replace(PLAIN, seed=5, augment=True)).batch(2)
    assert torch.equal(plain.labels, varied.labels)
    assert not torch.equal(plain.inputs, varied.inputs)


def test_held_out_digits_are_the_last_of_mnists() -> None:
    found = data.held_out(Training(hold_out=7))
    assert np.array_equal(found.images, mnist.load("train").images[-7:])
    assert len(data.held_out(Training(hold_out=0)).labels) == 0


def test_mixed_seeds_differ() -> None:
    seeds = [data.mix(*parts) for parts in ((0, "step", 1), (0, "step", 11), (0, "order", 1), (1, "step", 1), (0, 1))]
    assert len(set(seeds)) == 5
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert data.mix(0, "step", 1) == data.mix(0, "step", 1)

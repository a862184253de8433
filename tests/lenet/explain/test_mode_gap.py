"""Tests of one batch in both modes against plain PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lenet.digits import mnist
from lenet.explain import mode_gap
from lenet.record.experiment import RANDOM, Experiment, Input, Run, Weights, run
from lenet.record.iteration import Setup
from lenet.record.modes import EVAL, MODES, TRAIN
from lenet.record.presets import BOTH_MODES

DIGITS = mnist.load("test")
FEW = mnist.Digits(DIGITS.images[:30], DIGITS.labels[:30])


def taken(chosen: Experiment) -> tuple[nn.Module, Run]:
    model = chosen.model()
    return model, run(chosen, model, chosen.batch(28))


def before(model: nn.Module, done: Run, mode: str) -> nn.Module:
    """The network before the recorded step, in plain PyTorch."""
    state = done.iteration.before
    values = {name: torch.from_numpy(np.array(one.array)) for name, one in (state.parameters | state.buffers).items()}
    model.load_state_dict(values)
    return model.train(mode == TRAIN)


def test_outcomes_and_accuracies_are_those_of_plain_pytorch() -> None:
    model, done = taken(BOTH_MODES)
    assert done.losses[-2] < 0.3
    found = mode_gap.compare(model, done.iteration)
    shares = mode_gap.accuracies(model, done.iteration, FEW)
    assert done.iteration.outcome_before is not None
    assert found.outcomes[TRAIN].loss == done.iteration.outcome_before.loss
    assert not found.failures
    assert found.others == ()
    for mode in MODES:
        own = before(BOTH_MODES.model(), done, mode)
        torch.manual_seed(BOTH_MODES.steps - 1)
        with torch.no_grad():
            logits = own(torch.from_numpy(done.inputs.inputs.copy()))
        assert np.array_equal(found.outcomes[mode].logits, logits.numpy())
        assert (
            found.outcomes[mode].loss == F.cross_entropy(logits, torch.from_numpy(np.array(done.inputs.labels))).item()
        )
    x = torch.from_numpy(FEW.images[:, None].astype(np.float32) / 255)
    for (mode, batch), share in zip(mode_gap.BATCHES, shares, strict=True):
        own = before(BOTH_MODES.model(), done, mode)
        torch.manual_seed(BOTH_MODES.steps - 1)
        with torch.no_grad():
            answers = torch.cat([own(part).argmax(1) for part in x.split(batch)])
        assert share == pytest.approx((answers.numpy() == FEW.labels).mean())


def test_the_preset_has_a_gap_that_is_seen() -> None:
    model, done = taken(BOTH_MODES)
    found = mode_gap.compare(model, done.iteration)
    assert found.outcomes[EVAL].loss > 3 * found.outcomes[TRAIN].loss


def test_causes_have_the_numbers_of_the_layers() -> None:
    model, done = taken(BOTH_MODES)
    first, second, drop = mode_gap.compare(model, done.iteration).causes
    assert (first.layer, second.layer, drop.layer) == ("bn1", "bn2", "dropout1")
    own = before(BOTH_MODES.model(), done, EVAL)
    conv = own.conv1(torch.from_numpy(done.inputs.inputs.copy())).detach()[:, first.channel]
    assert first.count == conv.numel()
    assert first.batch == pytest.approx((float(conv.mean()), float(conv.std(correction=0))), rel=1e-4)
    running = float(own.bn1.running_mean[first.channel]), float(own.bn1.running_var[first.channel]) ** 0.5
    assert first.running == pytest.approx(running)
    assert 0 < drop.dropped < drop.count


def test_a_mode_that_pytorch_refuses_is_said() -> None:
    chosen = Experiment(
        "stack-28~max_pool-7~conv-4-4~batch_norm~flatten~linear",
        Weights(RANDOM, 0),
        Input("mnist", (0,)),
        setup=Setup(mode="eval"),
    )
    model, done = taken(chosen)
    found = mode_gap.compare(model, done.iteration)
    assert found.outcomes.keys() == {EVAL}
    assert "more than 1 value per channel" in found.failures[TRAIN]
    assert found.causes == ()
    assert [share is None for share in mode_gap.accuracies(model, done.iteration, FEW)] == [False, False, True]


def test_neither_the_network_nor_the_random_numbers_change() -> None:
    model, done = taken(BOTH_MODES)
    old, state = {name: value.clone() for name, value in model.state_dict().items()}, torch.get_rng_state()
    mode_gap.compare(model, done.iteration)
    mode_gap.accuracies(model, done.iteration, FEW)
    assert torch.equal(torch.get_rng_state(), state)
    assert not model.training
    assert all(torch.equal(value, old[name]) for name, value in model.state_dict().items())

"""A step that is recorded from a checkpoint is the one that the training took next, bit for bit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.record.experiment import RANDOM as NEW
from lenet.record.experiment import RUN, Experiment, Input, Weights, run
from lenet.record.iteration import Iteration
from lenet.record.optimizers import OPTIMIZERS
from lenet.train import moment, run_folder
from lenet.train.events import Step
from lenet.train.run import train
from lenet.train.settings import TRAINABLE, Training

SETTINGS = Training(
    network="LightNet", lr=0.01, batch=12, digits=64, hold_out=0, augment=True, handwriting=20, handwritten=5, epochs=2
)
"""Of 12 steps, with checkpoints after 0, 1, 2, 4, 6 and 12; an epoch's last step has four digits and five made up."""
RANDOM = np.random.default_rng(0)
DIGITS = Digits(RANDOM.integers(0, 256, (64, 28, 28), np.uint8), RANDOM.integers(0, 10, 64).astype(np.uint8))


def trained(folder: Path, settings: Training, drawings: bytes = b"") -> dict[int, Step]:
    """Train in this folder; return each step's event."""
    run_folder.create(folder, settings, drawings)
    return {event.step: event for event in train(settings, folder, digits=DIGITS) if isinstance(event, Step)}


def moments(folder: Path) -> Iterator[moment.Moment]:
    settings = run_folder.settings(folder)
    for step in run_folder.checkpoints(folder):
        if step < settings.scheduled:
            yield moment.of(folder, step, DIGITS)


def loss_of(recorded: Iteration) -> float:
    assert recorded.failure is None
    assert recorded.outcome_before is not None
    return recorded.outcome_before.loss


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_the_recorded_step_is_the_training_s_next_bit_for_bit(optimizer: str, tmp_path: Path) -> None:
    settings = replace(SETTINGS, optimizer=optimizer, weight_decay=0.05)
    steps = trained(tmp_path, settings)
    found = list(moments(tmp_path))
    assert [one.step for one in found] == [0, 1, 2, 4, 6]
    for at in found:
        taken = steps[at.step + 1]
        assert taken.digest
        assert at.digest == taken.digest
        recorded = moment.replay(at)
        assert moment.digest_of(recorded) == taken.digest
        assert moment.holds(at, recorded) is True
        assert loss_of(recorded) == taken.loss
        assert at.setup.lr == taken.lr
        assert recorded.inputs.shape == (17, 1, 32, 32)
        assert recorded.shown == 8
        assert recorded.inputs is at.batch.inputs
        # After a checkpoint comes what the next one keeps.
        if at.step in (0, 1):
            after = recorded.after
            assert after is not None
            for name, p in run_folder.load_model(tmp_path, at.step + 1).named_parameters():
                assert np.array_equal(after.parameters[name].array, p.detach().numpy())


@pytest.mark.parametrize("loss", TRAINABLE)
@pytest.mark.parametrize("network", ["LeNet5", "DigitCNN"])
def test_likewise_of_other_losses_and_networks_without_variants(network: str, loss: str, tmp_path: Path) -> None:
    settings = replace(SETTINGS, network=network, loss=loss, optimizer="SGD-momentum", augment=False, max_steps=5)
    steps = trained(tmp_path, settings)
    for at in moments(tmp_path):
        recorded = moment.replay(at)
        assert at.batch.pictures is not None
        assert np.array_equal(at.batch.pictures[:, None].astype(np.float32) / np.float32(255), at.batch.inputs)
        if at.step + 1 in steps:
            assert moment.holds(at, recorded)
            assert loss_of(recorded) == steps[at.step + 1].loss
        else:  # the run ended there, and would have gone on
            assert at.step == 5
            assert len(recorded.inputs) == 9
            assert moment.holds(at, recorded) is None


def test_likewise_with_drawings_of_one_s_own_among_the_digits(tmp_path: Path) -> None:
    drawn = [{"label": 1, "strokes": [[[0.5, 0.2], [0.5, end]]]} for end in (0.7, 0.8, 0.9)]
    content = "".join(json.dumps(one) + "\n" for one in drawn).encode()
    settings = replace(SETTINGS, own=4, drawings=hashlib.sha256(content).hexdigest(), max_steps=4)
    steps = trained(tmp_path, settings, content)
    for step in (0, 1, 2):
        at = moment.of(tmp_path, step, DIGITS)
        recorded = moment.replay(at)
        assert len(recorded.inputs) == 12 + 5 + 4
        assert moment.holds(at, recorded)
        assert loss_of(recorded) == steps[step + 1].loss


@pytest.mark.parametrize("network", ["batch_norm~relu", "relu~dropout-0.5", "batch_norm~relu~dropout-0.3"])
def test_likewise_with_batch_norm_and_dropout(network: str, tmp_path: Path) -> None:
    name = f"stack-28~conv-4-5~{network}~max_pool~flatten~linear"
    settings = replace(SETTINGS, network=name, weights=Weights(NEW, 3), optimizer="Adam")
    steps = trained(tmp_path, settings)
    for at in moments(tmp_path):
        recorded = moment.replay(at)
        assert moment.holds(at, recorded) is True
        assert loss_of(recorded) == steps[at.step + 1].loss
        # As the pages do it: with a network in evaluation mode.
        model = run_folder.load_model(tmp_path, at.step)
        chosen = moment.experiment("a-run", at)
        assert chosen.mode == "train"
        found = run(chosen, model, at.batch, begin=at.start)
        assert moment.holds(at, found.iteration) is True
        if at.step in (0, 1):  # the running statistics are those of the next checkpoint
            assert recorded.after is not None
            for path, buffer in run_folder.load_model(tmp_path, at.step + 1).named_buffers():
                assert np.array_equal(recorded.after.buffers[path].array, buffer.numpy())
        evaluated = replace(chosen, setup=replace(chosen.setup, mode="eval"))
        assert moment.holds(at, run(evaluated, model, at.batch, begin=at.start).iteration) is False


def test_another_step_is_not_taken_for_the_training_s(tmp_path: Path) -> None:
    trained(tmp_path, SETTINGS)
    at = moment.of(tmp_path, 2, DIGITS)
    other = replace(at, setup=replace(at.setup, lr=at.setup.lr * 1.0001))
    assert moment.holds(at, moment.replay(other)) is False
    fresh = replace(at, start=replace(at.start, optimizer={}))
    assert moment.holds(at, moment.replay(fresh)) is False


def test_neither_random_numbers_nor_threads_are_left_changed(tmp_path: Path) -> None:
    trained(tmp_path, SETTINGS)
    at = moment.of(tmp_path, 1, DIGITS)
    state, threads = torch.random.get_rng_state(), torch.get_num_threads()
    moment.replay(at)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_an_experiment_with_a_run_s_weights_and_batch_is_its_moment(tmp_path: Path) -> None:
    steps = trained(tmp_path / "a-run", SETTINGS)
    at = moment.of(tmp_path / "a-run", 4, DIGITS)
    chosen = moment.experiment("a-run", at)
    assert chosen == Experiment("LightNet", Weights(RUN, run="a-run", moment=4), Input(RUN), None, at.setup)
    assert Experiment.from_query(chosen.to_query()) == (chosen, ())
    done = run(chosen, at.model, at.batch, begin=at.start)
    assert moment.holds(at, done.iteration)
    assert done.losses[0] == steps[5].loss
    further = run(replace(chosen, steps=2), at.model, at.batch, done, at.start)
    assert further.losses[:2] == done.losses
    again = run(replace(chosen, steps=2), at.model, at.batch, begin=at.start)
    assert again.losses == further.losses


def test_an_address_s_run_is_found_below_the_root_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(tmp_path / "a-run", SETTINGS)
    monkeypatch.setattr("lenet.train.data.mnist.load", lambda part: DIGITS)
    address = {"network": "LightNet", "weights": "run", "run": "a-run", "moment": "2", "input": "run"}
    chosen, refused = Experiment.from_query(address)
    assert refused == ()
    found = moment.opened(chosen, tmp_path)
    assert moment.holds(found, moment.replay(found))
    for run_id in ("another", "", "..", "a-run/..", "/etc", "x" * 5000):
        with pytest.raises(InputError, match="is not here"):
            moment.find(tmp_path, run_id)
    with pytest.raises(InputError, match="no checkpoint after step 3"):
        moment.opened(chosen.with_values({"moment": 3}), tmp_path)
    with pytest.raises(InputError, match="Choose LightNet as the network"):
        moment.opened(replace(chosen, network="LeNet5"), tmp_path)
    with pytest.raises(InputError, match="not those of a run"):
        moment.opened(replace(chosen, weights=Weights()), tmp_path)
    with pytest.raises(InputError, match="was the last"):
        moment.opened(chosen.with_values({"moment": 12}), tmp_path)


@pytest.mark.parametrize(("name", "value"), [("smoothing", 0.02), ("bfloat16", True)])
def test_a_recipe_that_a_record_does_not_have_is_refused(name: str, value: object, tmp_path: Path) -> None:
    settings = replace(SETTINGS, max_steps=1)
    trained(tmp_path, settings)
    file = tmp_path / run_folder.SETTINGS
    content = json.loads(file.read_text("utf-8"))
    content["training"][name] = value
    file.write_text(json.dumps(content), "utf-8")
    with pytest.raises(InputError, match=name):
        moment.of(tmp_path, 0, DIGITS)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    trained(tmp_path, replace(SETTINGS, max_steps=1))
    file = run_folder.weights_file(tmp_path, 1).with_name(run_folder.OPTIMIZER)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(InputError, match="damaged"):
        moment.of(tmp_path, 1, DIGITS)

"""A run has the same numbers however it goes: at once, paused, stopped, killed and resumed, or watched."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.messages import render
from lenet.networks.models import MODELS, build
from lenet.record.optimizers import OPTIMIZERS
from lenet.train import events, run, run_folder
from lenet.train.control import Control
from lenet.train.data import Data
from lenet.train.events import Failed, Finished, Step
from lenet.train.presets import RECIPES
from lenet.train.settings import TRAINABLE, Training
from lenet.train.watching import Watcher
from tests.forked import Forked
from tests.lenet.train.small_runs import SMALL, few, made, steps, stream, weights

PLAIN = replace(SMALL, augment=False, handwriting=0, handwritten=0)
"""MNIST's digits as they are."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from its begin to its end."""
    folder = made(tmp_path_factory.mktemp("runs") / "whole")
    stream(folder)
    return folder


def same(folder: Path, other: Path) -> bool:
    return torch.equal(weights(folder), weights(other)) and steps(folder) == steps(other)


def test_the_same_seed_gives_the_same_numbers(whole: Path, tmp_path: Path) -> None:
    stream(made(tmp_path / "again"))
    assert same(tmp_path / "again", whole)
    other = replace(SMALL, seed=1)
    stream(made(tmp_path / "other", other), other)
    assert not same(tmp_path / "other", whole)


def test_events_come_in_order(whole: Path) -> None:
    found = run_folder.events(whole)
    assert [one["event"] for one in found[:3]] == ["started", "evaluation", "checkpoint"]
    assert found[0] | {"seconds": 0} == {
        "event": "started",
        "step": 0,
        "seconds": 0,
        "steps": 20,
        "per_epoch": 10,
        "parameters": 61_706,
    }
    assert found[-1]["event"] == "finished"
    assert found[-1]["reason"] == events.ALL_STEPS
    assert all(a["step"] <= b["step"] and a["seconds"] <= b["seconds"] for a, b in pairwise(found))
    taken = [one for one in found if one["event"] == "step"]
    assert [one["step"] for one in taken] == list(range(1, 21))
    assert [one["epoch"] for one in taken] == [1] * 10 + [2] * 10
    assert [one["lr"] for one in taken] == [SMALL.rate(step) for step in range(1, 21)]
    for one in (one for one in found if one["event"] == "epoch"):
        assert one["loss"] == pytest.approx(np.mean([step["loss"] for step in taken if step["epoch"] == one["epoch"]]))
    measured = [(one["step"], one["n"]) for one in found if one["event"] == "evaluation"]
    assert measured == [(step, 60) for step in (0, 2, 5, 7, 10, 12, 15, 17, 20)]


def test_checkpoints_are_dense_at_first(whole: Path) -> None:
    assert run_folder.checkpoints(whole) == (0, 1, 2, 4, 8, 10, 20)
    named = [one["folder"] for one in run_folder.events(whole) if one["event"] == "checkpoint"]
    assert named == [f"checkpoints/{step:08d}" for step in (0, 1, 2, 4, 8, 10, 20)]
    long = Training(digits=1280, hold_out=0, batch=128, epochs=3, max_steps=25)
    assert list(run.checkpoint_steps(long)) == [0, 1, 2, 4, 8, 10, 20, 25]


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_steps_are_those_of_plain_pytorch(optimizer: str) -> None:
    settings = replace(SMALL, optimizer=optimizer, lr=0.01, weight_decay=0.01, max_steps=4)
    model, plain = settings.model(), settings.model()
    found = [one for one in run.train(settings, model=model, digits=few()) if isinstance(one, Step)]
    update = settings.make_optimizer(plain)
    data = Data(settings, 32, torch.device("cpu"), digits=few())
    for event in found:
        batch = data.batch(event.step)
        update.param_groups[0]["lr"] = event.lr
        update.zero_grad()
        output = plain(batch.inputs)
        loss = F.cross_entropy(output, batch.labels)
        loss.backward()  # type: ignore[no-untyped-call]
        update.step()
        assert event.loss == loss.item()
        assert event.accuracy == pytest.approx((output.argmax(1) == batch.labels).float().mean().item())
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), plain.parameters(), strict=True))


@pytest.mark.parametrize("loss", TRAINABLE)
@pytest.mark.parametrize("network", list(MODELS))
def test_every_network_learns_with_every_loss(network: str, loss: str) -> None:
    settings = replace(SMALL, network=network, loss=loss, epochs=8, augment=False, optimizer="Adam", lr=0.002)
    epochs = [one for one in stream(None, settings) if isinstance(one, events.Epoch)]
    assert epochs[-1].loss < 0.8 * epochs[0].loss


@pytest.mark.parametrize("network", list(RECIPES))
def test_the_recipes_settings_train_too(network: str) -> None:
    settings = replace(RECIPES[network], digits=64, handwriting=20, batch=16, handwritten=4, epochs=6)
    epochs = [one for one in stream(None, settings) if isinstance(one, events.Epoch)]
    assert epochs[-1].loss < epochs[0].loss


def test_the_digest_is_of_gradients_and_new_weights() -> None:
    model = SMALL.model()
    found = []
    for event in run.train(replace(SMALL, max_steps=1), model=model, digits=few()):
        if isinstance(event, Step):
            found.append((event.digest, run.digest_of(model)))
    assert found == [("", run.digest_of(model))]  # without a folder there is no checkpoint


def test_the_step_after_a_checkpoint_has_its_digest(whole: Path) -> None:
    taken = [one for one in run_folder.events(whole) if one["event"] == "step"]
    assert [one["step"] for one in taken if one["digest"]] == [1, 2, 3, 5, 9, 11]
    # Taken again from the checkpoint, with what is on the disk alone.
    settings = run_folder.settings(whole)
    for step in (0, 4, 10):
        model = run_folder.load_model(whole, step).train()
        optimizer = settings.make_optimizer(model)
        run_folder.load_optimizer(whole, step, model, optimizer)
        batch = Data(settings, 32, torch.device("cpu"), digits=few()).batch(step + 1)
        optimizer.param_groups[0]["lr"] = settings.rate(step + 1)
        F.cross_entropy(model(batch.inputs), batch.labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        assert run.digest_of(model) == taken[step]["digest"]


def test_watching_changes_nothing(whole: Path, tmp_path: Path) -> None:
    found = stream(made(tmp_path / "watched"), watch=Watcher(0, np.ones((1, 32, 32), np.float32)))
    assert sum(isinstance(one, events.Watch) for one in found) == 20
    assert same(tmp_path / "watched", whole)
    assert not any(one["event"] == "watch" for one in run_folder.events(tmp_path / "watched"))


def test_pausing_changes_nothing(whole: Path, tmp_path: Path) -> None:
    control = Control()
    folder, kinds = made(tmp_path / "paused"), []
    for event in run.train(SMALL, folder, control=control, digits=few()):
        kinds.append(event.kind)
        if event.step == 7 and event.kind == "step":
            control.pause()
        elif event.kind == "paused":
            assert run_folder.checkpoints(folder)[-1] == event.step == 7
            control.go_on()
    at = kinds.index("paused")
    assert kinds[at - 1 : at + 3] == ["checkpoint", "paused", "resumed", "step"]
    assert same(folder, whole)


def test_a_paused_run_can_be_stopped(tmp_path: Path) -> None:
    control = Control()
    control.pause()
    found = []
    for event in run.train(SMALL, made(tmp_path / "run"), control=control, digits=few()):
        found.append(event)
        if event.kind == "paused":
            control.stop()
    assert isinstance(found[-1], Finished)
    assert found[-1].reason == events.STOPPED


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_a_stopped_run_resumes_as_if_nothing_had_happened(optimizer: str, tmp_path: Path) -> None:
    settings = replace(SMALL, optimizer=optimizer, lr=0.01)
    stream(made(tmp_path / "whole", settings), settings)
    folder, control = made(tmp_path / "stopped", settings), Control()
    for stop in (3, 14):
        for event in run.train(settings, folder, resume=True, control=control, digits=few()):
            if event.step == stop and event.kind == "step":
                control.stop()
        assert isinstance(event, Finished)
        assert (event.reason, event.step) == (events.STOPPED, stop)
        control = Control()
    found = stream(folder, settings, resume=True)
    assert found[0].step == 14
    assert found[0].seconds > 0
    assert same(folder, tmp_path / "whole")


def test_a_stream_that_is_left_early_can_be_resumed(whole: Path, tmp_path: Path) -> None:
    folder = made(tmp_path / "left")
    left = run.train(SMALL, folder, digits=few())
    while next(left).step < 7:
        pass
    left.close()  # type: ignore[attr-defined]
    stream(folder, resume=True)
    assert same(folder, whole)


def test_a_killed_run_resumes_at_its_last_checkpoint(whole: Path, tmp_path: Path) -> None:
    folder = made(tmp_path / "killed")
    for last in (3, 13):
        process = Forked("tests.lenet.train.one_that_waits", str(folder), str(last))
        assert f"step {last}\n" in process.stdout
        with pytest.raises(InputError, match="Another process trains the run"):
            stream(folder, resume=True)
        process.kill()
        process.communicate()
    # What a process leaves behind that is killed while it writes.
    with (folder / "events.jsonl").open("ab") as file:
        file.write(b'{"event": "step", "st')
    (folder / "checkpoints" / ".00000014-abc").mkdir()
    (folder / ".settings.json-abc").write_bytes(b"{")
    found = stream(folder, resume=True)
    assert found[0].step == 10
    assert same(folder, whole)
    assert not list(folder.rglob(".*"))


def test_it_stops_at_an_accuracy() -> None:
    settings = replace(SMALL, stop_at=0.01)
    last = stream(None, settings)[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.step) == (events.REACHED, 2)


def test_it_stops_after_so_many_steps() -> None:
    last = stream(None, replace(SMALL, max_steps=3))[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.step) == (events.MAX_STEPS, 3)


def test_time_is_that_of_training_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = run.HeldOut.measure

    def measure(*given: object) -> object:
        time.sleep(0.05)
        return slow(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(run.HeldOut, "measure", measure)
    started = time.perf_counter()
    last = stream(None)[-1]
    assert last.seconds < time.perf_counter() - started - 9 * 0.05


def test_it_leaves_the_random_state_and_the_threads_of_the_process_alone() -> None:
    model = SMALL.model()
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    list(run.train(replace(SMALL, threads=2, max_steps=2), model=model, digits=few()))
    assert torch.equal(before, torch.random.get_rng_state())
    assert torch.get_num_threads() == threads


class Dropping(torch.nn.Module):
    input_size = 28

    def __init__(self) -> None:
        super().__init__()
        self.fc = torch.nn.Linear(28 * 28, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc(F.dropout(x.flatten(1), 0.5, self.training))


def test_dropout_repeats() -> None:
    def trained(seed: int) -> list[float]:
        torch.manual_seed(time.time_ns() % 2**32)  # what happens outside makes no difference
        model = Dropping()
        torch.nn.init.zeros_(model.fc.weight)
        torch.nn.init.zeros_(model.fc.bias)
        settings = replace(SMALL, seed=seed, max_steps=6, augment=False, handwriting=0, handwritten=0)
        found = run.train(settings, model=model, digits=few())
        return [one.loss for one in found if isinstance(one, Step)]

    assert trained(0) == trained(0)
    assert trained(0) != trained(1)


# What goes wrong


@pytest.mark.parametrize("lr", [1e6, 1e9, 1e11])
def test_a_rate_that_diverges_ends_the_run_with_the_step_and_the_layer(lr: float, tmp_path: Path) -> None:
    # MNIST's digits alone: where it diverges doesn't depend on the forms of the synthetic ones.
    settings = replace(PLAIN, optimizer="SGD", lr=lr, schedule="constant")
    folder = made(tmp_path / "run", settings)
    last = stream(folder, settings)[-1]
    assert isinstance(last, Failed)
    # Plain PyTorch finds the same step and layer.
    model = settings.model()
    optimizer = settings.make_optimizer(model)
    data = Data(settings, 32, torch.device("cpu"), digits=few())
    bad: tuple[int, str] | None = None
    good = 0  # the last step whose weights are finite, before that gradient
    for step in range(1, 21):
        batch = data.batch(step)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(batch.inputs), batch.labels)
        loss.backward()  # type: ignore[no-untyped-call]
        if bad is None and all(value.isfinite().all() for value in model.parameters()):
            good = step - 1
        for name, parameter in reversed(list(model.named_parameters())):
            assert parameter.grad is not None
            if bad is None and not parameter.grad.isfinite().all():
                bad = step, name.split(".")[0]
        if not loss.isfinite():
            break
        optimizer.step()
    assert last.values["at"] == step
    assert (last.values["gradient_at"], last.values["layer"]) == (bad or (step, ""))
    assert f"step {step}: its loss is not finite" in render(last.key, last.values)
    # The moment before is kept, and its weights are good.
    assert last.values["kept"] == run_folder.checkpoints(folder)[-1] == good
    assert weights(folder, good).isfinite().all()
    assert run_folder.has_ended(folder)
    again = stream(folder, settings, resume=True)[-1]
    assert (again.kind, again.step) == (last.kind, last.step)


def test_a_loss_that_overflows_while_its_gradients_do_not_is_said() -> None:
    settings = replace(SMALL, loss="mse", optimizer="SGD", lr=0.1)
    model = settings.model()
    with torch.no_grad():
        model.fc3.bias += 1e21  # type: ignore[union-attr,operator]
        for layer in ("conv1", "conv2", "fc1", "fc2"):
            getattr(model, layer).weight.zero_()
            getattr(model, layer).bias.zero_()
    last = list(run.train(settings, model=model, digits=few()))[-1]
    assert isinstance(last, Failed)
    assert (last.key, last.values["at"]) == ("training-diverged-loss", 1)


@pytest.mark.parametrize(
    ("error", "key"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried"), "training-memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."), "training-memory"),
        (MemoryError(), "training-memory"),
        (torch.AcceleratorError("CUDA error: device-side assert"), "training-device"),
    ],
)
def test_memory_and_device_fail_in_words(
    error: Exception, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Data, step: int, part: tuple[int, int]) -> object:
        if step == 6:
            raise error
        return real(self, step, part)

    real = Data.batch
    monkeypatch.setattr(Data, "batch", fail)
    last = stream(made(tmp_path / "run"))[-1]
    assert isinstance(last, Failed)
    assert (last.key, last.step, last.values["kept"]) == (key, 5, 4)
    assert "after step 4 is kept" in render(last.key, last.values)
    monkeypatch.undo()
    assert stream(tmp_path / "run", resume=True)[-1].kind == "finished"


def test_an_error_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Data, "batch", lambda *_: (_ for _ in ()).throw(RuntimeError("size mismatch")))
    with pytest.raises(RuntimeError, match="size mismatch"):
        stream(None)


def test_a_full_disk_ends_the_run_in_words(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, real = made(tmp_path / "run"), run_folder._write_through

    def write(stream: object, content: bytes) -> None:
        if run_folder.checkpoints(folder)[-1:] == (8,):
            raise OSError(28, "No space left on device")
        real(stream, content)  # type: ignore[arg-type]

    monkeypatch.setattr(run_folder, "_write_through", write)
    last = stream(folder)[-1]
    assert isinstance(last, Failed)
    text = render(last.key, last.values)
    assert "No space left on device" in text
    assert "after step 8 is kept" in text
    assert run_folder.checkpoints(folder) == (0, 1, 2, 4, 8)
    monkeypatch.undo()
    stream(folder, resume=True)
    assert same(folder, whole)


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(InputError, match="There is no device 'cuda:77' here"):
        run.train(replace(SMALL, device="cuda:77"))


def test_a_folder_with_a_run_is_not_trained_over(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already has a training run"):
        stream(whole)
    with pytest.raises(InputError, match="already has a training run"):
        made(whole)
    with pytest.raises(InputError, match="already has a training run"):
        made(whole, replace(SMALL, seed=1))
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear")
    with pytest.raises(InputError, match="has other files"):
        made(tmp_path / "letters")


def test_a_run_that_has_ended_resumes_to_the_same_end(whole: Path) -> None:
    before = weights(whole)
    found = stream(whole, resume=True)
    assert [one.kind for one in found] == ["started", "finished"]
    assert torch.equal(weights(whole), before)


def test_a_network_of_ones_own_trains_in_place() -> None:
    model = build("LeNet5", 0)
    before = [value.clone() for value in model.parameters()]
    list(run.train(replace(SMALL, max_steps=1), model=model, digits=few()))
    assert not any(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert not model.training


def test_held_out_digits_are_never_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = few()
    images = digits.images.copy()
    images[-60:] = 255  # whoever trained on them would get other numbers
    marked = Digits(images, digits.labels)

    def losses(given: Digits) -> list[float]:
        return [one.loss for one in run.train(SMALL, digits=given) if isinstance(one, Step)]

    assert losses(digits) == losses(marked)

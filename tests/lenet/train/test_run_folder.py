"""A run's folder: written whole or not at all, and read without trust."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from lenet.errors import InputError
from lenet.record.optimizers import OPTIMIZERS
from lenet.train import events, run_folder
from tests.lenet.train.small_runs import SMALL, made, stream

SHORT = replace(SMALL, max_steps=4)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made(tmp_path_factory.mktemp("runs") / "run", SHORT)
    stream(folder, SHORT)
    return folder


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    shutil.copytree(run, tmp_path / "copy")
    return tmp_path / "copy"


def test_it_has_these_files(run: Path) -> None:
    found = sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())
    kept = [f"checkpoints/0000000{step}/{name}" for step in (0, 1, 2, 4) for name in NAMES]
    assert found == sorted([*kept, "events.jsonl", "lock", "settings.json"])
    assert run_folder.settings(run) == SHORT


NAMES = ("card.json", "model.safetensors", "optimizer.safetensors")


def test_a_card_says_what_the_checkpoint_is(run: Path) -> None:
    card = run_folder.card(run, 4)
    assert (card["network"], card["step"], card["epoch"]) == ("LeNet5", 4, 0.4)
    assert card["sha256"].keys() == set(NAMES) - {"card.json"}


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_the_optimizers_state_comes_back(optimizer: str, tmp_path: Path) -> None:
    settings = replace(SMALL, optimizer=optimizer, lr=0.01, max_steps=2)
    folder = made(tmp_path / "run", settings)
    stream(folder, settings)
    model = run_folder.load_model(folder, 2)
    again = settings.make_optimizer(model)
    run_folder.load_optimizer(folder, 2, model, again)
    found = run_folder.load_optimizer_state(folder, 2, model)
    assert all(found[name].keys() == OPTIMIZERS[optimizer].state.keys() for name in found)
    assert len(found) == (10 if OPTIMIZERS[optimizer].state else 0)
    stored = run_folder.optimizer_state(model, again)
    assert stored.keys() == {f"{name}.{entry}" for name, entries in found.items() for entry in entries}
    assert all(torch.equal(stored[f"{name}.{entry}"], found[name][entry]) for name in found for entry in found[name])
    fresh = run_folder.optimizer_state(model, settings.make_optimizer(model))  # Adagrad begins with sums of 0
    assert run_folder.load_optimizer_state(folder, 0, model).keys() == {name.rpartition(".")[0] for name in fresh}


# Damage

Damage = Callable[[Path], object]
CHECKPOINT = "checkpoints/00000004"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(bytes(content))


def swap(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))


DAMAGES: dict[str, tuple[Damage, str]] = {
    "no settings": (lambda f: (f / "settings.json").unlink(), "no training run"),
    "settings cut off": (lambda f: cut(f / "settings.json"), "not the folder of a training run"),
    "settings of others": (lambda f: (f / "settings.json").write_text('{"a": 1}'), "not the folder of a training run"),
    "huge settings": (lambda f: (f / "settings.json").write_text(" " * 2**17 + "{}"), "not the folder"),
    "deep settings": (lambda f: (f / "settings.json").write_text("[" * 60_000), "not the folder"),
    "later version": (
        lambda f: (f / "settings.json").write_text(json.dumps({"format": run_folder.FORMAT, "version": 2})),
        "another version",
    ),
    "bad setting": (
        lambda f: (f / "settings.json").write_text(
            (f / "settings.json").read_text().replace('"batch": 16', '"batch": 0')
        ),
        "is damaged: 0 can't be batch",
    ),
    "a folder for settings": (
        lambda f: ((f / "settings.json").unlink(), (f / "settings.json").mkdir()),
        "can't be read",
    ),
    "events of others": (lambda f: (f / "events.jsonl").write_text("dear diary\n"), "line 1 is no event"),
    "event in between": (
        lambda f: (f / "events.jsonl").write_bytes(b'{"event": "paused"}\n' + (f / "events.jsonl").read_bytes()),
        "line 1 is no event",
    ),
    "endless line": (lambda f: (f / "events.jsonl").write_bytes(b"x" * 2**17), "line 1 is no event"),
    "no card": (lambda f: (f / CHECKPOINT / "card.json").unlink(), "no checkpoint after step 4"),
    "card of others": (lambda f: (f / CHECKPOINT / "card.json").write_text("[]"), "card.json is not as it was written"),
    "weights cut off": (lambda f: cut(f / CHECKPOINT / "model.safetensors"), "model.safetensors is not as"),
    "weights changed": (lambda f: flip(f / CHECKPOINT / "model.safetensors"), "model.safetensors is not as"),
    "no weights": (lambda f: (f / CHECKPOINT / "model.safetensors").unlink(), "can't be read"),
    "state cut off": (lambda f: cut(f / CHECKPOINT / "optimizer.safetensors"), "optimizer.safetensors is not as"),
    "empty checkpoint": (
        lambda f: (shutil.rmtree(f / CHECKPOINT), (f / CHECKPOINT).mkdir()),
        "no checkpoint after step 4",
    ),
}


@pytest.mark.parametrize("name", list(DAMAGES))
def test_a_damaged_folder_is_refused_in_a_sentence(name: str, copy: Path) -> None:
    damage, words = DAMAGES[name]
    damage(copy)
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    with pytest.raises(InputError, match=words):
        stream(copy, replace(run_folder.settings(copy), max_steps=6), resume=True)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def forge(folder: Path, name: str, tensors: dict[str, torch.Tensor]) -> None:
    """Replace a file of the last checkpoint, with a card that fits."""
    content = safetensors.torch.save(tensors)
    (folder / CHECKPOINT / name).write_bytes(content)
    card = json.loads((folder / CHECKPOINT / "card.json").read_text())
    card["sha256"][name] = hashlib.sha256(content).hexdigest()
    (folder / CHECKPOINT / "card.json").write_text(json.dumps(card))


@pytest.mark.parametrize(
    "tensors",
    [
        {"conv1.weight.exp_avg": torch.zeros(6, 1, 5, 4)},
        {"conv1.weight.momentum": torch.zeros(6, 1, 5, 5)},
        {"conv9.weight.exp_avg": torch.zeros(6, 1, 5, 5)},
        {"conv1.weight.exp_avg": torch.zeros(6, 1, 5, 5, dtype=torch.int64)},
        {"conv1.weight.exp_avg": torch.zeros(6, 1, 5, 5), "conv1.bias.exp_avg_sq": torch.zeros(6)},
    ],
)
def test_the_state_of_another_optimizer_is_refused(tensors: dict[str, torch.Tensor], copy: Path) -> None:
    forge(copy, "optimizer.safetensors", tensors)
    with pytest.raises(InputError, match=r"optimizer\.safetensors is not as it was written"):
        stream(copy, replace(SHORT, max_steps=6), resume=True)


def test_the_weights_of_another_network_are_refused(copy: Path) -> None:
    forge(copy, "model.safetensors", {"fc.weight": torch.zeros(3, 3)})
    with pytest.raises(InputError, match="don't fit LeNet5"):
        stream(copy, replace(SHORT, max_steps=6), resume=True)


def test_the_last_line_may_be_cut_off(copy: Path) -> None:
    before = run_folder.events(copy)
    cut(copy / "events.jsonl")
    assert run_folder.events(copy) == before[:-1]


# Writing


def test_a_file_is_written_whole_or_not_at_all(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    model = run_folder.load_model(copy, 4)
    optimizer = SHORT.make_optimizer(model)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match=r"No space left on device\. What was written before is kept"):
        run_folder.change(copy, SMALL)
    with pytest.raises(InputError, match="No space left on device"):
        run_folder.save_checkpoint(copy, 5, model, optimizer, {})
    with pytest.raises(InputError, match="No space left on device"):
        run_folder.EventLog(copy).flush()
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before
    assert not list(copy.rglob(".*"))


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written: Not a directory"):
        made(tmp_path / "file" / "run")
    with pytest.raises(InputError, match="File exists"):
        made(tmp_path / "file")

    def fail(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", fail)  # root may write everywhere
    with pytest.raises(InputError, match="can't be written: Permission denied"):
        made(tmp_path / "new")


def test_one_process_at_a_time(copy: Path) -> None:
    assert not run_folder.is_locked(copy)
    with run_folder.locked(copy):
        assert run_folder.is_locked(copy)
        with pytest.raises(InputError, match="Another process trains the run"), run_folder.locked(copy):
            pass
    assert not run_folder.is_locked(copy)
    assert not run_folder.is_locked(copy / "nowhere")


def test_drawings_belong_to_the_settings(tmp_path: Path) -> None:
    line = json.dumps({"label": 1, "strokes": [[[0.5, 0.1], [0.5, 0.9]]]}).encode()
    settings = replace(SHORT, drawings=hashlib.sha256(line).hexdigest(), own=2)
    with pytest.raises(InputError, match="not those that the settings"):
        run_folder.create(tmp_path / "other", settings, line + b"\n")
    run_folder.create(tmp_path / "run", settings, line)
    found = run_folder.drawings(tmp_path / "run")
    assert found is not None
    assert np.array_equal(found.labels, [1])
    (tmp_path / "run" / "drawings.jsonl").write_bytes(line + b"\n")
    with pytest.raises(InputError, match="its SHA-256 is not that"):
        run_folder.drawings(tmp_path / "run")


def test_nothing_is_where_nothing_is(tmp_path: Path) -> None:
    assert run_folder.events(tmp_path) == []
    assert run_folder.checkpoints(tmp_path) == ()
    with pytest.raises(InputError, match="no training run"):
        run_folder.settings(tmp_path)


def test_an_end_is_known(copy: Path) -> None:
    assert run_folder.has_ended(copy)
    log = run_folder.EventLog(copy)
    log.add(events.Started(4, 1.0, 4, 10, 1))
    log.flush()
    log.close()
    assert not run_folder.has_ended(copy)

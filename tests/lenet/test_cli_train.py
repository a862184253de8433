"""The command `train`, as a person and as a program use it."""

from __future__ import annotations

import json
import os
import signal
import sys
import types
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch

from lenet import cli, cli_train
from lenet.digits import mnist
from lenet.networks import checkpoint
from lenet.train import evaluate, run_folder
from lenet.train.presets import PRESETS
from tests.forked import Forked

Captured = pytest.CaptureFixture[str]
ROOT = Path(__file__).parents[2]
SMALL = ("--digits", "150", "--batch", "16", "--handwriting", "0", "--epochs", "2", "--threads", "1", "--no-test")
STROKES = {"label": 1, "strokes": [[[0.5, 0.1], [0.5, 0.9]]]}


def train(capsys: Captured, *arguments: object) -> dict[str, Any]:
    assert cli.main(["train", "--json", *map(str, arguments)]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_object_has_what_was_asked_for(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.jsonl").write_text(json.dumps(STROKES))
    found = train(capsys, *SMALL[:-1], "--model", "LightNet", "--strokes", "mine.jsonl", "--seed", 3)
    assert found["run"] == str(Path("build") / "runs" / "LightNet-1")
    assert found["weights"] == f"{found['run']}/checkpoints/00000020/model.safetensors"
    assert (found["model"], found["steps"], found["parameters"]) == ("LightNet", 20, 81_194)
    assert len(found["losses"]) == 20
    assert found["seconds"] > 0
    assert found["strokes"] in (0, 1)
    assert found["held_out"] is None
    again = evaluate.evaluate(checkpoint.load("LightNet", found["weights"]), mnist.load("test"))
    assert found["accuracy"] == pytest.approx(again.accuracy)
    settings = run_folder.settings(Path(found["run"]))
    assert (settings.seed, settings.weights.seed, settings.network) == (3, 3, "LightNet")
    assert settings.to_json() == json.loads(json.dumps(found["settings"]))
    assert train(capsys, *SMALL, "--model", "LightNet")["run"].endswith("LightNet-2")


def test_the_test_set_is_read_only_where_it_was_asked_for(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mnist.load

    def load(split: mnist.Split) -> mnist.Digits:
        assert split == "train"
        return real(split)

    monkeypatch.setattr(mnist, "load", load)
    found = train(capsys, *SMALL[:-1], "--hold-out", 100, "--out", tmp_path / "a")
    assert found["accuracy"] is None
    assert 0 <= found["held_out"] <= 1
    assert train(capsys, *SMALL, "--out", tmp_path / "b")["accuracy"] is None


def test_progress_goes_to_stderr(tmp_path: Path, capsys: Captured) -> None:
    assert cli.main(["train", *SMALL, "--hold-out", "60", "--out", str(tmp_path / "run")]) == 0
    captured = capsys.readouterr()
    assert "epoch 2/2" in captured.err
    assert "held-out digits" in captured.err
    assert "epoch" not in captured.out
    assert "20 steps" in captured.out


def test_a_terminal_gets_a_bar(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train_again = ["train", *SMALL, "--hold-out", "60", "--out", str(tmp_path / "run")]
    assert cli.main(train_again) == 0
    text = capsys.readouterr().err
    assert "20/20" in text
    assert "held-out digits" in text


@pytest.mark.parametrize("preset", list(PRESETS))
def test_a_preset_is_changed_by_options(preset: str, tmp_path: Path, capsys: Captured) -> None:
    small = ("--digits", 64, "--max-steps", 2, "--batch", 16, "--no-test", "--threads", 1)
    small += ("--handwriting", 20) if PRESETS[preset].handwriting else ()
    found = train(capsys, "--preset", preset, *small, "--out", tmp_path / "run")["settings"]
    chosen = PRESETS[preset].to_json()
    same = ("network", "optimizer", "lr", "schedule", "augment", "smoothing", "bfloat16", "epochs", "hold_out")
    assert {name: found[name] for name in same} == {name: chosen[name] for name in same}
    assert (found["digits"], found["batch"]) == (64, 16)


def test_a_run_goes_on_where_it_ended(tmp_path: Path, capsys: Captured) -> None:
    whole = train(capsys, *SMALL, "--out", tmp_path / "whole")
    part = train(capsys, *SMALL, "--max-steps", 7, "--out", tmp_path / "part")
    assert part["losses"] == whole["losses"][:7]
    rest = train(capsys, "--resume", tmp_path / "part", "--max-steps", 20, "--no-test")
    assert rest["losses"] == whole["losses"]
    assert (rest["steps"], rest["seconds"] > part["seconds"]) == (20, True)
    assert Path(rest["weights"]).read_bytes() == Path(whole["weights"]).read_bytes()


def test_a_run_goes_on_with_its_own_settings(tmp_path: Path, capsys: Captured) -> None:
    train(capsys, *SMALL, "--max-steps", 1, "--out", tmp_path / "run")
    assert cli.main(["train", "--resume", str(tmp_path / "run"), "--lr", "1", "--model", "LeNet5"]) == 2
    assert "leave out --lr, --model" in capsys.readouterr().err


def test_own_drawings_are_mixed_in_and_kept_with_the_run(tmp_path: Path, capsys: Captured) -> None:
    (tmp_path / "mine.jsonl").write_text(json.dumps(STROKES))
    small = (*SMALL, "--max-steps", 3)
    found = train(capsys, *small, "--own", tmp_path / "mine.jsonl", "--own-per-step", 5, "--out", tmp_path / "run")
    assert found["settings"]["own"] == 5
    assert found["losses"] != train(capsys, *small, "--out", tmp_path / "other")["losses"]
    assert (tmp_path / "run" / "drawings.jsonl").read_bytes() == (tmp_path / "mine.jsonl").read_bytes()
    (tmp_path / "mine.jsonl").unlink()
    assert train(capsys, "--resume", tmp_path / "run", "--max-steps", 4, "--no-test")["steps"] == 4


def test_it_starts_from_weights(tmp_path: Path, capsys: Captured) -> None:
    shipped = train(capsys, *SMALL, "--lr", 0, "--weight-decay", 0, "--start", "shipped", "--out", tmp_path / "a")
    assert checkpoint.load("LeNet5").state_dict()["fc3.bias"].tolist() == pytest.approx(
        checkpoint.load("LeNet5", shipped["weights"]).state_dict()["fc3.bias"].tolist()
    )
    again = train(capsys, *SMALL, "--max-steps", 1, "--weights", shipped["weights"], "--out", tmp_path / "b")
    assert again["losses"][0] == shipped["losses"][0]


def test_a_failed_training_is_one_line(tmp_path: Path, capsys: Captured) -> None:
    bad = ("--optimizer", "SGD", "--lr", "1e9", "--schedule", "constant")
    assert cli.main(["train", *SMALL, *bad, "--out", str(tmp_path / "run")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "its loss is not finite" in captured.err.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_a_checkpoint(number: int, tmp_path: Path, capsys: Captured) -> None:
    folder = tmp_path / "run"
    process = Forked("lenet", "train", *map(str, SMALL), "--epochs", "1000", "--out", str(folder))
    process.stderr.readline()  # the first epoch
    process.send_signal(number)
    _, rest = process.communicate()
    assert process.returncode == 130
    stopped = run_folder.checkpoints(folder)[-1]
    assert rest.splitlines()[-1] == (
        f"Stopped after step {stopped}. Its checkpoint is kept: go on with --resume {folder}"
    )
    assert "Traceback" not in rest
    found = train(capsys, "--resume", folder, "--max-steps", stopped + 3, "--no-test")
    assert (found["steps"], len(found["losses"])) == (stopped + 3, stopped + 3)


def test_a_second_signal_ends_it_at_once() -> None:
    control = cli_train.Control()
    before = signal.getsignal(signal.SIGINT)
    with cli_train._stopped_by_signals(control):
        os.kill(os.getpid(), signal.SIGINT)
        assert control.stopped
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


class FakeWriter:
    made: ClassVar[list[FakeWriter]] = []

    def __init__(self, folder: str) -> None:
        self.folder, self.scalars, self.closed = folder, [], False  # type: ignore[var-annotated]
        self.made.append(self)

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.scalars.append((name, value, step))

    def close(self) -> None:
        self.closed = True


def test_tensorboard_gets_every_number(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = FakeWriter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    asked = ("--hold-out", 60, "--max-steps", 3, "--tensorboard", tmp_path / "board", "--out", tmp_path / "run")
    losses = train(capsys, *SMALL, *asked)["losses"]
    (writer,) = FakeWriter.made
    assert (writer.folder, writer.closed) == (str(tmp_path / "board"), True)
    assert [value for name, value, _ in writer.scalars if name == "loss/batch"] == losses
    assert {name for name, _, _ in writer.scalars} == {
        *("loss/batch", "accuracy/batch", "learning rate", "loss/held-out", "accuracy/held-out")
    }


def test_a_missing_tensorboard_is_named(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    arguments = ["train", *SMALL, "--tensorboard", str(tmp_path / "board"), "--out", str(tmp_path / "run")]
    assert cli.main(arguments) == 2
    assert "pip install tensorboard" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_two_processes_on_one_folder(tmp_path: Path, capsys: Captured) -> None:
    train(capsys, *SMALL, "--max-steps", 2, "--out", tmp_path / "run")
    with run_folder.locked(tmp_path / "run"):
        assert cli.main(["train", "--resume", str(tmp_path / "run")]) == 2
    assert "Another process trains the run" in capsys.readouterr().err


def test_threads_are_the_machines_unless_they_are_given(tmp_path: Path, capsys: Captured) -> None:
    found = train(capsys, *SMALL[:-3], "--no-test", "--max-steps", 1, "--out", tmp_path / "run")
    assert found["settings"]["threads"] == torch.get_num_threads()

"""The command line: what it prints, for people and as JSON, and one line with exit code 2 for anything bad."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lenet import checkpoint, cli, evaluate, handwriting, mnist
from lenet.models import build

Captured = pytest.CaptureFixture[str]


def strokes(path: Path, count: int = 20) -> Path:
    rng = np.random.default_rng(3)
    with path.open("w") as stream:
        for index in range(count):
            drawing = handwriting.draw(index % 10, rng, 0.7)
            lines = [stroke.points.tolist() for stroke in drawing.strokes]
            stream.write(json.dumps({"label": index % 10, "strokes": lines}) + "\n")
    return path


def run(capsys: Captured, *arguments: object) -> dict[str, Any]:
    assert cli.main([*map(str, arguments), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_evaluate_on_the_test_digits(capsys: Captured) -> None:
    name = "LightNet"
    found = run(capsys, "evaluate", "--model", name)
    assert (found["model"], found["data"], found["n"]) == (name, "mnist-test", 10_000)
    expected = evaluate.evaluate(checkpoint.load(name), mnist.load("test"))
    assert found["accuracy"] == pytest.approx(expected.accuracy, abs=2e-4)
    card = checkpoint.card(name)
    assert found["accuracy"] == pytest.approx(card["accuracy"]["mnist-test"][str(card["shipped_seed"])], abs=2e-4)
    assert list(found["per_class"]) == list("0123456789")
    assert found["per_class"]["7"] == pytest.approx(expected.per_class[7], abs=2e-3)


def test_evaluate_on_strokes_with_other_weights(tmp_path: Path, capsys: Captured) -> None:
    file, weights = strokes(tmp_path / "mine.jsonl"), tmp_path / "w.safetensors"
    found = run(capsys, "evaluate", "--strokes", file)
    assert (found["data"], found["n"]) == ("mine.jsonl", 20)
    assert found["accuracy"] >= 0.9
    checkpoint.save(build("LeNet5", 0), weights, {})
    assert run(capsys, "evaluate", "--strokes", file, "--weights", weights)["accuracy"] < 0.6
    assert cli.main(["evaluate", "--strokes", str(file), "--device", "cpu"]) == 0
    assert "of 20 digits right" in capsys.readouterr().out


def test_a_class_that_is_missing_is_left_out(tmp_path: Path, capsys: Captured) -> None:
    file = strokes(tmp_path / "three.jsonl", 3)
    assert list(run(capsys, "evaluate", "--strokes", file)["per_class"]) == ["0", "1", "2"]
    assert cli.main(["evaluate", "--strokes", str(file)]) == 0
    assert "none" in capsys.readouterr().out


def test_predict_a_test_digit(capsys: Captured) -> None:
    found = run(capsys, "predict", "--index", 0)
    (digit,) = found["digits"]
    assert (digit["label"], digit["prediction"]) == (7, 7)
    assert sum(digit["probabilities"]) == pytest.approx(1, abs=1e-5)
    assert digit["probabilities"][7] == max(digit["probabilities"]) > 0.5
    assert cli.main(["predict", "--index", "0"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["7", "7"]


def test_predict_strokes_and_a_picture(tmp_path: Path, capsys: Captured) -> None:
    found = run(capsys, "predict", "--strokes", strokes(tmp_path / "mine.jsonl"))
    assert [digit["label"] for digit in found["digits"]] == [*range(10), *range(10)]
    test = mnist.load("test")
    picture = Image.fromarray(255 - test.images[0]).resize((280, 280))
    picture.save(tmp_path / "seven.png")
    (digit,) = run(capsys, "predict", "--image", tmp_path / "seven.png")["digits"]
    assert (digit["label"], digit["prediction"]) == (None, 7)


def test_train_saves_weights_and_a_card(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = strokes(tmp_path / "mine.jsonl")
    small = ["--digits", 400, "--handwriting", 40, "--epochs", 1]
    found = run(capsys, "train", "--model", "LightNet", "--seed", 4, 5, "--strokes", file, *small)
    assert found["weights"] == str(Path("build") / "weights" / "LightNet.safetensors")
    weights = tmp_path / found["weights"]
    card = checkpoint.card("LightNet", weights)
    assert card == {key: value for key, value in found.items() if key != "weights"}
    assert (card["seeds"], card["shipped_seed"], card["epochs"], card["parameters"]) == ([4, 5], 4, 1, 81_194)
    for data in ("mnist-test", "mine.jsonl"):
        reached = card["accuracy"][data]
        assert reached["mean"] == pytest.approx((reached["4"] + reached["5"]) / 2)
    # The saved weights are those of the first seed.
    again = evaluate.evaluate(checkpoint.load("LightNet", weights), mnist.load("test")).accuracy
    assert again == pytest.approx(card["accuracy"]["mnist-test"]["4"], abs=2e-4)


def test_progress_goes_to_stderr(tmp_path: Path, capsys: Captured) -> None:
    assert cli.main(["train", "--out", str(tmp_path), "--digits", "192", "--handwriting", "0", "--epochs", "2"]) == 0
    captured = capsys.readouterr()
    assert "epoch 2/2" in captured.err
    assert "epoch" not in captured.out
    assert "saved" in captured.out


def test_a_recipe_is_chosen_without_the_test_set(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = mnist.load

    def load(split: mnist.Split) -> mnist.Digits:
        assert split == "train"
        return real(split)

    monkeypatch.setattr(mnist, "load", load)
    small = ["--digits", 200, "--handwriting", 0, "--epochs", 1, "--out", tmp_path]
    found = run(capsys, "train", "--hold-out", 1000, *small)
    assert list(found["accuracy"]) == ["held-out"]
    assert found["digits"] == {"held-out": 1000}


BAD: list[list[str]] = [
    [],
    ["dance"],
    ["evaluate", "--model", "AlexNet"],
    ["evaluate", "--device", "abacus"],
    ["evaluate", "--weights", "nothing.safetensors"],
    ["evaluate", "--weights", "."],
    ["evaluate", "--weights", "junk"],
    ["evaluate", "--strokes", "nothing.jsonl"],
    ["evaluate", "--strokes", "junk"],
    ["evaluate", "--json", "yes"],
    ["predict"],
    ["predict", "--index", "10000"],
    ["predict", "--index", "-1"],
    ["predict", "--index", "1.5"],
    ["predict", "--index", "1" * 30],
    ["predict", "--index", "1", "--image", "junk"],
    ["predict", "--image", "nothing.png"],
    ["predict", "--image", "junk"],
    ["train", "--epochs", "0"],
    ["train", "--epochs", "many"],
    ["train", "--seed", "-1"],
    ["train", "--seed"],
    ["train", "--hold-out", "60000"],
    ["train", "--digits", "10"],
    ["train", "--out", "junk/weights"],
    ["train", "--out", "junk"],
    ["train", "--strokes", "junk"],
]


@pytest.mark.parametrize("arguments", BAD, ids=" ".join)
def test_anything_bad_is_one_line_and_two(
    arguments: list[str], tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "junk").write_bytes(b"junk\n" * 1000)
    assert cli.main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("python -m lenet")


def test_it_runs_as_a_module_and_helps() -> None:
    done = subprocess.run([sys.executable, "-m", "lenet", "--help"], capture_output=True, text=True, check=True)
    assert all(command in done.stdout for command in ("train", "evaluate", "predict"))
    assert done.stderr == ""

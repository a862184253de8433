"""Evaluation agrees with a plain loop in PyTorch, and a bad file of strokes is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from lenet.digits import batch, handwriting, mnist
from lenet.digits.drawing import Drawing, Stroke, rasterize
from lenet.digits.ink import normalize
from lenet.digits.mnist import Digits
from lenet.errors import InputError
from lenet.networks import checkpoint
from lenet.networks.models import MODELS, build
from lenet.record import iteration, recorder
from lenet.train import evaluate


@pytest.fixture(scope="module")
def digits() -> Digits:
    test = mnist.load("test")
    return Digits(test.images[:200], test.labels[:200])


@pytest.mark.parametrize("name", list(MODELS))
def test_it_agrees_with_a_plain_loop(name: str, digits: Digits) -> None:
    model = build(name, 0)  # untrained, so that there are mistakes of every kind
    found = evaluate.evaluate(model, digits)
    border = (model.input_size - 28) // 2
    confusion, wrong = np.zeros((10, 10), int), []
    for index in range(200):
        x = F.pad(torch.tensor(digits.images[index] / 255, dtype=torch.float32)[None, None], [border] * 4)
        with torch.no_grad():
            row = model(x)[0].softmax(0).numpy()
        assert found.probabilities[index] == pytest.approx(row, abs=1e-5)
        confusion[digits.labels[index], row.argmax()] += 1
        if row.argmax() != digits.labels[index]:
            wrong.append(index)
    assert found.n == 200
    assert np.array_equal(found.confusion, confusion)
    assert found.accuracy == pytest.approx(confusion.trace() / 200)
    assert found.per_class == pytest.approx(confusion.diagonal() / confusion.sum(1))
    assert sorted(found.mistakes.tolist()) == wrong
    surest = found.probabilities[found.mistakes].max(1)
    assert (np.diff(surest) <= 0).all()


def test_a_class_without_digits_has_no_accuracy(digits: Digits) -> None:
    sevens = digits.labels == 7
    found = evaluate.evaluate(checkpoint.load("LeNet5"), Digits(digits.images[sevens], digits.labels[sevens]))
    assert np.isnan(np.delete(found.per_class, 7)).all()
    assert found.per_class[7] == found.accuracy
    nothing = evaluate.evaluate(checkpoint.load("LeNet5"), Digits(digits.images[:0], digits.labels[:0]))
    assert nothing.n == 0
    assert np.isnan(nothing.accuracy)


def test_it_leaves_the_network_as_it_was(digits: Digits) -> None:
    model = build("LeNet5", 0).train()
    evaluate.evaluate(model, digits)
    assert model.training
    assert all(p.grad is None for p in model.parameters())


def test_a_network_whose_outputs_are_nan_names_no_digit(digits: Digits) -> None:
    model = build("LeNet5", 0)
    given = batch.of_noise(0, 32)
    setup = iteration.Setup("mse", "count", lr=1e30)
    done = recorder.record(model, given.inputs, None, setup)
    assert done.after is not None
    assert evaluate.accuracy_in(model, done.before, digits) == evaluate.evaluate(model, digits).accuracy
    assert np.isnan(evaluate.accuracy_in(model, done.after, digits))


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), "utf-8")
    return path


def test_strokes_become_what_the_pad_would_make_of_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines, images = [], []
    for digit in range(10):
        drawing = handwriting.draw(digit, rng, 0.7)
        # Through the float32 that the file is read into.
        lines.append({"label": digit, "strokes": [stroke.points.tolist() for stroke in drawing.strokes]})
        images.append(normalize(rasterize(drawing), 28).centered)
    digits = evaluate.read_strokes(write(tmp_path / "ten.jsonl", *lines, "", "  "))
    assert digits.labels.tolist() == list(range(10))
    assert np.array_equal(digits.images, np.stack(images))
    dot = evaluate.read_strokes(write(tmp_path / "dot.jsonl", {"label": 1, "strokes": [[[0.5, 0.5]]]}))
    expected = rasterize(Drawing((Stroke(np.array([[0.5, 0.5]], np.float32)),)))
    assert np.array_equal(dot.images[0], normalize(expected, 28).centered)


GOOD = {"label": 1, "strokes": [[[0.5, 0.1], [0.5, 0.9]]]}


@pytest.mark.parametrize(
    "bad",
    [
        "junk",
        "[" * 100_000,
        "[]",
        "3",
        "null",
        {"strokes": GOOD["strokes"]},
        GOOD | {"label": 10},
        GOOD | {"label": -1},
        GOOD | {"label": True},
        GOOD | {"label": "1"},
        GOOD | {"label": 1.0},
        {"label": 1},
        GOOD | {"strokes": []},
        GOOD | {"strokes": {}},
        GOOD | {"strokes": [[]]},
        GOOD | {"strokes": [[0.1, 0.2]]},
        GOOD | {"strokes": [[[0.1, 0.2, 0.3]]]},
        GOOD | {"strokes": [[["0.1", 0.2]]]},
        GOOD | {"strokes": [[[True, 0.2]]]},
        GOOD | {"strokes": [[[None, 0.2]]]},
        GOOD | {"strokes": [[[10**400, 0.2]]]},
        '{"label": 1, "strokes": [[[NaN, 0.2]]]}',
        '{"label": 1, "strokes": [[[1e999, 0.2]]]}',
        GOOD | {"strokes": [[[1.9, 1.9], [1.8, 1.8]]]},
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: object) -> None:
    with pytest.raises(InputError, match=r"bad\.jsonl, line 3: "):
        evaluate.read_strokes(write(tmp_path / "bad.jsonl", GOOD, "", bad, GOOD))


def test_bad_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="No such file"):
        evaluate.read_strokes(tmp_path / "nothing.jsonl")
    with pytest.raises(InputError, match="can't be read"):
        evaluate.read_strokes(tmp_path)
    (tmp_path / "latin.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        evaluate.read_strokes(tmp_path / "latin.jsonl")
    with pytest.raises(InputError, match="no line with a digit"):
        evaluate.read_strokes(write(tmp_path / "empty.jsonl", "", ""))
    monkeypatch.setattr(evaluate, "MAX_FILE", 2**20)
    with pytest.raises(InputError, match="larger than 1 MB"):
        evaluate.read_strokes(write(tmp_path / "huge.jsonl", " " * (2**20 + 1)))

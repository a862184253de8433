"""The command line with networks of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from lenet import cli
from lenet.digits import batch, mnist
from lenet.networks import own
from lenet.train import evaluate
from tests.lenet.networks import own_nets

Captured = pytest.CaptureFixture[str]
FILE = Path(own_nets.__file__)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    for name in own.names():
        own.forget(name)


def run(capsys: Captured, *arguments: object) -> tuple[dict[str, Any], str]:
    assert cli.main([*map(str, arguments), "--json"]) == 0
    said = capsys.readouterr()
    found: dict[str, Any] = json.loads(said.out)
    return found, said.err


def net() -> torch.nn.Module:
    torch.manual_seed(0)
    return own_nets.Net().eval()


def test_a_step_is_that_of_plain_pytorch(capsys: Captured) -> None:
    found, said = run(capsys, "step", "--model", f"{FILE}:Net", "--index", 0)
    assert said == "own_nets:Net: input 1x28x28, 10 classes (the first input that it takes; --input says another)\n"
    model, given = net(), batch.of_mnist([0], 28)
    x, label = torch.from_numpy(given.inputs), torch.tensor([7])
    loss = F.cross_entropy(model(x), label)
    loss.backward()
    assert found["loss_before"] == loss.item()
    assert found["gradients"]["left.bias"] == model.get_parameter("left.bias").grad.tolist()  # type: ignore[union-attr]
    torch.optim.SGD(model.parameters(), 0.01).step()
    assert found["loss_after"] == F.cross_entropy(model(x), label).item()


def test_a_step_of_a_picture(tmp_path: Path, capsys: Captured) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "p.png")
    model = f"{FILE}:Colour"
    found, said = run(capsys, "step", "--model", model, "--image", tmp_path / "p.png", "--label", 2)
    torch.manual_seed(0)
    logits = own_nets.Colour()(torch.from_numpy(pixels.transpose(2, 0, 1)[None]) / 255)
    assert found["labels"] == [2]
    assert found["loss_before"] == pytest.approx(F.cross_entropy(logits, torch.tensor([2])).item(), rel=1e-5)
    _, said = run(capsys, "graph", "--model", model, "--image", tmp_path / "p.png", "--classes", "a,b,c,d")
    assert f"prediction, {int(logits.argmax())} ({'abcd'[int(logits.argmax())]})" in said


def test_digits_for_a_network_of_few_classes(capsys: Captured) -> None:
    found, said = run(capsys, "graph", "--model", f"{FILE}:Colour", "--index", 0)
    assert "scaled to 32×32, the same in each of its 3 channels" in said
    assert "are no classes of own_nets:Colour: its predictions are taken" in said
    assert any(node["name"] == "ConvolutionBackward0" for node in found["nodes"])
    for command in ("evaluate", "train"):
        assert cli.main([command, "--model", f"{FILE}:Colour"]) == 2
        assert "too few for MNIST's ten digits" in capsys.readouterr().err


def test_train_resume_and_evaluate(tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = mnist.load("test")
    monkeypatch.setattr(mnist, "load", lambda part: mnist.Digits(digits.images[:500], digits.labels[:500]))
    model = f"{FILE}:Net"
    some = (
        "--digits",
        400,
        "--hold-out",
        0,
        "--batch",
        50,
        "--epochs",
        1,
        "--handwriting",
        0,
        "--out",
        tmp_path / "run",
        "--threads",
        1,
    )
    found, _ = run(capsys, "train", "--model", model, *some, "--max-steps", 3)
    assert (found["model"], found["steps"]) == ("own_nets:Net", 3)
    own.forget("own_nets:Net")  # as in the next process
    assert cli.main(["train", "--resume", str(tmp_path / "run"), "--max-steps", "5"]) == 2
    assert "--model FILE.py:NAME" in capsys.readouterr().err
    found, _ = run(capsys, "train", "--model", model, "--resume", tmp_path / "run", "--max-steps", 5)
    assert found["steps"] == 5
    measured, _ = run(capsys, "evaluate", "--model", model, "--weights", found["weights"])
    assert measured["accuracy"] == found["accuracy"]
    model = f"{FILE}:Colour"
    assert cli.main(["train", "--model", f"{FILE}:perceptron", "--resume", str(tmp_path / "run")]) == 2
    assert "The run trained own_nets:Net" in capsys.readouterr().err


def test_evaluate_scales_digits_for_pictures(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = mnist.load("test")
    few = mnist.Digits(digits.images[:20], digits.labels[:20])
    monkeypatch.setattr(mnist, "load", lambda part: few)
    names = ",".join(map(str, range(12)))
    found, _ = run(capsys, "evaluate", "--model", "torchvision:squeezenet1_1", "--classes", names, "--input", "3x64x64")
    kept = own.find("torchvision:squeezenet1_1")
    assert kept is not None
    assert found["accuracy"] == evaluate.evaluate(kept.given, few).accuracy
    assert np.shape(found["confusion"]) == (10, 12)


def test_weights_that_do_not_fit_are_a_table(tmp_path: Path, capsys: Captured) -> None:
    weights = net().state_dict()
    del weights["right.bias"]
    torch.save(weights, tmp_path / "w.pt")
    assert cli.main(["step", "--model", f"{FILE}:Net", "--weights", str(tmp_path / "w.pt")]) == 2
    last = capsys.readouterr().err.splitlines()[-2:]
    assert last == ["            in the network  in the file", "right.bias  8               missing"]


def test_a_network_that_raises_shows_how_far_it_came(capsys: Captured) -> None:
    assert cli.main(["step", "--model", f"{FILE}:Raises", "--input", "1x28x28"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert "raises RuntimeError: not today" in said[0]
    assert said[1].split() == ["input", "input", "1×28×28"]
    assert said[-1].split() == ["head", "linear", "10"]


def test_options_for_other_networks_are_refused(capsys: Captured) -> None:
    assert cli.main(["step", "--model", "LeNet5", "--input", "1x28x28"]) == 2
    assert "for a network of your own" in capsys.readouterr().err
    assert cli.main(["step", "--model", f"{FILE}:Net", "--input", "28"]) == 2
    assert "such as 3x64x64" in capsys.readouterr().err

"""The command line: what it prints, for people and as JSON, and one line with exit code 2 for anything bad."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from lenet import cli
from lenet.digits import batch, handwriting, mnist
from lenet.networks import checkpoint
from lenet.networks.models import build
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.train import evaluate

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
    assert "of 20 digits correct" in capsys.readouterr().out


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


def floats(values: list[Any]) -> list[float]:
    return [float(value) for value in values]


def test_step_is_one_iteration_of_plain_pytorch(capsys: Captured) -> None:
    found = run(capsys, "step", "--index", 0, "--loss", "cross_entropy", "--optimizer", "SGD", "--lr", 0.01)
    model, seven = checkpoint.load("LeNet5"), batch.of_mnist([0], 32)
    x, label = torch.from_numpy(seven.inputs), torch.tensor([7])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    before = model(x)
    loss = F.cross_entropy(before, label)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        after = model(x)
    assert found["labels"] == [7]
    assert (found["loss_before"], found["loss_after"]) == (loss.item(), F.cross_entropy(after, label).item())
    assert found["losses"] == [found["loss_before"], found["loss_after"]]
    assert found["probabilities_before"] == torch.softmax(before, 1)[0].tolist()
    assert found["probabilities_after"] == torch.softmax(after, 1)[0].tolist()
    gradients = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    assert found["gradients"] == {name: g.tolist() for name, g in gradients.items() if name.endswith("bias")}
    norms = {name: g.double().norm().item() for name, g in gradients.items()}
    assert found["gradient_norms"] == pytest.approx(norms)
    assert found["predicted_change"] == pytest.approx(-0.01 * sum(norm**2 for norm in norms.values()), rel=1e-3)
    assert found["not_finite"] == {}


def test_step_and_graph_name_every_node(capsys: Captured) -> None:
    found = run(capsys, "step")
    nodes, edges = found["nodes"], found["edges"]
    assert (len(nodes), len(edges)) == (27, 26)
    assert nodes[0]["name"] == "NllLossBackward0"
    (bias,) = [node for node in nodes if node["parameter"] == "fc3.bias"]
    assert bias["expression"] == "loss.grad_fn" + 3 * ".next_functions[0][0]"
    assert (bias["name"], bias["shapes"]) == ("torch::autograd::AccumulateGrad", [[10]])
    assert bias["gradient_norm"] == pytest.approx(found["gradient_norms"]["fc3.bias"])
    (conv,) = [node for node in nodes if node["operation"] == "conv1" and node["parameter"] is None]
    assert (conv["module"], conv["source"]["text"]) == ("conv1", "x = F.max_pool2d(F.relu(self.conv1(x)), 2)")
    assert {"input", "weight", "stride"} <= set(conv["saved"])
    assert {node["order"] for node in nodes} == set(range(27))
    assert {"source": 0, "slot": 0, "target": 1, "output": 0, "shape": [1, 10]} in edges
    assert run(capsys, "graph") == {"nodes": nodes, "edges": edges}


def test_step_prints_what_the_notes_print(capsys: Captured) -> None:
    assert cli.main(["step"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "cross_entropy against label, SGD at 0.01" in lines[0]
    at = lines.index("conv1.bias.grad before backward")
    assert lines[at + 1 : at + 3] == ["None", "conv1.bias.grad after backward"]
    model, given = checkpoint.load("LeNet5"), batch.of_mnist([0], 32)
    F.cross_entropy(model(torch.from_numpy(given.inputs)), torch.from_numpy(given.labels)).backward()
    assert lines[at + 3] == str(model.get_parameter("conv1.bias").grad)
    for name in ("conv2", "fc1", "fc2", "fc3"):
        assert f"{name}.bias.grad after backward" in lines
    assert any(line.startswith("loss after") for line in lines)


def test_graph_prints_the_chain_of_the_notes(capsys: Captured) -> None:
    assert cli.main(["graph", "--preset", "net-5x5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line for line in lines if "loss.grad_fn" in line]
    names = [
        "MseLoss",
        "Addmm",
        "Relu",
        "Addmm",
        "Relu",
        "Addmm",
        "View",
        "MaxPool2DWithIndices",
        "Relu",
        "Convolution",
    ]
    assert [row.split("Backward0")[0] for row in rows[:13]] == [*names, *names[-3:]]
    assert rows[1].split()[-1] == "loss.grad_fn.next_functions[0][0]"
    assert rows[2].split()[-1] == "loss.grad_fn.next_functions[0][0].next_functions[1][0]"
    assert len(rows) == 13 + 26


def test_steps_go_on_and_zero_grad_matters(capsys: Captured) -> None:
    steps = ["step", "--weights-seed", 3, "--index", 1, 2, "--optimizer", "SGD-momentum"]
    one, two = run(capsys, *steps), run(capsys, *steps, "--steps", 2)
    assert len(two["probabilities_after"]) == 2
    assert len(two["losses"]) == 3
    assert two["losses"][:2] == one["losses"] == [one["loss_before"], one["loss_after"]]
    assert two["losses"][1:] == [two["loss_before"], two["loss_after"]]
    added = run(capsys, *steps, "--steps", 2, "--zero-grad", "left-out")["gradients"]["fc3.bias"]
    cleared = run(capsys, *steps, "--steps", 2, "--zero-grad", "zeros")["gradients"]["fc3.bias"]
    assert cleared == two["gradients"]["fc3.bias"]
    assert added == pytest.approx(np.add(cleared, one["gradients"]["fc3.bias"]).tolist(), abs=1e-7)
    assert cli.main([*map(str, steps), "--steps", "2", "--zero-grad", "zeros"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("conv1.bias.grad before backward") + 1] == "tensor([0., 0., 0., 0., 0., 0.])"


def test_a_preset_can_be_changed(capsys: Captured) -> None:
    found = run(capsys, "step", "--preset", "net-3x3")
    assert (found["model"], found["labels"]) == ("LightNet", None)
    assert found["setup"] == {
        "loss": "mse",
        "target": "random",
        "target_seed": 0,
        "optimizer": "SGD",
        "lr": 0.01,
        "zero_grad": "none",
        "weight_decay": None,
        "mode": None,
        "mask_seed": 0,
    }
    changed = run(capsys, "step", "--preset", "net-3x3", "--index", 4, "--model", "DigitCNN", "--lr", 0.5)
    assert (changed["model"], changed["labels"], changed["setup"]) == ("DigitCNN", [4], {**found["setup"], "lr": 0.5})


def test_weight_decay_changes_the_step_and_is_named(capsys: Captured) -> None:
    own = run(capsys, "step", "--optimizer", "AdamW")
    decayed = run(capsys, "step", "--optimizer", "AdamW", "--weight-decay", 0.5)
    assert decayed["setup"] == {**own["setup"], "weight_decay": 0.5}
    assert (decayed["loss_before"], decayed["loss_after"] != own["loss_after"]) == (own["loss_before"], True)
    assert cli.main(["step", "--weight-decay", "0.5"]) == 0
    assert "SGD at 0.01, weight decay 0.5, zero_grad" in capsys.readouterr().out


def test_the_mode_changes_a_network_with_dropout_and_is_named(capsys: Captured) -> None:
    model = ("step", "--model", "stack-28~dropout-0.5~flatten~linear", "--weights-seed", 0)
    trained, again, other, evaluated = (
        run(capsys, *model, *more)["loss_before"] for more in ([], [], ["--mask-seed", 1], ["--mode", "eval"])
    )
    assert trained == again
    assert len({trained, other, evaluated}) == 3
    assert cli.main([*map(str, model), "--mode", "eval"]) == 0
    assert "zero_grad: none, mode: eval" in capsys.readouterr().out


def test_a_target_that_suits_is_found(capsys: Captured) -> None:
    for arguments, target in (
        (["--loss", "none"], "random"),
        (["--loss", "mse"], "label"),
        (["--loss", "mse", "--noise", 1], "count"),
        (["--noise", 1], "random"),
    ):
        assert run(capsys, "step", *arguments)["setup"]["target"] == target


@pytest.mark.parametrize(("option", "names"), [("loss", list(LOSSES)), ("optimizer", list(OPTIMIZERS))])
def test_every_loss_and_optimizer_can_be_chosen(option: str, names: list[str], capsys: Captured) -> None:
    for name in names:
        assert run(capsys, "step", f"--{option}", name)["setup"][option] == name


def test_numbers_that_are_not_finite_are_valid_json_and_named(capsys: Captured) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert cli.main(["step", "--lr", "1e9", "--steps", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert math.isnan(float(found["loss_after"]))
    assert np.isnan(floats(found["probabilities_after"])).all()
    assert set(found["not_finite"]) == set(found["gradient_norms"])
    assert set(found["not_finite"].values()) <= {"nan", "infinite"}
    assert cli.main(["step", "--lr", "1e9", "--steps", "2"]) == 0
    assert "conv1.weight after the step: nan" in capsys.readouterr().out


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
    ["train", "--digits", "0"],
    ["train", "--digits", "60001"],
    ["train", "--digits", "59000", "--hold-out", "2000"],
    ["train", "--lr", "-1"],
    ["train", "--lr", "nan"],
    ["train", "--lr", "1e13"],
    ["train", "--weight-decay", "2"],
    ["train", "--batch", "0"],
    ["train", "--batch", "5000"],
    ["train", "--threads", "0"],
    ["train", "--max-steps", "0"],
    ["train", "--stop-at", "1.5"],
    ["train", "--stop-at", "0.9"],
    ["train", "--handwritten", "8", "--handwriting", "0"],
    ["train", "--own-per-step", "8"],
    ["train", "--own", "junk"],
    ["train", "--loss", "none"],
    ["train", "--optimizer", "LBFGS"],
    ["train", "--schedule", "magic"],
    ["train", "--preset", "slow"],
    ["train", "--start", "file"],
    ["train", "--device", "tpu"],
    ["train", "--weights", "junk", "--out", "run"],
    ["train", "--out", "junk/weights"],
    ["train", "--out", "junk"],
    ["train", "--out", "run", "--resume", "run"],
    ["train", "--resume", "nothing"],
    ["train", "--resume", "junk"],
    ["train", "--strokes", "junk"],
    ["step", "--lr", "nan"],
    ["step", "--lr", "inf"],
    ["step", "--lr", "-1"],
    ["step", "--lr", "fast"],
    ["step", "--weight-decay", "-1"],
    ["step", "--weight-decay", "nan"],
    ["step", "--optimizer", "LBFGS"],
    ["step", "--zero-grad", "never"],
    ["step", "--index", "10000"],
    ["step", "--index", *"123456789"],
    ["step", "--index", "1", "--noise", "2"],
    ["step", "--noise", "2", "--target", "label"],
    ["step", "--loss", "hinge"],
    ["step", "--target", "count"],
    ["step", "--loss", "none", "--target", "label"],
    ["step", "--target-seed", "-1"],
    ["step", "--weights", "junk"],
    ["step", "--weights", "junk", "--weights-seed", "1"],
    ["step", "--preset", "alexnet"],
    ["step", "--steps", "0"],
    ["graph", "--lr", "1"],
    ["graph", "--model", "AlexNet"],
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
    assert all(command in done.stdout for command in ("train", "evaluate", "predict", "graph", "step"))
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device on this system")
def test_a_full_disk_is_said() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lenet", "step"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "can't be written" in line

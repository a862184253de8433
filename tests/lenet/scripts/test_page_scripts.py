"""The scripts that a page hands out run by themselves and print the page's numbers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import nn

from lenet.digits import batch
from lenet.digits.batch import Batch
from lenet.networks import checkpoint, forward, resnet, weights
from lenet.networks.models import MODELS, build, input_size
from lenet.record import modes
from lenet.record.experiment import RANDOM, Experiment, Input, Weights
from lenet.record.experiment import run as run_experiment
from lenet.record.iteration import Iteration, Setup
from lenet.record.losses import LOSSES
from lenet.record.optimizers import OPTIMIZERS
from lenet.record.presets import PRESETS
from lenet.record.recorder import record
from lenet.scripts import page_scripts
from tests.lenet.run_script import run, run_all


def probabilities(model: nn.Module, picture: NDArray[np.uint8]) -> list[float]:
    return forward.run(model, picture[None].astype(np.float32) / 255).probabilities.tolist()


def test_a_pass_through_every_network(tmp_path: Path) -> None:
    networks = [(build(name, seed=4).eval(), page_scripts.seeded(name, 4)) for name in MODELS]
    networks.append((checkpoint.load("LeNet5"), page_scripts.shipped("LeNet5")))
    sources, expected = [], []
    for place, (model, lines) in enumerate(networks):
        side = input_size(model)
        picture = np.random.default_rng(place).integers(0, 256, (side, side), np.uint8)
        sources.append(page_scripts.forward(model, lines, picture))
        expected.append(probabilities(model, picture))
    for printed, wanted in zip(run_all(sources, tmp_path), expected, strict=True):
        assert [float(line.split()[1]) for line in printed[-10:]] == pytest.approx(wanted, abs=1e-6)


def test_the_weights_of_a_file_whose_name_is_odd(tmp_path: Path) -> None:
    model = build("LeNet5", seed=9)
    path = tmp_path / 'it\'s "mine" {0}.safetensors'
    checkpoint.save(model, path, {})
    lines = run(page_scripts.weights(model, page_scripts.from_file("LeNet5", str(path))), tmp_path)
    expected = [
        (f"{layer.name}.{kind}", weights.summarize(getattr(layer, kind)), layer.bound)
        for layer in weights.of(model)
        for kind in ("weight", "bias")
    ]
    assert len(lines) == len(expected)
    for line, (name, summary, bound) in zip(lines, expected, strict=True):
        words = line.split()
        assert (words[0], int(words[1])) == (name, summary.count)
        numbers = [float(words[i]) for i in (3, 5, 7, 9, 11)]
        assert numbers == pytest.approx([summary.mean, summary.std, summary.minimum, summary.maximum, bound], abs=6e-5)


def test_the_weights_of_a_file_with_other_names(tmp_path: Path) -> None:
    weights = {f"module.{key}": value.half() for key, value in build("LeNet5", seed=9).state_dict().items()}
    path = tmp_path / "half.safetensors"
    path.write_bytes(safetensors.torch.save(weights))
    loaded = checkpoint.from_bytes("LeNet5", path.read_bytes(), path)
    picture = np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8)
    lines = page_scripts.from_file("LeNet5", str(path), loaded.names)
    printed = run(page_scripts.forward(loaded.model, lines, picture), tmp_path)
    expected = probabilities(loaded.model, picture)
    assert [float(line.split()[1]) for line in printed[-10:]] == pytest.approx(expected, abs=1e-6)


def recordings(model: nn.Module, inputs: Batch, setup: Setup, steps: int) -> list[Iteration]:
    found = [record(model, inputs.inputs, inputs.labels, setup)]
    for _ in range(steps - 1):
        found.append(record(model, inputs.inputs, inputs.labels, setup, found[-1].after))
    return found


def printed(recorded: Iteration) -> list[str]:
    """Expected output of the script of a step."""
    lines: list[str] = []
    for when, gradients in (("before", recorded.cleared), ("after", recorded.gradients)):
        for name, values in gradients.items():
            if name.endswith("bias"):
                text = "None" if values is None else str(torch.tensor(values.array))
                lines += [f"{name}.grad {when} backward", *text.splitlines()]
    for name, values in recorded.gradients.items():
        assert values is not None
        lines.append(f"{name:14} gradient's norm {values.norm:.6g}")
    before, after = recorded.outcome_before, recorded.outcome_after
    assert before is not None
    assert after is not None
    for old, new in zip(before.probabilities, after.probabilities, strict=True):
        lines.append("probabilities before and after")
        lines += [f"{digit}  {old[digit]:<12.6g}  {new[digit]:.6g}" for digit in range(10)]
    return [*lines, f"loss before {before.loss:.6g}", f"loss after  {after.loss:.6g}"]


STEPS: list[tuple[str, Setup, int]] = [
    ("LeNet5", Setup("cross_entropy", "label", 0, "SGD", 0.01), 1),
    ("LeNet5", Setup("cross_entropy", "random", 5, "Adam", 0.001), 2),
    ("LightNet", Setup("mse", "label", 0, "SGD-momentum", 0.05, "zeros"), 2),
    ("LightNet", Setup("mse", "count", 0, "by-hand", 0.01, "left-out"), 2),
    ("DigitCNN", Setup("mse", "random", 3, "RMSprop", 0.001), 1),
    ("LeNet5", Setup("none", "random", 4, "SGD-Nesterov", 0.01, "left-out"), 3),
    ("LeNet5", Setup("mse", "count", 0, "RAdam", 0.01), 7),
    ("LeNet5", Setup("cross_entropy", "label", 0, "SGD", 1e9), 2),
    ("LightNet", Setup(optimizer="by-hand", weight_decay=0.05), 2),
    ("LightNet", Setup(optimizer="AdamW", weight_decay=0.2), 2),
    *(("LightNet", Setup(key, list(loss.targets)[-1], 2), 1) for key, loss in LOSSES.items()),
    *(("LightNet", Setup(optimizer=key, lr=0.001), 2) for key in OPTIMIZERS),
]


def test_steps_of_every_kind(tmp_path: Path) -> None:
    sources, expected = [], []
    for place, (name, setup, steps) in enumerate(STEPS):
        model = build(name, place).eval()
        inputs = (
            batch.of_noise(place, input_size(model))
            if setup.target != "label" and place % 2
            else batch.of_mnist([place, 7][: 1 + place % 2], input_size(model))
        )
        sources.append(
            page_scripts.step(model, page_scripts.seeded(name, place), inputs, Experiment(setup=setup, steps=steps))
        )
        expected.append(recordings(model, inputs, setup, steps))
    torch.set_printoptions(precision=6)
    try:
        for lines, found in zip(run_all(sources, tmp_path), expected, strict=True):
            wanted = [printed(one) for one in found]
            if len(found) > 1:
                wanted = [[f"step {number}", *one] for number, one in enumerate(wanted, 1)]
            assert lines == [line for one in wanted for line in one]
    finally:
        torch.set_printoptions(profile="default")


MIXED = "stack-28~conv-4-5~batch_norm~relu~max_pool~dropout-0.4~flatten~linear"


@pytest.mark.parametrize("mode", modes.MODES)
def test_steps_in_either_mode(mode: str, tmp_path: Path) -> None:
    setup = Setup(optimizer="SGD-momentum", lr=0.1, mode=mode, mask_seed=5)
    sources, expected = [], []
    for name, steps, digits in ((MIXED, 1, (0,)), (MIXED, 3, (3, 1, 4)), ("LeNet5", 2, (0,))):
        chosen = Experiment(name, Weights(RANDOM, 2), Input("mnist", digits), setup=setup, steps=steps)
        model = chosen.model()
        inputs = chosen.batch(input_size(model))
        sources.append(page_scripts.step(model, page_scripts.made(name, chosen.weights), inputs, chosen))
        assert f"model.{mode}()" in sources[-1]
        assert ("torch.manual_seed(mask_seed)" in sources[-1]) == (name == MIXED)
        expected.append(run_experiment(chosen, model, inputs))
    torch.set_printoptions(precision=6)
    try:
        for place, (lines, done) in enumerate(zip(run_all(sources, tmp_path), expected, strict=True)):
            losses = [line for line in lines if line.startswith("loss before")]
            assert losses == [f"loss before {loss:.6g}" for loss in done.losses[:-1]]
            assert lines[-1] == f"loss after  {done.losses[-1]:.6g}"
            after = done.iteration.after
            assert after is not None
            wanted = [str(torch.tensor(one.array)) for one in after.buffers.values()]
            shown = [
                lines[at + 2] for at, line in enumerate(lines) if line.endswith("before and after the forward pass")
            ]
            assert shown[-3:] == (wanted if place < 2 and mode == modes.TRAIN else [])
    finally:
        torch.set_printoptions(profile="default")


def test_the_graph_of_every_loss_and_of_a_network_of_real_size(tmp_path: Path) -> None:
    sources, expected = [], []
    setups = [preset.setup for preset in PRESETS.values()] + [
        Setup(key, list(loss.targets)[-1]) for key, loss in LOSSES.items()
    ]
    for place, setup in enumerate(setups):
        model, inputs = build("LeNet5", place).eval(), batch.of_mnist([place], 32)
        sources.append(page_scripts.graph(model, page_scripts.seeded("LeNet5", place), inputs, Experiment(setup=setup)))
        expected.append(record(model, inputs.inputs, inputs.labels, setup))
    for setup in (
        Setup(optimizer="SGD-momentum", zero_grad="left-out", weight_decay=0.1),
        Setup("none", "random", optimizer="by-hand"),
    ):
        model, inputs = build("LightNet", 1).eval(), batch.of_mnist([3], 32)
        three = Experiment(setup=setup, steps=3)
        sources.append(page_scripts.graph(model, page_scripts.seeded("LightNet", 1), inputs, three))
        expected.append(recordings(model, inputs, setup, 3)[-1])
    residual, noise = resnet.resnet18(2), batch.of_noise(1, resnet.SIDE, 3)
    setup = Setup("cross_entropy", "random", mode=modes.EVAL)
    sources.append(page_scripts.graph(residual, page_scripts.resnet18(2), noise, Experiment(setup=setup)))
    expected.append(record(residual, noise.inputs, None, setup, keep=0))
    for lines, recorded in zip(run_all(sources, tmp_path), expected, strict=True):
        graph = recorded.graph
        assert graph is not None
        assert lines[-1].split(" -> ") == [graph.root, *(graph.nodes[index].name for index in graph.chain())]
        rows = lines[1:-1]
        assert len(rows) == len(graph.nodes)
        for row, node in zip(rows, graph.nodes, strict=True):
            index, name, norm, parameter, expression = row.replace(",", "").split()
            assert (int(index), name, expression) == (node.index, node.title, graph.expression(node.index))
            assert parameter == (node.parameter or "-")
            (arrived,) = [values for values in node.arrived if values is not None]
            assert norm == f"{arrived.norm:.6g}"


def test_a_script_is_what_a_person_would_write() -> None:
    model, inputs = checkpoint.load("LeNet5"), batch.of_mnist([0], 32)
    source = page_scripts.step(model, page_scripts.shipped("LeNet5"), inputs, Experiment())
    assert "lenet" not in source.replace("LeNet5", "")
    for line in ("model.zero_grad()", "out = model(x)", "loss = F.cross_entropy(out, target)", "optimizer.step()"):
        assert line in source.splitlines()
    assert "import math" not in source  # it isn't used
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F", "--line-length", "120", "-"]
    for code in (source, page_scripts.graph(model, page_scripts.shipped("LeNet5"), inputs, Experiment())):
        done = subprocess.run(ruff, input=code, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_without_the_shipped_weights_a_sentence_says_where_to_run(tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text(page_scripts.weights(checkpoint.load("LeNet5"), page_scripts.shipped("LeNet5")), "utf-8")
    done = subprocess.run([sys.executable, "-I", file], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "assets/weights/LeNet5.safetensors isn't here. Run this script in the project's folder."
    ]

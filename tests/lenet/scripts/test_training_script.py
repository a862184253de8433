"""Tests of the script that trains a run again."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from lenet.digits import stroke_file
from lenet.record.experiment import FILE, Weights
from lenet.scripts import training_script
from lenet.train import run, run_folder
from lenet.train.settings import Training
from playground.runs import drawings

ROOT = Path(__file__).parents[3]
SETTINGS = Training(digits=48, hold_out=16, batch=16, epochs=1)
ONE = '{"label": 1, "strokes": [[[0.5, 0.2], [0.5, 0.8]]]}\n'


def test_it_trains_the_same_weights(tmp_path: Path) -> None:
    kept = stroke_file.parse(ONE.encode(), "drawings")
    settings = replace(SETTINGS, own=2, drawings=drawings.digest(kept))
    folder = tmp_path / "run"
    run_folder.create(folder, settings, drawings.content(kept))
    for _ in run.train(settings, folder):
        pass
    script = training_script.of_run(folder)
    assert script is not None
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    again = tmp_path / done.stdout.splitlines()[-1].removeprefix("weights: ")
    assert again.read_bytes() == run_folder.weights_file(folder, 3).read_bytes()
    assert "step 3: " in done.stdout


def test_a_run_from_a_file_of_weights_has_none(tmp_path: Path) -> None:
    run_folder.create(tmp_path / "run", replace(SETTINGS, weights=Weights(FILE, file="mine.safetensors")))
    assert training_script.of_run(tmp_path / "run") is None

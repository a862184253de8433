"""A finished run in a folder of runs, as a server finds it."""

from __future__ import annotations

import json
from pathlib import Path

from lenet.train import run_folder
from lenet.train.run import train
from lenet.train.settings import Training
from playground.runs.runs import OWNER_FILE


def keep_run(root: Path, name: str, settings: Training) -> None:
    """Train with these settings to the end, and keep the run under this id.

    Args:
        root: folder of the runs.
        name: id of the run.
        settings: of the training.
    """
    folder = root / name
    run_folder.create(folder, settings)
    list(train(settings, folder))
    (folder / OWNER_FILE).write_text(json.dumps({"owner": "me", "name": "first", "created": 1, "number": 1}), "utf-8")

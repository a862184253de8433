"""A training run as a script that trains the same network, bit for bit, in a folder with this project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from lenet.errors import InputError
from lenet.networks import stack
from lenet.record.experiment import FILE
from lenet.train import run_folder

SCRIPT: Final = '''\
"""Train a network again: the same settings give the same weights, bit for bit, on the same kind of computer.

Run this in the folder of the CNN Playground. The run is kept in the folder `{folder}`.
"""

import json
from pathlib import Path

from lenet.train import run, run_folder
from lenet.train.settings import Training

SETTINGS = """
{settings}
"""
DRAWINGS = """{drawings}"""  # kept drawings that the network learns, a digit per line

folder = Path("{folder}")
settings = Training.from_json(json.loads(SETTINGS))
run_folder.create(folder, settings, DRAWINGS.encode())
for event in run.train(settings, folder):
    if event.kind == "evaluation":
        print(f"step {{event.step}}: {{100 * event.accuracy:.2f}} % of {{event.n}} held-out digits right")
print(f"weights: {{run_folder.weights_file(folder, run_folder.checkpoints(folder)[-1])}}")
'''


def of_run(folder: Path) -> str | None:
    """Script that trains the run in a folder again; None for one that started from a file of weights.

    Raises:
        InputError: the folder has no run, or is damaged.
    """
    settings = run_folder.settings(folder)
    if settings.weights.source == FILE:
        return None
    drawings = ""
    if run_folder.drawings(folder) is not None:  # checked: JSON of numbers, which needs no escapes
        try:
            drawings = (folder / run_folder.DRAWINGS).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("run-read", path=folder / run_folder.DRAWINGS, reason=error) from None
    written = json.dumps(settings.to_json(), indent=2)
    return SCRIPT.format(folder=f"{stack.short(settings.network)}-run", settings=written, drawings=drawings)

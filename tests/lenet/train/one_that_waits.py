"""Process that trains a small run and waits after a step: `python -m tests.lenet.train.one_that_waits FOLDER STEP`.

Prints the kind and step of each event.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from lenet.train import run
from tests.lenet.train.small_runs import SMALL, few


def main(folder: Path, step: int) -> None:
    """Go on with the run in a folder as far as a step."""
    for event in run.train(SMALL, folder, resume=True, digits=few()):
        print(event.kind, event.step, flush=True)
        if event.kind == "step" and event.step == step:
            time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

"""Process that trains one run: `python -m lenet.train.worker FOLDER`.

It writes each event to stdout as a line of JSON, see `events`, and reads commands from stdin, a line of JSON each:
`{"command": "pause" | "go_on" | "stop"}`, and `{"command": "digit", "digit": rows}` with the picture whose
probabilities `Watch` events have, rows of 0..255, or null. The end of stdin means stop: a run doesn't outlive whoever
started it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from lenet.errors import InputError
from lenet.train import run, run_folder
from lenet.train.control import Control
from lenet.train.events import Failed
from lenet.train.watching import Watcher

NICENESS: Final = 10
"""Priority below that of a server, so that its pages stay live."""
MAX_SIDE: Final = 64


def main(arguments: Sequence[str]) -> int:
    """Train the run in a folder, or go on with it.

    Returns:
        The exit code: 0 after the run's end, also by a failure that an event says.
    """
    folder = Path(arguments[0])
    with suppress(AttributeError, OSError):
        os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal of whoever started it, who says when to stop
    control, watch = Control(), Watcher()
    threading.Thread(target=obey, args=(sys.stdin, control, watch), daemon=True).start()
    try:
        for event in run.train(run_folder.settings(folder), folder, resume=True, control=control, watch=watch):
            print(json.dumps(event.to_json()), flush=True)
    except InputError as error:
        failed = Failed(0, 0.0, "training-failed", {"reason": str(error), "kept": _kept(folder)})
        print(json.dumps(failed.to_json()), flush=True)
    except BrokenPipeError:  # nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def obey(lines: Iterable[str], control: Control, watch: Watcher) -> None:
    """Follow the commands until there are no more, and then stop the training."""
    for line in lines:
        with suppress(ValueError, TypeError):
            said = json.loads(line)
            command = said.get("command")
            if command == "digit":
                watch.digit = _picture(said.get("digit"))
            elif command in ("pause", "go_on", "stop"):
                getattr(control, command)()
    control.stop()


def _picture(rows: Any) -> Any:
    """Picture as the network gets it, (1, side, side) float32; None for none.

    Raises:
        ValueError: the rows are no square.
    """
    if rows is None:
        return None
    pixels = np.array(rows, np.float32)
    if pixels.ndim != 2 or pixels.shape[0] != pixels.shape[1] or not 1 <= len(pixels) <= MAX_SIDE:
        raise ValueError(pixels.shape)
    return pixels[None] / 255


def _kept(folder: Path) -> int:
    """Step of the last checkpoint, 0 where there is none."""
    try:
        return max(run_folder.checkpoints(folder), default=0)
    except InputError:
        return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

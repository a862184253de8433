"""The runs of this server, one object for all visitors."""

from __future__ import annotations

import atexit
import os
import threading
import time
from pathlib import Path
from typing import Final

from playground import RUNS
from playground.runs import presence
from playground.runs.runs import Runs

LOOK_S: Final = 2.0
"""Time between two rounds of housekeeping, in seconds."""

_lock = threading.Lock()
_runs: Runs | None = None


def default_folder() -> Path:
    """Folder of runs where no other is named."""
    cache = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(cache) / "cnn-playground" / "runs"


def root() -> Path:
    """Folder of the runs and the kept drawings."""
    return Path(os.environ.get(RUNS) or default_folder())


def runs() -> Runs:
    """Runs of this server; the first call starts their housekeeping."""
    global _runs
    with _lock:
        if _runs is None:
            _runs = Runs(root())
            atexit.register(_runs.close)
            threading.Thread(target=_look_after, args=(_runs,), name="runs", daemon=True).start()
        return _runs


def close() -> None:
    """Stop all runs, when the server ends."""
    if _runs is not None:
        _runs.close()


def _look_after(found: Runs) -> None:
    while True:
        time.sleep(LOOK_S)
        found.look_after(presence.connected())

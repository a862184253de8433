"""Process that trains one run, and the conversation with it.

The process writes a line of JSON for each event to its stdout and reads commands from its stdin, see
`lenet.train.worker`. Closing its stdin, as the end of this process does in any case, makes it save and end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

COMMAND: Final = (sys.executable, "-m", "lenet.train.worker")
LINES_KEPT: Final = 20
"""Last lines of the process's stderr that are kept for an error message."""
END_S: Final = 10.0
"""Seconds that a process gets to save its last checkpoint before it is killed."""

Heard = Callable[[Mapping[str, Any]], None]
Ended = Callable[[int, str], None]


class Worker:
    """Process that trains the run in one folder; its methods may be called from any thread.

    Args:
        folder: folder of the run, with its settings.
        heard: called with each event, in order, on a thread of the worker.
        ended: called last, with the exit code (negative for a signal) and the last lines of stderr.
        command: program and first arguments; the folder is appended.
    """

    def __init__(self, folder: Path, heard: Heard, ended: Ended, command: Sequence[str] = COMMAND) -> None:
        self._heard, self._ended = heard, ended
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603 - our own program, with a folder of our own naming
            [*command, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl+C in the server's terminal must not reach it: the server stops it
        )
        self._said: deque[str] = deque(maxlen=LINES_KEPT)
        self._complaints = threading.Thread(target=self._keep_complaints, name="run-stderr", daemon=True)
        self._complaints.start()
        self._listening = threading.Thread(target=self._listen, name="run-stdout", daemon=True)
        self._listening.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def send(self, command: str, **values: object) -> None:
        """Send a command; one that comes too late, after the process has ended, is dropped."""
        line = json.dumps({"command": command, **values}) + "\n"
        with self._lock, suppress(OSError, ValueError):
            pipe = self._process.stdin
            if pipe is not None:
                pipe.write(line)
                pipe.flush()

    def end(self, wait_s: float = END_S) -> None:
        """Have the process save its last checkpoint and end; kill it if it takes longer than `wait_s`."""
        with self._lock, suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._listening.join(wait_s)

    def _keep_complaints(self) -> None:
        for line in self._process.stderr or ():
            self._said.append(line.rstrip())

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            with suppress(ValueError):  # a line cut off by a kill
                event = json.loads(line)
                if isinstance(event, dict):
                    self._heard(event)
        code = self._process.wait()
        self._complaints.join(1.0)
        self._ended(code, "\n".join(self._said))

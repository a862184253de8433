"""Control of a training from another thread or a signal: go on, pause, stop."""

from __future__ import annotations

import time
from typing import Final

LOOK_S: Final = 0.02
"""Time between two looks of a training that waits, in seconds."""


class Control:
    """Answer to what a training asks between two steps: go on, wait or end.

    All methods may be called from any thread. They take no lock, so that a signal handler may call them as well.
    """

    def __init__(self) -> None:
        self.paused = False
        self.stopped = False

    def pause(self) -> None:
        """Have the training wait after its current step."""
        self.paused = True

    def go_on(self) -> None:
        """Have it go on."""
        self.paused = False

    def stop(self) -> None:
        """Have it end after its current step, with a checkpoint."""
        self.stopped = True

    def wait(self) -> None:
        """Wait until the training may go on or must end."""
        while self.paused and not self.stopped:
            time.sleep(LOOK_S)

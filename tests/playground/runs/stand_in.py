"""Runs of a server with stand-ins for their processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lenet.train import run, run_folder
from lenet.train.events import Finished, Started, Step
from lenet.train.settings import Training
from lenet.train.watching import Watcher
from playground.runs.runs import Limits, Runs

SETTINGS = Training(epochs=1, digits=64, hold_out=16, batch=16)


class Process:
    """Stand-in for the process of a run: remembers its commands, and says what a test has it say."""

    def __init__(
        self, folder: Path, heard: Callable[[Mapping[str, Any]], None], ended: Callable[[int, str], None]
    ) -> None:
        self.folder, self.heard, self.ended = folder, heard, ended
        self.commands: list[str] = []

    def send(self, command: str, **values: object) -> None:
        self.commands.append(command)

    def end(self) -> None:
        self.commands.append("end")

    def start(self) -> None:
        self.heard(Started(0, 0.0, 4, 4, 1).to_json())

    def step(self, number: int) -> None:
        self.heard(Step(number, number / 10, 1, 2.0, 0.1, 0.5).to_json())

    def train(self) -> None:
        """Train the run to its end in this process, with a view after each step."""
        for event in run.train(run_folder.settings(self.folder), self.folder, resume=True, watch=Watcher(0)):
            self.heard(event.to_json())
        self.ended(0, "")

    def finish(self, reason: str = "all-steps") -> None:
        self.heard(Finished(4, 0.4, reason).to_json())
        self.ended(0, "")


class Server:
    """Runs with stand-ins for their processes, and a clock that a test sets."""

    def __init__(self, root: Path, **limits: Any) -> None:
        self.now = 0.0
        self.processes: list[Process] = []
        self.runs = Runs(root, Limits(**{"at_once": 1, **limits}), self.begin, lambda: self.now)  # type: ignore[arg-type]

    def begin(self, *arguments: Any) -> Process:
        self.processes.append(Process(*arguments))
        return self.processes[-1]

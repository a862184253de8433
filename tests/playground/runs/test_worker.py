"""Tests of a run's process: events, commands, a kill, and its end with the pipe."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lenet.train import run_folder
from lenet.train.settings import Training
from playground.runs.worker import Worker

WAIT_S = 120.0


class Listener:
    """Events and end of a process, as it said them."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.code: int | None = None
        self.complaint = ""
        self.over = threading.Event()
        self.stepped = threading.Event()

    def heard(self, event: Mapping[str, Any]) -> None:
        self.events.append(event)
        if event.get("event") == "step":
            self.stepped.set()

    def ended(self, code: int, complaint: str) -> None:
        self.code, self.complaint = code, complaint
        self.over.set()

    @property
    def kinds(self) -> list[str]:
        return [str(event["event"]) for event in self.events]


def code(program: str) -> tuple[str, ...]:
    return sys.executable, "-c", program


def test_its_lines_are_heard_in_order_and_then_its_end(tmp_path: Path) -> None:
    said = Listener()
    program = """print('{"event": "a"}'); print('not json'); print('[1]'); print('{"event": "b"}', flush=True)"""
    Worker(tmp_path, said.heard, said.ended, code(program))
    assert said.over.wait(WAIT_S)
    assert (said.kinds, said.code) == (["a", "b"], 0)


def test_its_complaint_is_kept(tmp_path: Path) -> None:
    said = Listener()
    Worker(tmp_path, said.heard, said.ended, code("raise SystemExit('out of luck')"))
    assert said.over.wait(WAIT_S)
    assert (said.code, said.complaint) == (1, "out of luck")


def test_a_process_that_does_not_end_is_killed(tmp_path: Path) -> None:
    said = Listener()
    worker = Worker(tmp_path, said.heard, said.ended, code("import time\nwhile True: time.sleep(1)"))
    worker.end(0.5)
    assert said.over.wait(WAIT_S)
    assert said.code is not None
    assert said.code < 0
    worker.send("pause")  # too late, and no error


@pytest.fixture(scope="module")
def settings() -> Training:
    return Training(epochs=1_000, digits=64, hold_out=16, batch=16)


@pytest.mark.parametrize("how", ["stop", "end"])
def test_a_run_stops_with_a_checkpoint(tmp_path: Path, settings: Training, how: str) -> None:
    folder = tmp_path / "run"
    run_folder.create(folder, settings)
    said = Listener()
    worker = Worker(folder, said.heard, said.ended)
    assert said.stepped.wait(WAIT_S)
    if how == "stop":
        worker.send("stop")
    else:
        worker.end(WAIT_S)
    assert said.over.wait(WAIT_S)
    assert (said.code, said.events[-1]["event"], said.events[-1]["reason"]) == (0, "finished", "stopped")
    assert run_folder.checkpoints(folder)[-1] == said.events[-1]["step"]


def test_it_classifies_the_digit_that_it_is_sent(tmp_path: Path, settings: Training) -> None:
    folder = tmp_path / "run"
    run_folder.create(folder, settings)
    said = Listener()
    worker = Worker(folder, said.heard, said.ended)
    worker.send("digit", digit=[[0] * 32] * 32)
    seen = threading.Event()

    def look() -> None:
        while not said.over.is_set() and not seen.wait(0.05):
            if any(event.get("probabilities") for event in list(said.events)):
                seen.set()

    threading.Thread(target=look, daemon=True).start()
    assert seen.wait(WAIT_S)
    worker.end(WAIT_S)
    probabilities = next(event["probabilities"] for event in said.events if event.get("probabilities"))
    assert sum(probabilities) == pytest.approx(1)


def test_a_folder_that_is_no_run_is_said(tmp_path: Path) -> None:
    said = Listener()
    Worker(tmp_path, said.heard, said.ended)
    assert said.over.wait(WAIT_S)
    assert (said.code, said.kinds) == (0, ["failed"])

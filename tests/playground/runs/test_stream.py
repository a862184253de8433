"""Tests of the stream of a run's numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lenet.train.events import Started, Step
from lenet.train.settings import Training
from playground.components.packing import pack
from playground.runs import stream
from playground.runs.runs import Run, Runs
from tests.playground.blocks import unpack
from tests.playground.runs.test_runs import Server

SETTINGS = Training(epochs=1, digits=64, hold_out=16, batch=16)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@pytest.fixture
def run(server: Server) -> Run:
    found = server.runs.start("me", SETTINGS)
    server.processes[0].heard(Started(0, 0.0, 4, 4, 1).to_json())
    for step in (1, 2, 3):
        server.processes[0].heard(Step(step, step / 10, 1, 1 / step, 0.1, 0.5).to_json())
    return found


def ask(runs: Runs, run: str, after: object = 0, seen: object = 0) -> stream.Question | None:
    return stream.read(runs, json.dumps({"run": run, "after": after, "seen": seen}))


def test_it_gives_what_is_newer(server: Server, run: Run) -> None:
    question = ask(server.runs, run.id, 1)
    assert question is not None
    answer = unpack(pack(stream.numbers(server.runs, *question)))
    assert (answer["run"], answer["state"], answer["done"], answer["after"]) == (run.id, "running", 3, 1)
    assert np.frombuffer(answer["steps"], "<i4").tolist() == [2, 3]
    assert np.frombuffer(answer["loss"], "<f4").tolist() == pytest.approx([1 / 2, 1 / 3])


def test_a_browser_that_is_ahead_gets_the_present(server: Server, run: Run) -> None:
    question = ask(server.runs, run.id, 99, 99)
    assert question is not None
    answer = stream.numbers(server.runs, *question)
    assert (answer["after"], answer["seen"], answer["steps"]) == (3, 0, b"")


@pytest.mark.parametrize(("after", "seen"), [(-1, 0), (0, -1), ("1", 0), (True, 0), (None, 0), (1.5, 0)])
def test_a_wrong_question_is_refused(server: Server, run: Run, after: object, seen: object) -> None:
    assert ask(server.runs, run.id, after, seen) is None


@pytest.mark.parametrize("message", ["", "[]", "{}", '{"run": 3}', "[" * 10_000, '{"run": "../.."}'])
def test_what_is_no_question_is_refused(server: Server, message: str) -> None:
    assert stream.read(server.runs, message) is None


def test_the_mark_changes_with_what_there_is_to_show(server: Server, run: Run) -> None:
    marks = [stream.mark(server.runs, run)]
    assert stream.mark(server.runs, run) == marks[0]
    for event in (
        Step(4, 0.4, 1, 0.25, 0.1, 0.5).to_json(),
        {"event": "paused", "step": 4, "seconds": 0.4},
        {"event": "watch", "step": 4},
        {"event": "checkpoint", "step": 4, "seconds": 0.4, "folder": "a"},
    ):
        server.processes[0].heard(event)
        marks.append(stream.mark(server.runs, run))
    assert len(set(marks)) == len(marks)


def test_a_question_tells_that_the_visitor_is_there(server: Server, run: Run) -> None:
    server.now = 50.0
    ask(server.runs, run.id)
    assert run.seen == 50.0

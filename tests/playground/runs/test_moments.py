"""Questions of a slider about the checkpoints of a run: which are answered, and for how long."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet.digits import batch
from lenet.networks import forward
from lenet.train import run_folder
from playground.runs import moments
from playground.runs.moments import Moments, View
from playground.runs.runs import Run
from tests.playground.blocks import unpack
from tests.playground.runs.stand_in import SETTINGS, Server

DIGIT = batch.of_mnist([0], 32).inputs[0]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    server = Server(tmp_path)
    found = server.runs.start("me", SETTINGS)
    server.processes[0].train()
    return found


def ask(ticket: object, moment: object = 2, revision: object = 5) -> dict[str, Any]:
    return unpack(moments.answer(json.dumps({"ticket": ticket, "moment": moment, "revision": revision})))


def test_a_checkpoint_is_shown_as_pytorch_computes_it(run: Run) -> None:
    view = View(run)
    view.show(Moments(run, DIGIT))
    answer = ask(view.ticket)
    assert (answer["ticket"], answer["moment"], answer["revision"]) == (view.ticket, 2, 5)
    passed = forward.run(run_folder.load_model(run.folder, 2), DIGIT)
    assert np.array_equal(np.frombuffer(unpack(answer["view"])["probabilities"], "<f4"), passed.probabilities)


def test_a_ticket_stays_and_each_picture_has_a_higher_number_than_the_answers_before(run: Run) -> None:
    view = View(run)
    ticket, first = view.ticket, view.show(Moments(run, DIGIT))
    ask(ticket, revision=first + 7)
    assert view.show(Moments(run, None)) == first + 8
    assert view.ticket == ticket
    assert unpack(ask(ticket, revision=first + 9)["view"])["probabilities"] == b""


def test_many_other_views_push_none_out_and_a_view_that_is_gone_leaves_nothing(run: Run) -> None:
    mine = View(run)
    mine.show(Moments(run, DIGIT))
    others = [View(run) for _ in range(1000)]
    for other in others:
        other.show(Moments(run, DIGIT))
    tickets = [other.ticket for other in others]
    assert ask(mine.ticket)["view"]
    del other, others
    gc.collect()
    assert [ask(ticket)["view"] for ticket in tickets[:3]] == [None] * 3
    assert ask(mine.ticket)["view"]


@pytest.mark.parametrize(
    ("moment", "revision"), [(3, 1), (-1, 1), ("2", 1), (True, 1), (2, None), (2, -1), (2, 2**60), (2, 1.5)]
)
def test_a_wrong_question_is_refused(moment: object, revision: object, run: Run) -> None:
    view = View(run)
    view.show(Moments(run, DIGIT))
    assert ask(view.ticket, moment, revision)["view"] is None


@pytest.mark.parametrize("ticket", ["", "other", None, 3, [], {}])
def test_a_wrong_ticket_is_refused(ticket: object) -> None:
    assert ask(ticket)["view"] is None
